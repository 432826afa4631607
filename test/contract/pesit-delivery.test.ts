// Return flows are brought to the independent peer over mutual TLS, as the delivery has it done.
import { execFileSync } from 'node:child_process'
import { X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { certificateSha256 } from '../../certs/fingerprint.ts'
import { pesitSettings } from '../../config/pesit-settings.ts'
import type { PesitOverrides } from '../../gateway/connections/pesit-overrides.ts'
import { createPesitSender } from '../../protocols/pesit/return-flow-sender.ts'
import type { ProtocolMemory } from '../../protocols/listener.ts'
import type { Delivery, PesitTarget, ReturnFlowSender } from '../../protocols/return-flow-sender.ts'
import { memoryContent } from '../support/memory-content.ts'
import { MemoryServices } from '../support/memory-services.ts'
import { PesitResponder } from '../support/pesit-peer/pesit-responder.ts'
import type { ResponderOptions } from '../support/pesit-peer/responder-options.ts'

const CONTENT = Buffer.from(Array.from({ length: 300_000 }, (_, n) => (n * 7 + (n >> 8)) % 251))
const FILE_NAME = 'CSO1110A_GAM003_CSO1110AGAM0031234567890123.tar.gz'
/** Behind the first second of the certificates, which are made after this line. */
const NOW = Date.now() + 3_600_000

let responder: PesitResponder | undefined
let folder = ''
const read = (name: string): string => readFileSync(join(folder, name), 'utf8')

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'raccord-pesit-delivery-'))
  for (const name of ['server', 'gateway', 'stranger'])
    execFileSync(
      'openssl',
      ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'].concat(
        ['-days', '2', '-subj', `/CN=${name}`, '-addext', 'subjectAltName=IP:127.0.0.1'],
        ['-keyout', `${name}.key`, '-out', `${name}.pem`],
      ),
      { cwd: folder, stdio: 'ignore' },
    )
  return () => rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})
afterEach(async () => {
  await responder?.stop()
  responder = undefined
})

async function partner(options: ResponderOptions = {}): Promise<PesitResponder> {
  responder = await PesitResponder.listen({
    sync: { intervalKib: 8, window: 2 },
    resync: true,
    tls: {
      key: read('server.key'),
      cert: read('server.pem'),
      ca: read('gateway.pem'),
      requestCert: true,
      rejectUnauthorized: true,
    },
    ...options,
  })
  return responder
}

/** Records in memory, as the journal keeps them. */
function memory(): ProtocolMemory & { readonly records: Map<string, string> } {
  const records = new Map<string, string>()
  return {
    records,
    async putIfAbsent(_protocol, _connectionId, key, value) {
      records.set(key, records.get(key) ?? value)
      return records.get(key) ?? value
    },
    get: async (_protocol, _connectionId, key) => records.get(key),
    list: async (_protocol, _connectionId, prefix) =>
      [...records]
        .filter(([key]) => key.startsWith(prefix))
        .map(([key, value]) => ({ key, value })),
    async remove(_protocol, _connectionId, key) {
      records.delete(key)
    },
  }
}

function sender(kept = memory(), services = new MemoryServices()): ReturnFlowSender {
  return createPesitSender({
    settings: pesitSettings.parse({ answerSeconds: 60 }),
    clientIdentity: async () => ({
      keyPem: read('gateway.key'),
      certificatePem: read('gateway.pem'),
      chainPem: [],
      sha256: 'of the gateway',
    }),
    memory: kept,
    sessions: services.services().sessions,
    clock: { now: () => NOW },
  })
}

interface More {
  readonly attempt?: number
  readonly certificate?: string
  readonly overrides?: PesitOverrides
  readonly signal?: AbortSignal
  readonly port?: number
}

function delivery(more: More = {}): Delivery {
  const certificate = new X509Certificate(read(`${more.certificate ?? 'server'}.pem`))
  const target: PesitTarget = {
    protocol: 'pesit',
    host: '127.0.0.1',
    port: more.port ?? responder?.port ?? 0,
    addresses: ['127.0.0.1'],
    certificates: [
      {
        part: 'server',
        der: certificate.raw,
        sha256: certificateSha256(certificate),
        notBefore: 0,
        notAfter: NOW + 86_400_000,
      },
    ],
    overrides: { pesit: more.overrides ?? {} },
    requesterId: undefined,
    serverId: 'GAM003',
  }
  return {
    connection: { id: 'cnx_test', applicationCode: 'GAM003', protocol: 'pesit' },
    target,
    returnFlow: new MemoryServices().offer(FILE_NAME, CONTENT),
    content: memoryContent(CONTENT),
    attempt: more.attempt ?? 1,
    emission: 1,
    signal: more.signal ?? new AbortController().signal,
  }
}

