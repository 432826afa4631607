// Unknown, wrong password, wrong certificate, inactive: the same bytes, and a time that tells nothing
// (decisions E6). Times are printed, with the distance of their distributions; the bytes are judged.
import { X509Certificate } from 'node:crypto'
import { expect, onTestFinished, test } from 'vitest'
import { distributionDistance } from '../support/distribution-distance.ts'
import { certificateSha256, spkiSha256 } from '../../certs/fingerprint.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { authenticatePesit } from '../../gateway/connections/authenticate-pesit.ts'
import { Connection } from '../../gateway/connections/connection.ts'
import type { ConnectionDirectory } from '../../gateway/connections/directory.ts'
import { hashPesitPassword } from '../../gateway/connections/pesit-password.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'
import type { OpenSslOrder } from '../support/openssl-certificates.ts'
import { PesitPeerError } from '../support/pesit-peer/peer-error.ts'
import { startPesitReception } from '../support/pesit-reception.ts'

const TRIES = 200
const LANES = 4
const DAY = 86_400_000
const clock = new OffsetClock()

const certificate = (subject: string): OpenSslOrder => ({
  key: `p256 ${subject}`,
  subject: `/CN=${subject}`,
  extensions: ['subjectAltName=IP:127.0.0.1'],
})

test(`${TRIES} tries of each kind of wrong credential are told the same`, async () => {
  const openssl = new OpenSslCertificates()
  onTestFinished(() => openssl.remove())
  const pem = (order: OpenSslOrder): string => openssl.read(openssl.certificate(order)).toString()
  const key = (order: OpenSslOrder): string => openssl.read(openssl.key(order.key)).toString()
  const [server, good, stranger, inactive] = [
    certificate('server'),
    certificate('good'),
    certificate('stranger'),
    certificate('inactive'),
  ]
  const all = [
    connectionOf('GOOD01', pem(good), 'ACTIVATED'),
    connectionOf('INACT1', pem(inactive), 'DEACTIVATED'),
  ]
  const directory = {
    findByPesitRequester: (id: string) => all.filter((one) => one.pesit?.requesterId === id),
    findByCertificate: (sha: string) => all.filter((one) => one.certificates[0]?.sha256 === sha),
    findByKey: (sha: string) => all.filter((one) => one.certificates[0]?.spkiSha256 === sha),
  } as unknown as ConnectionDirectory
  const identity = { keyPem: key(server), certificatePem: pem(server), chainPem: [] }
  const reception = await startPesitReception({
    identity: () => identity,
    authenticate: (said) => {
      if (said.protocol !== 'pesit') throw new TypeError(said.protocol)
      return authenticatePesit(directory, clock, said)
    },
    // What is slowed is the address, whatever it says: it would hide what is looked for.
    failedTries: {
      failed: () => {},
      succeeded: () => {},
      delayMilliseconds: () => 0,
      refusedBecause: () => undefined,
    },
    settings: { authenticationFloorMilliseconds: 50 },
  })
  onTestFinished(() => reception.stop())
  const kinds = [
    { name: 'unknown', requester: 'NOBODY1', by: good, password: 'SECRET01' },
    { name: 'wrong password', requester: 'GOOD01', by: good, password: 'WRONG001' },
    { name: 'wrong certificate', requester: 'GOOD01', by: stranger, password: 'SECRET01' },
    { name: 'inactive', requester: 'INACT1', by: inactive, password: 'SECRET01' },
  ].map((kind) => ({ ...kind, times: [] as number[] }))
  const told = new Set<string>()

  async function attempt({ requester, by, password, times }: (typeof kinds)[number]) {
    const tls = { key: key(by), cert: pem(by), ca: pem(server) }
    const start = performance.now()
    try {
      const partner = await reception.connect({ requester, password, tls })
      partner.link.cut()
      told.add('welcome')
    } catch (error) {
      if (!(error instanceof PesitPeerError)) throw error
      times.push(performance.now() - start)
      told.add(error.fpdu?.bytes.toString('hex') ?? error.kind)
    }
  }

  const queue = Array.from({ length: TRIES }, () => kinds).flat()
  const lane = async (): Promise<void> => {
    for (let kind = queue.shift(); kind !== undefined; kind = queue.shift()) await attempt(kind)
  }
  // The right credential is taken, so that it is the wrong thing that is refused.
  const right = await reception.connect({
    requester: 'GOOD01',
    password: 'SECRET01',
    tls: { key: key(good), cert: pem(good), ca: pem(server) },
  })
  right.link.cut()
  await Promise.all(Array.from({ length: LANES }, lane))

  expect([...told]).toHaveLength(1)
  expect([...told][0]).toContain('0203030130')
  expect(kinds.map(({ times }) => times.length)).toEqual(kinds.map(() => TRIES))
  const rows = kinds.map(({ name, times }) => {
    const sorted = times.toSorted((a, b) => a - b)
    const at = (share: number): string => (sorted[Math.floor(share * TRIES)] ?? 0).toFixed(1)
    return `${name.padEnd(18)} median ${at(0.5)} ms, p95 ${at(0.95)} ms`
  })
  const distance = Math.max(
    ...kinds.flatMap((one, index) =>
      kinds.slice(index + 1).map((other) => distributionDistance(one.times, other.times)),
    ),
  )
  // Kolmogorov and Smirnov: beyond it two samples are of one kind in 1 case of 100.
  const limit = 1.63 * Math.sqrt(2 / TRIES)
  process.stdout.write(
    `${rows.join('\n')}\ngreatest distance ${distance.toFixed(2)}, told apart from ${limit.toFixed(2)}\n`,
  )
}, 600_000)

function connectionOf(
  code: string,
  certificatePem: string,
  state: 'ACTIVATED' | 'DEACTIVATED',
): Connection {
  const now = clock.now()
  const read = new X509Certificate(certificatePem)
  const sha256 = certificateSha256(read)
  return new Connection(
    {
      id: `cnx_${code}`,
      application_code: code,
      name: code,
      protocol: 'pesit',
      environment: 'qualification',
      state,
      form_json: JSON.stringify({
        certificates: [{ part: 'client', sha256 }],
        network: { pesit: { requesterId: code, serverId: 'X' } },
      }),
      blocked_json: null,
      settings_json: JSON.stringify({ pesit: { password: hashPesitPassword('SECRET01') } }),
      valid_from: now - DAY,
      valid_until: now + DAY,
      revision: 1,
    },
    [
      {
        connection_id: `cnx_${code}`,
        sha256,
        spki_sha256: spkiSha256(read.publicKey),
        not_before: now - DAY,
        not_after: now + DAY,
      },
    ],
  )
}
