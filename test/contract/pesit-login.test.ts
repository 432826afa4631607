// Who may come in: TLS, client certificates, PI 3, PI 4, PI 5, PI 6, and the limits.
import { connect as connectTls } from 'node:tls'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import type { Authenticate } from '../../protocols/listener.ts'
import { PARTNER } from '../support/door-ground.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'
import type { OpenSslOrder } from '../support/openssl-certificates.ts'
import { sendOrder, sha256, SYNC, requireNoViolations } from '../support/pesit-samples.ts'
import { REQUESTER, startPesitReception } from '../support/pesit-reception.ts'
import type { PesitReception, PesitReceptionOptions } from '../support/pesit-reception.ts'
import type { InitiatorOptions } from '../support/pesit-peer/initiator-orders.ts'
import { PesitPeerError } from '../support/pesit-peer/peer-error.ts'
import { X509Certificate } from 'node:crypto'

const openssl = new OpenSslCertificates()
const certificate = (subject: string, more: Partial<OpenSslOrder> = {}): OpenSslOrder => ({
  key: `p256 ${subject}`,
  subject: `/CN=${subject}`,
  extensions: ['subjectAltName=IP:127.0.0.1'] as const,
  ...more,
})
const ROOT = certificate('root', { extensions: ['basicConstraints=critical,CA:true'] })
const SERVER = certificate('server', { issuer: ROOT })
const CLIENT = certificate('client', { issuer: ROOT })
const STRANGER = certificate('stranger')

let reception: PesitReception

const pem = (order: OpenSslOrder): string => openssl.read(openssl.certificate(order)).toString()
const key = (order: OpenSslOrder): string => openssl.read(openssl.key(order.key)).toString()

beforeAll(() => {
  for (const order of [ROOT, SERVER, CLIENT, STRANGER]) pem(order)
})
afterAll(() => openssl.remove())
afterEach(() => reception.stop())

/** As gateway/connections/authenticate-pesit.ts: the certificate and PI 3 together. */
const byCertificate: Authenticate = (said) => {
  const wanted = sha256(new X509Certificate(pem(CLIENT)).raw)
  const isRight =
    said.protocol === 'pesit' &&
    said.requesterId === REQUESTER &&
    said.certificate?.sha256 === wanted
  if (!isRight) return { outcome: 'refused', reason: 'not the partner' }
  const pesit = { requesterId: REQUESTER, overrides: {} }
  const connection = { id: PARTNER, applicationCode: 'SIM123', protocol: 'pesit', pesit } as const
  return { outcome: 'accepted', connection }
}

async function startTls(options: PesitReceptionOptions = {}): Promise<void> {
  const identity = { keyPem: key(SERVER), certificatePem: pem(SERVER), chainPem: [] }
  reception = await startPesitReception({
    identity: () => identity,
    authenticate: byCertificate,
    ...options,
  })
}

function tls(order: OpenSslOrder | undefined): NonNullable<InitiatorOptions['tls']> {
  const own = order === undefined ? {} : { key: key(order), cert: pem(order) }
  return { ...own, ca: pem(ROOT) }
}

/** What a caller is told: the bytes of RCONNECT, or why there were none. */
async function told(more: Partial<InitiatorOptions>): Promise<string> {
  try {
    const partner = await reception.connect(more)
    partner.link.cut()
    return 'welcome'
  } catch (error) {
    if (!(error instanceof PesitPeerError)) throw error
    requireNoViolations(error.link === undefined ? [] : [error.link])
    return error.fpdu === undefined ? error.kind : error.fpdu.bytes.toString('hex')
  }
}

describe('inside mutual TLS', () => {
  test.each(['prefix', 'raw'] as const)('a file comes in %s framing', async (framing) => {
    await startTls()
    const partner = await reception.connect({ framing, tls: tls(CLIENT), sync: SYNC })
    await partner.sendFile(sendOrder())
    await partner.release()
    expect(partner.link.violations).toEqual([])
    const [flow] = await reception.flows()
    expect(JSON.parse(flow!.evidence)).toMatchObject({
      tls: 'TLSv1.3',
      certificate: sha256(new X509Certificate(pem(CLIENT)).raw),
      'CONNECT PI 3 requester': REQUESTER,
      'CREATE PI 12 file name': 'FSO1110A',
    })
  })

  test('unknown, other and no certificate, and an unknown PI 3, are told the same', async () => {
    await startTls()
    const answers = [
      await told({ tls: tls(STRANGER) }),
      await told({ tls: tls(undefined) }),
      await told({ tls: tls(CLIENT), requester: 'SOMEBODY' }),
      await told({ tls: tls(STRANGER), requester: 'SOMEBODY' }),
    ]
    expect(new Set(answers).size).toBe(1)
    expect(answers[0]).toContain('0203030130')
    const codes = (await reception.refusals()).map(({ code }) => code)
    expect(codes).toEqual(answers.map(() => 'CREDENTIAL_REFUSED'))
  })

  test('a certificate out of its time is refused by the clock of the gateway', async () => {
    await startTls()
    reception.ground.clock.setOffset(40 * 365 * 86_400_000)
    expect(await told({ tls: tls(CLIENT) })).toContain('0203030130')
    const [refusal] = await reception.refusals()
    expect(refusal?.reason).toMatch(/expired/)
  })

  test('a clear caller gets nothing', async () => {
    await startTls()
    expect(await told({})).toBe('closed')
  })

  test('a session of TLS is resumed, and the caller is known by it', async () => {
    await startTls()
    const { host, port } = reception.listener.address
    const session = await new Promise<Buffer>((resolve, reject) => {
      const socket = connectTls({ ...tls(CLIENT), host, port })
      socket.once('error', reject)
      socket.once('session', (ticket: Buffer) => {
        socket.destroy()
        resolve(ticket)
      })
    })
    const partner = await reception.connect({ tls: { ...tls(CLIENT), session }, sync: SYNC })
    await partner.sendFile(sendOrder())
    const [flow] = await reception.flows()
    expect(JSON.parse(flow!.evidence)).toMatchObject({ resumed: 'true' })
    partner.link.cut()
  })
})

