import { randomBytes } from 'node:crypto'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { issueLeaf, makeIntermediate, makeRoot } from '../../certs/authority.ts'
import { readCertificate } from '../../certs/certificate.ts'
import { makeKeyPair } from '../../certs/key-pair.ts'
import { testAnchor } from '../../certs/trust/trust-sources.ts'
import { createPartnerServerTls } from '../../gateway/partner-servers.ts'
import { post } from '../../protocols/as2/http-exchange.ts'
import { octetsOf } from '../../protocols/as2/octets.ts'
import { ServerCertificateError } from '../../protocols/as2/server-certificate.ts'
import type { As2Policy } from '../../gateway/connections/as2-overrides.ts'
import type { PartnerCertificate } from '../../protocols/partner-certificate.ts'

/** Partners' https servers, called for return flows and asynchronous receipts. */

const DAY = 86_400_000
type Member = Awaited<ReturnType<typeof makeRoot>>
interface Shown {
  readonly certificatePem: string
  readonly chainPem: readonly string[]
  readonly keyPem: string
}

let known: Member
let unknown: Member
let good: Shown
let otherName: Shown
let expired: Shown
let foreign: Shown
const servers: Server[] = []

beforeAll(async () => {
  known = await makeRoot(Date.now() - 90 * DAY)
  unknown = await makeRoot(Date.now() - 90 * DAY)
  const [byKnown, byUnknown] = [
    await makeIntermediate(known, Date.now() - 90 * DAY),
    await makeIntermediate(unknown, Date.now() - 90 * DAY),
  ]
  const issue = async (
    root: Member,
    issuer: Member,
    changes: { readonly from?: number; readonly until?: number; readonly name?: string } = {},
  ): Promise<Shown> => {
    const { publicKey, privateKey } = await makeKeyPair({ type: 'ec', curve: 'P-256' })
    const { from = -DAY, until = DAY, name = 'edi.partner.example' } = changes
    const issued = issueLeaf(root, issuer, {
      commonName: name,
      dnsNames: [name],
      publicKey,
      purpose: 'server',
      notBefore: Date.now() + from,
      notAfter: Date.now() + until,
    })
    return {
      ...issued,
      keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    }
  }
  good = await issue(known, byKnown)
  otherName = await issue(known, byKnown, { name: 'other.example' })
  expired = await issue(known, byKnown, { from: -30 * DAY, until: -DAY })
  foreign = await issue(unknown, byUnknown)
})

afterEach(async () => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  }
})

const registered = ({ certificatePem }: Shown): PartnerCertificate => {
  const pem = certificatePem.replaceAll(/-----[^-]+-----|\s/g, '')
  const { der, sha256, notBefore, notAfter } = readCertificate(Buffer.from(pem, 'base64'))
  return { part: 'server', der, sha256, notBefore, notAfter }
}

/** @returns the status, or what was wrong with the certificate; and whether a byte of HTTP came */
async function posted(
  shown: Shown,
  mode: As2Policy['tlsServerCertificate'],
  certificates: readonly PartnerCertificate[] = [],
): Promise<{ readonly told: unknown; readonly requests: number }> {
  let requests = 0
  const { certificatePem, chainPem, keyPem } = shown
  const cert = [certificatePem, ...chainPem].join('')
  const server = createServer({ cert, key: keyPem }, (request, response) => {
    requests += 1
    request.resume()
    request.on('end', () => response.writeHead(204).end())
  })
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const serverTls = createPartnerServerTls({
    trust: async () => ({ anchors: [testAnchor(known.certificatePem)] }),
    clock: { now: Date.now },
  })
  const body = randomBytes(100_000)
  try {
    const { status } = await post({
      url: `https://edi.partner.example:${(server.address() as AddressInfo).port}/as2`,
      address: '127.0.0.1',
      headers: [['Content-Type', 'application/octet-stream']],
      body: octetsOf(body),
      bytes: body.length,
      tls: await serverTls({ tlsServerCertificate: mode }, certificates),
      idleMilliseconds: 5_000,
    })
    return { told: status, requests }
  } catch (error) {
    if (!(error instanceof ServerCertificateError)) throw error
    const { fault, shown: seen, failure, isTransient } = error
    const isNamed = seen['tlsSubject']?.includes('example') === true
    return { told: { fault, failure, isTransient, isNamed }, requests }
  }
}

const taken = { told: 204, requests: 1 }
const refused = (fault: string) => ({
  told: { fault, failure: 'refused', isTransient: true, isNamed: true },
  requests: 0,
})

describe('checked, as it is by default', () => {
  test('a certificate of a known authority for the name is taken', async () => {
    expect(await posted(good, 'checked')).toEqual(taken)
  })

  test('another name, an unknown authority, one that has expired: nothing is sent', async () => {
    expect(await posted(otherName, 'checked')).toEqual(refused('name'))
    expect(await posted(foreign, 'checked')).toEqual(refused('untrusted'))
    expect(await posted(expired, 'checked')).toEqual(refused('not-in-time'))
  })

  test('a registered one is taken whoever issued it and whatever its name, in its time', async () => {
    expect(await posted(foreign, 'checked', [registered(foreign)])).toEqual(taken)
    expect(await posted(otherName, 'checked', [registered(otherName)])).toEqual(taken)
    expect(await posted(expired, 'checked', [registered(expired)])).toEqual(refused('not-in-time'))
  })
})

describe('registered', () => {
  test('only a registered certificate is taken', async () => {
    expect(await posted(good, 'registered', [registered(foreign)])).toEqual(
      refused('not-registered'),
    )
    expect(await posted(good, 'registered', [registered(good)])).toEqual(taken)
  })
})

describe('unchecked', () => {
  test('any certificate is taken', async () => {
    expect(await posted(foreign, 'unchecked')).toEqual(taken)
    expect(await posted(expired, 'unchecked')).toEqual(taken)
  })
})

test('a server that does not speak TLS is unreachable, not distrusted', async () => {
  const { createServer: createPlain } = await import('node:http')
  const plain = createPlain((_, response) => response.end())
  await new Promise<void>((resolve) => plain.listen(0, '127.0.0.1', resolve))
  const serverTls = createPartnerServerTls({
    trust: async () => ({ anchors: [] }),
    clock: { now: Date.now },
  })
  const attempt = post({
    url: `https://localhost:${(plain.address() as AddressInfo).port}/as2`,
    address: '127.0.0.1',
    headers: [],
    body: octetsOf(Buffer.from('x')),
    bytes: 1,
    tls: await serverTls({ tlsServerCertificate: 'checked' }, []),
    idleMilliseconds: 5_000,
  })
  await expect(attempt).rejects.toMatchObject({ failure: 'unreachable' })
  plain.closeAllConnections()
  await new Promise((resolve) => plain.close(resolve))
})
