// The last step of a probe: CONNECT and RELEASE, towards the independent peer.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { createServer as createTlsServer } from 'node:tls'
import { join } from 'node:path'
import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { certificateSha256, spkiSha256 } from '../../certs/fingerprint.ts'
import { pesitSettings } from '../../config/pesit-settings.ts'
import type { Connection } from '../../gateway/connections/connection.ts'
import { createProbe } from '../../gateway/connections/probe/outbound-probe.ts'
import type { ProbeReport, ProbeStep } from '../../gateway/connections/probe/probe.ts'
import type { PesitOverrides } from '../../gateway/connections/pesit-overrides.ts'
import { startPesitProbe } from '../../gateway/start-pesit-probe.ts'
import { connectionDocument } from '../support/kit-documents.ts'
import { PesitResponder } from '../support/pesit-peer/pesit-responder.ts'
import type { ResponderOptions } from '../support/pesit-peer/responder-options.ts'
import { run } from '../support/programs.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let tls: { readonly key: string; readonly cert: string }

beforeEach(async () => {
  tls = await makePair('partner')
})

async function makePair(name: string): Promise<typeof tls> {
  const folder = await temporaryFolder()
  const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')]
  const kind = `req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=${name}`
  const made = run('openssl', [...kind.split(' '), '-keyout', key, '-out', cert])
  expect(made.code, made.stderr).toBe(0)
  return { key: readFileSync(key, 'utf8'), cert: readFileSync(cert, 'utf8') }
}

async function responderWith(options: ResponderOptions = {}): Promise<PesitResponder> {
  const responder = await PesitResponder.listen({ tls, ...options })
  onTestFinished(() => responder.stop())
  return responder
}

async function probe(
  port: number,
  overrides: PesitOverrides = {},
  registered = tls.cert,
): Promise<ProbeReport> {
  const settings = pesitSettings.parse({})
  const connection = { overrides: { pesit: overrides } } as unknown as Connection
  const certificate = new X509Certificate(registered)
  const network = {
    pesit: { host: '127.0.0.1', port, requesterId: 'ACMECFT', serverId: 'ACMESRV' },
  }
  return createProbe({
    settings: { stepSeconds: 30, loopback: 'allow', refusedNetworks: [] },
    clock: { now: () => Date.now() },
    clientCertificate: async () => undefined,
    pesitDialogue: startPesitProbe(settings, { find: () => connection }),
  }).run(
    connectionDocument(
      'pesit',
      { network },
      {
        certificates: [
          {
            part: 'server',
            sha256: certificateSha256(certificate),
            spkiSha256: spkiSha256(certificate.publicKey),
            subject: certificate.subject,
            issuer: certificate.issuer,
            serial: certificate.serialNumber,
            notBefore: '',
            notAfter: '',
            startsAt: null,
            isRunning: true,
          },
        ],
      },
    ),
  )
}

function last({ steps }: ProbeReport): ProbeStep {
  const step = steps.at(-1)
  if (step === undefined) throw new Error('no step')
  return step
}

test('a server that takes CONNECT and RELEASE has passed, and saw nothing else', async () => {
  const responder = await responderWith({ sync: { intervalKib: 36, window: 3 } })
  const report = await probe(responder.port, { ownPassword: 'SECRET01' })

  expect(report.outcome).toBe('pass')
  expect(last(report)).toMatchObject({ step: 'dialogue', code: 'PESIT_ANSWERS' })
  expect(last(report).message.en).toContain('CPP001 to ACMESRV (sync points: 36 KiB, 2)')
  expect(JSON.stringify(report)).not.toContain('SECRET01')
  expect(responder.violations).toEqual([])
  expect(responder.errors).toEqual([])
})

test('a server that refuses CONNECT is told with its diagnostic, its cause and its remedy', async () => {
  const responder = await responderWith({
    answers: { CONNECT: { diagnostic: '3/304', text: 'who are you' } },
  })
  const step = last(await probe(responder.port))

  expect(step).toMatchObject({ code: 'PESIT_REFUSED', outcome: 'fail' })
  expect(step.message.en).toContain('3/304 The caller is not authorised')
  expect(step.message.fr).toContain('3/304 Appelant non autorisé')
  expect(step.message.en).toContain('« who are you »')
  expect(step.remedy?.en).toContain('Check PI 3, PI 5')
})

test('a pre-connection that is refused is not PeSIT’s own answer', async () => {
  const responder = await responderWith({ preConnectionAnswer: 'NAK0' })
  const step = last(await probe(responder.port, { preConnection: { caller: 'CPP001' } }))
  expect(step).toMatchObject({ code: 'PESIT_NOT_SPOKEN' })
  expect(step.message.en).toContain('NAK0')
})

test('each manner of a partner is the one its return flows are called with', async () => {
  const responder = await responderWith()
  const ways: PesitOverrides[] = [
    { product: 'cft' },
    { product: 'connect-express' },
    { framing: 'raw', checksum: true },
    { preConnection: { caller: 'CPP001', password: 'SECRET01' } },
  ]
  for (const way of ways) {
    expect(last(await probe(responder.port, way)).code, JSON.stringify(way)).toBe('PESIT_ANSWERS')
  }
  expect(responder.violations).toEqual([])
})

test('a server that says nothing, one that says something else, one that leaves', async () => {
  async function answering(reply: string | undefined): Promise<number> {
    const server = createTlsServer(tls, (socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        if (reply !== undefined) socket.end(reply)
      })
    })
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    onTestFinished(() => void server.close())
    return (server.address() as AddressInfo).port
  }
  expect(last(await probe(await answering(undefined))).code).toBe('PESIT_SILENT')
  expect(last(await probe(await answering('HTTP/1.1 400 Bad\r\n\r\n'))).code).toBe(
    'PESIT_NOT_SPOKEN',
  )
  expect(last(await probe(await answering(''))).code).toBe('PESIT_NOT_SPOKEN')
})

test('a server with another certificate hears no CONNECT: no password goes to a stranger', async () => {
  const responder = await responderWith()
  const { cert } = await makePair('other')
  const report = await probe(responder.port, { ownPassword: 'SECRET01' }, cert)
  expect(last(report).code).toBe('CERTIFICATE_OTHER')
  expect(responder.links.flatMap((link) => link.violations)).toEqual([])
})

test('a port where nothing listens is told before', async () => {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  expect(last(await probe(port)).code).toBe('TCP_REFUSED')
})