describe('a CONNECT', () => {
  const start = async (options: PesitReceptionOptions = {}): Promise<void> => {
    reception = await startPesitReception(options)
  }

  test.each<[string, Partial<InitiatorOptions>, string]>([
    ['of PeSIT D (conflict 8)', { version: 1 }, '3/308'],
    ['to another name', { server: 'OTHER' }, '3/301'],
    ['with a new password', { password: 'OLD', newPassword: 'NEW' }, '3/304'],
    ['of an unknown partner', { requester: 'NOBODY' }, '3/304'],
  ])('%s is refused', async (_, more, diagnostic) => {
    await start()
    const refused = reception.connect(more)
    await expect(refused).rejects.toMatchObject({ kind: 'refused', diagnostic })
  })

  test('of PeSIT D is taken where the connection says so', async () => {
    await start({ overrides: { oldestVersion: 1 } })
    const partner = await reception.connect({ version: 1 })
    await partner.sendFile(sendOrder())
    expect(await reception.flows()).toHaveLength(1)
    partner.link.cut()
  })

  test('above PeSIT E is answered by E', async () => {
    await start()
    const partner = await reception.connect({ version: 3 })
    expect(partner.accepted.bytes.toString('hex')).toContain('060102')
    partner.link.cut()
  })

  test('is granted no more than was asked for, and no more than we do', async () => {
    await start({ settings: { sync: { intervalKib: 32, window: 3 } } })
    const more = await reception.connect({ sync: { intervalKib: 64, window: 9 }, resync: true })
    expect([more.sync, more.isResyncAllowed]).toEqual([{ intervalKib: 32, window: 3 }, true])
    const less = await reception.connect({ sync: { intervalKib: 4, window: 1 } })
    expect([less.sync, less.isResyncAllowed]).toEqual([{ intervalKib: 4, window: 1 }, false])
    const none = await reception.connect()
    expect(none.sync).toEqual({ intervalKib: 0, window: 0 })
    for (const { link } of [more, less, none]) {
      expect(link.violations).toEqual([])
      link.cut()
    }
  })

  test('too many of one partner are told 3/309, of all 3/303', async () => {
    await start({ settings: { maxPerConnection: 1 } })
    const first = await reception.connect()
    await expect(reception.connect()).rejects.toMatchObject({ diagnostic: '3/309' })
    first.link.cut()
    await reception.stop()
    await start({ settings: { maxConnections: 1 } })
    const one = await reception.connect()
    await expect(reception.connect()).rejects.toMatchObject({ diagnostic: '3/303' })
    one.link.cut()
  })

  test('is answered with our own password where one is agreed', async () => {
    await start({ overrides: { ownPassword: 'OURS' } })
    const partner = await reception.connect()
    expect(partner.accepted.bytes.toString('latin1')).toContain('OURS')
    partner.link.cut()
  })

  test('behind a forbidden pre-connection is not waited for: NAK0', async () => {
    await start({ settings: { preConnection: 'refuse' } })
    const preConnection = { id: REQUESTER, password: '' }
    await expect(reception.connect({ preConnection })).rejects.toThrow(/NAK0/)
  })
})

describe('a connection that is deactivated while its partner is there', () => {
  let isOpen = true

  async function startOpen(): Promise<void> {
    isOpen = true
    const pesit = { requesterId: REQUESTER, overrides: {} }
    const connection = { id: PARTNER, applicationCode: 'SIM123', protocol: 'pesit', pesit } as const
    reception = await startPesitReception({
      authenticate: () =>
        isOpen
          ? { outcome: 'accepted', connection }
          : { outcome: 'refused', reason: 'the connection is deactivated' },
    })
  }

  test('has the file in hand finished and answered, then is told good-bye by ABORT 3/316', async () => {
    await startOpen()
    const partner = await reception.connect({
      sync: SYNC,
      tamper: (fpdus, wire) => {
        if (fpdus.some(({ name }) => name === 'SYN')) isOpen = false
        return wire
      },
    })
    await partner.sendFile(sendOrder())
    expect(isOpen).toBe(false)
    await partner.link.closed
    const last = partner.link.fpdus('received').at(-1)
    expect(last?.name).toBe('ABORT')
    expect(last?.bytes.toString('hex')).toContain('020303013c')
    expect(await reception.flows()).toHaveLength(1)
    expect(partner.link.violations).toEqual([])
  })

  test('begins no other file', async () => {
    await startOpen()
    const partner = await reception.connect({ sync: SYNC })
    isOpen = false
    await expect(partner.sendFile(sendOrder())).rejects.toMatchObject({ diagnostic: '3/304' })
    expect(await reception.flows()).toEqual([])
    partner.link.cut()
  })

  test('and is not let in again', async () => {
    await startOpen()
    isOpen = false
    expect(await told({})).toContain('0203030130')
  })
})