test('a return flow is brought over mutual TLS under its code and its full name', async () => {
  const peer = await partner()
  const kept = memory()
  const proof = await sender(kept)(delivery())
  const file = await peer.nextFile()
  expect(file.content.equals(CONTENT)).toBe(true)
  expect(file.attributes).toMatchObject({ fileName: 'CSO1110A', label: FILE_NAME })
  expect(proof).toMatchObject({
    kind: 'pesit-ack',
    at: NOW,
    evidence: { requester: 'CPP001', server: 'GAM003', diagnostic: '0/000', startPoint: '0' },
  })
  expect(kept.records.size).toBe(0)
  expect(peer.violations).toEqual([])
})

test('a route that is relayed is given back, swapped; one that is not stays here', async () => {
  const peer = await partner()
  const evidence = {
    'CREATE PI 61 original sender': 'SUPPLIER',
    'CREATE PI 62 final receiver': 'CHORUS',
  }
  const overrides = { routing: 'relay' } as const
  await sender()({ ...delivery({ overrides }), evidence })
  expect((await peer.nextFile()).attributes).toMatchObject({
    originalSender: 'CHORUS',
    finalReceiver: 'SUPPLIER',
  })
  await sender()(delivery({ overrides }))
  const { attributes } = await peer.nextFile()
  expect([attributes.originalSender, attributes.finalReceiver]).toEqual([undefined, undefined])
  await sender()({ ...delivery(), evidence })
  expect((await peer.nextFile()).attributes.finalReceiver).toBeUndefined()
  expect(peer.violations).toEqual([])
})

test.each(['cft', 'connect-express', 'waarp', 'pesitwizard-java', 'securetransport'] as const)(
  'a return flow is brought to a partner that runs %s',
  async (product) => {
    const peer = await partner()
    await sender()(delivery({ overrides: { product, compression: 'both' } }))
    expect((await peer.nextFile()).content.equals(CONTENT)).toBe(true)
    expect(peer.violations).toEqual([])
  },
)

test('TLS sessions are resumed', async () => {
  const peer = await partner()
  const send = sender()
  const proofs = [await send(delivery()), await send(delivery()), await send(delivery())]
  expect(proofs.map(({ evidence }) => evidence['tls'])).toEqual(['new', 'resumed', 'resumed'])
  expect(peer.received).toHaveLength(3)
})

test('a delivery that was cut is taken up by the next attempt, with what is missing only', async () => {
  const peer = await partner({ cutAfterDataBytes: 100_000 })
  const kept = memory()
  const order = delivery()
  await expect(sender(kept)(order)).rejects.toMatchObject({
    failure: { code: 'PESIT_UNREACHABLE', retry: true, isUnreachable: true },
  })
  const [first] = peer.links
  await first?.closed
  // A server that cuts each connection lets a file through piece by piece.
  let proof: unknown
  for (let attempt = 2; proof === undefined && attempt < 8; attempt += 1) {
    proof = await sender(kept)({ ...order, attempt }).catch(() => undefined)
  }
  expect(proof).toMatchObject({ kind: 'pesit-ack' })
  const received = await peer.nextFile()
  expect(received.content.equals(CONTENT)).toBe(true)
  expect(received.startPoint).toBeGreaterThan(10)
  const sent = peer.links.flatMap((link) => link.fpdus('received'))
  const bytes = sent.reduce((sum, fpdu) => sum + fpdu.data.length, 0)
  expect(bytes).toBeLessThan(CONTENT.length + peer.links.length * 8 * 1_024 * 4)
  expect(kept.records.size).toBe(0)
})

