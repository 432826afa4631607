import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { connect, createServer, type TLSSocket } from 'node:tls'
import { afterEach, expect, test } from 'vitest'
import { issueLeaf, makeIntermediate, makeRoot } from '../../certs/authority.ts'
import { makeKeyPair } from '../../certs/key-pair.ts'
import { shownCertificate, type ShownCertificate } from './client-certificate.ts'

const DAY = 86_400_000
const now = Date.now()

const stops: (() => void)[] = []
afterEach(() => {
  for (const stop of stops.splice(0)) stop()
})

test('a chain is judged at each call by the clock of that call, and by every signature in it', async () => {
  const { leaf, intermediate, stranger, key } = await makeChains()

  const good = await shownBy(leaf + intermediate, key, [now, now + 20 * DAY])
  const foreign = await shownBy(leaf + stranger, key, [now, now])

  expect(good.map(({ fault }) => fault)).toEqual([undefined, expect.stringContaining('expired on')])
  expect(foreign.map(({ fault }) => fault)).toEqual([
    expect.stringContaining('was not signed by'),
    expect.stringContaining('was not signed by'),
  ])
  expect(foreign[0]?.fingerprints).toEqual(good[0]?.fingerprints)
})

async function makeChains() {
  const [root, otherRoot] = [await makeRoot(now), await makeRoot(now)]
  const intermediate = await makeIntermediate(root, now)
  const stranger = await makeIntermediate(otherRoot, now)
  const { privateKey, publicKey } = await makeKeyPair({ type: 'rsa', bits: 2_048 })
  const { certificatePem } = issueLeaf(root, intermediate, {
    commonName: 'PARTNER',
    publicKey,
    purpose: 'client',
    notBefore: now - DAY,
    notAfter: now + 10 * DAY,
  })
  return {
    leaf: certificatePem,
    intermediate: intermediate.certificatePem,
    stranger: stranger.certificatePem,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  }
}

/** What a server is shown by calls of one certificate and chain, each at a time of its clock. */
async function shownBy(
  certificates: string,
  key: string,
  times: readonly number[],
): Promise<ShownCertificate[]> {
  const server = createServer({
    key,
    cert: certificates,
    requestCert: true,
    rejectUnauthorized: false,
  })
  stops.push(() => server.close())
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const shown: ShownCertificate[] = []
  for (const time of times) {
    const accepted = once(server, 'secureConnection') as Promise<[TLSSocket]>
    const client = connect({
      host: '127.0.0.1',
      port,
      key,
      cert: certificates,
      rejectUnauthorized: false,
    })
    stops.push(() => client.destroy())
    const [socket] = await accepted
    const certificate = shownCertificate(socket, time)
    if (certificate !== undefined) shown.push(certificate)
  }
  return shown
}