test('a partner that has lost what came before gets all of it again', async () => {
  const peer = await partner({
    answers: {
      CREATE: (create) =>
        create.parameters.some((one) => 'pi' in one && one.pi === 15)
          ? { diagnostic: '2/233' }
          : undefined,
    },
  })
  const kept = memory()
  await kept.putIfAbsent(
    'pesit',
    'cnx_test',
    'writing/x/1',
    JSON.stringify({ transferId: 5, createdAt: '260101000000', articleBytes: 4096, trail: [] }),
  )
  await sender(kept)(delivery({ attempt: 2 }))
  expect(peer.received).toHaveLength(1)
})

test.each([
  ['2/226', false],
  ['2/201', true],
  ['2/206', false],
] as const)('a refusal by %s says whether to try again: %s', async (code, retry) => {
  await partner({ answers: { CREATE: { diagnostic: code, text: 'no' } } })
  const fault = sender()(delivery())
  await expect(fault).rejects.toMatchObject({
    failure: { code: 'PESIT_DIAGNOSTIC', retry, evidence: { diagnostic: code, text: 'no' } },
  })
  const { failure } = (await fault.catch((error: unknown) => error)) as {
    failure: { message: { en: string; fr: string } }
  }
  expect(failure.message.en).toContain(code)
  expect(failure.message.fr).not.toBe(failure.message.en)
})

test('a partner that is full now is tried again, with all that waits for it', async () => {
  await partner({ answers: { CONNECT: { diagnostic: '3/309' } } })
  await expect(sender()(delivery())).rejects.toMatchObject({
    failure: { retry: true, isUnreachable: true },
  })
})

test('a file that is there already was delivered by an attempt before, but not by the first', async () => {
  await partner({ answers: { CREATE: { diagnostic: '2/204' } } })
  await expect(sender()(delivery())).rejects.toMatchObject({ failure: { retry: true } })
  await expect(sender()(delivery({ attempt: 2 }))).resolves.toMatchObject({
    evidence: { acknowledgement: 'already-there' },
  })
})

test('a server that shows another certificate gets nothing', async () => {
  const peer = await partner()
  await expect(sender()(delivery({ certificate: 'stranger' }))).rejects.toMatchObject({
    failure: { code: 'PESIT_REFUSED' },
  })
  expect(peer.links.flatMap((link) => link.names('received'))).toEqual([])
})

test('an attempt that is stopped interrupts the transfer, to be taken up', async () => {
  const stop = new AbortController()
  const peer = await partner({
    receiving: {
      acknowledge: (point) => {
        if (point === 4) stop.abort()
        return point < 4
      },
    },
  })
  await expect(sender()(delivery({ signal: stop.signal }))).rejects.toMatchObject({
    failure: { code: 'PESIT_INTERRUPTED', retry: true },
  })
  expect(peer.links[0]?.names('received')).toContain('IDT')
  expect(peer.violations).toEqual([])
})

test('a session that an operator cuts ends at once; the next attempt takes the transfer up', async () => {
  const services = new MemoryServices()
  const kept = memory()
  let sent: number | undefined
  const peer = await partner({
    receiving: {
      acknowledge: (point) => {
        if (point === 4 && sent === undefined) {
          sent = services.lines[0]!.bytes().out
          services.lines[0]!.cut('cut by Ops')
        }
        return true
      },
    },
  })
  const order = delivery()
  await expect(sender(kept, services)(order)).rejects.toMatchObject({
    failure: { code: 'SESSION_CUT', retry: true, isUncounted: true },
  })
  expect(sent).toBeGreaterThan(32 * 1_024)
  expect(peer.links[0]?.names('received')).not.toContain('IDT')
  await peer.links[0]?.closed
  await sender(kept, services)({ ...order, attempt: 2 })
  const file = await peer.nextFile()
  expect(file.content.equals(CONTENT)).toBe(true)
  expect(file.startPoint).toBeGreaterThan(0)
  expect(peer.received).toHaveLength(1)
})

test('a session is cut also while a server says nothing', async () => {
  const silent = createServer()
  onTestFinished(() => void silent.close())
  await once(silent.listen(0, '127.0.0.1'), 'listening')
  const connected = once(silent, 'connection')
  const services = new MemoryServices()
  const { port } = silent.address() as AddressInfo
  const attempt = sender(memory(), services)(delivery({ port }))
  const [socket] = (await connected) as [Socket]
  onTestFinished(() => void socket.destroy())
  services.lines[0]!.cut('the connection is blocked')
  await expect(attempt).rejects.toMatchObject({ failure: { code: 'SESSION_CUT' } })
})
