import { createPrivateKey, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { readCertificate } from '../../certs/certificate.ts'
import type { DecryptionKey } from '../../protocols/as2/cms/content-key.ts'
import type { ReadMdn } from '../../protocols/as2/mdn/read-mdn.ts'
import { judgeReceipt } from '../../protocols/as2/mdn/receipt-verdict.ts'
import { octetsOf } from '../../protocols/as2/octets.ts'
import { PartnerEndpoint, type ReceivedMessage } from '../../protocols/as2/partner-endpoint.ts'
import { sendMessage, type Sent } from '../../protocols/as2/sender.ts'
import { DEFAULT_SENDING, type SendingPolicy } from '../../protocols/as2/sending-policy.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../support/openssl-certificates.ts'
import type { PythonClients } from '../support/python-clients.ts'
import { InteropReport } from './interop-report.ts'
import { installPyas2lib, Pyas2libPeer, PYAS2LIB_VERSION, type PeerSettings } from './pyas2lib.ts'

const OURS: OpenSslOrder = { key: 'rsa2048', subject: '/CN=Raccord' }
const THEIRS: OpenSslOrder = { key: 'rsa2048 them', subject: '/CN=pyas2lib' }
const NAME = 'FSO1110A_BET002_BET0021110000000000000042.tar.gz'
const PAYLOAD = Buffer.concat([Buffer.from('\r\n--x\n\0\r\r\n'), randomBytes(60_000)])

const certificates = new OpenSslCertificates()
const report = new InteropReport(
  `pyas2lib ${PYAS2LIB_VERSION}`,
  'Python, its oscrypto patched for OpenSSL 3.0 with a patch number of two digits. A payload of 60 KB of random octets with line ends of every kind.',
)
let clients: PythonClients | undefined
let us: DecryptionKey
let folder: string
let endpoint: PartnerEndpoint
let peer: Pyas2libPeer
let received: ReceivedMessage[]
let receipts: ReadMdn[]

beforeAll(async () => {
  clients = await installPyas2lib()
  if (clients === undefined && process.env['CI'] === 'true') {
    throw new Error('pyas2lib cannot be installed')
  }
  us = {
    certificate: readCertificate(certificates.der(OURS)),
    privateKey: createPrivateKey(certificates.read(certificates.key(OURS.key))),
  }
})

afterAll(async () => {
  if (clients !== undefined) await report.write()
  await clients?.remove()
  certificates.remove()
})

beforeEach(async (context) => {
  if (clients === undefined) return context.skip()
  folder = await mkdtemp(join(tmpdir(), 'raccord-interop-'))
  received = []
  receipts = []
  endpoint = await PartnerEndpoint.start({
    host: '127.0.0.1',
    port: 0,
    identity: us,
    registered: [theirs()],
    folder: join(folder, 'ours'),
    signReceipts: 'as-asked',
    legacy: ['sha1', '3des'],
    product: 'raccord:0.1.0',
    now: Date.now,
    received: (message) => received.push(message),
    receipt: (mdn) => receipts.push(mdn),
  })
  const ownKey = join(folder, 'own.pem')
  const key = createPrivateKey(certificates.read(certificates.key(THEIRS.key)))
  await writeFile(
    ownKey,
    `${key.export({ type: 'pkcs8', format: 'pem' }).toString()}${theirs().x509.toString()}`,
  )
  const partnerCertificate = join(folder, 'partner.pem')
  await writeFile(partnerCertificate, us.certificate.x509.toString())
  const config = { ownName: 'BET 002', ownKey, partnerName: 'CPP001', partnerCertificate, folder }
  peer = await Pyas2libPeer.start(clients.python, config)
})

afterEach(async () => {
  if (clients === undefined) return
  await peer.stop()
  await endpoint.stop()
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})

/** Of the receipt in the answer, or of the one that is posted. */
async function verdictOn(sent: Sent): Promise<string> {
  if (sent.outcome === 'receipt') return sent.receipt.verdict.code
  if (sent.outcome !== 'receipt-later') return sent.outcome
  await vi.waitUntil(() => receipts.length > 0, { timeout: 60_000 })
  return judgeReceipt(receipts[0]!, sent.awaited, Date.now()).code
}

const theirs = () => readCertificate(certificates.der(THEIRS))

/** What pyas2lib cannot do is a row of its own, with what it does instead. */
interface Row<What> {
  readonly name: string
  readonly what: What
  readonly verdict?: string
  readonly note?: string
}

const TO_THEM: readonly Row<Partial<SendingPolicy>>[] = [
  { name: 'signed, AES-256-CBC', what: {} },
  {
    name: 'signed SHA-512, AES-128-CBC',
    what: { sign: { hash: 'sha512' }, encrypt: { cipher: 'aes128-cbc' } },
  },
  {
    name: 'signed SHA-384, AES-192-CBC',
    what: { sign: { hash: 'sha384' }, encrypt: { cipher: 'aes192-cbc' } },
  },
  {
    name: 'signed RSASSA-PSS, key by OAEP',
    what: { sign: { hash: 'sha256', pss: true }, encrypt: { cipher: 'aes256-cbc', oaep: 'sha1' } },
  },
  { name: 'signed', what: { encrypt: undefined } },
  { name: 'signed, compressed inside', what: { encrypt: undefined, compress: 'before-signature' } },
  { name: 'signed, compressed outside', what: { encrypt: undefined, compress: 'after-signature' } },
  { name: 'signed, compressed inside, encrypted', what: { compress: 'before-signature' } },
  { name: 'signed, compressed outside, encrypted', what: { compress: 'after-signature' } },
  { name: 'signed, encrypted, chunked', what: { isChunked: true } },
  { name: 'signed, encrypted, old names of digests', what: { micalg: 'old' } },
  {
    name: 'plain',
    what: { sign: undefined, encrypt: undefined },
    verdict: 'unproven',
    note: 'its receipts of unsigned messages have no MIC',
  },
  {
    name: 'encrypted',
    what: { sign: undefined },
    verdict: 'unproven',
    note: 'its receipts of unsigned messages have no MIC',
  },
  {
    name: 'compressed',
    what: { sign: undefined, encrypt: undefined, compress: 'before-signature' },
    verdict: 'unproven',
    note: 'its receipts of unsigned messages have no MIC',
  },
  {
    name: 'compressed, encrypted',
    what: { sign: undefined, compress: 'before-signature' },
    verdict: 'unproven',
    note: 'its receipts of unsigned messages have no MIC',
  },
]

describe('what we send, pyas2lib takes and its receipt proves it', () => {
  const both = TO_THEM.flatMap((row) => [
    { ...row, mode: 'sync' as const },
    { ...row, mode: 'async' as const },
  ])
  test.each(both)(
    '$name, $mode receipt',
    async ({ name, what, mode, verdict = 'proved', note }) => {
      const row = { direction: 'us → them', message: name, receipt: `${mode}, signed` }
      let isGood = false
      try {
        const sent = await sendMessage({
          url: peer.url,
          as2From: 'CPP001',
          as2To: 'BET 002',
          messageId: `<${randomBytes(9).toString('hex')}@raccord.example>`,
          subject: NAME,
          identity: us,
          partnerCertificates: [theirs()],
          policy: {
            ...DEFAULT_SENDING,
            ...what,
            ...(mode === 'async' ? { receiptUrl: endpoint.url } : {}),
          },
          payload: {
            octets: octetsOf(PAYLOAD),
            bytes: PAYLOAD.length,
            contentType: 'application/octet-stream',
            fileName: NAME,
          },
          product: 'raccord:0.1.0',
          now: Date.now(),
        })
        expect(await peer.received()).toMatchObject([
          { status: 'processed', error: null, name: NAME },
        ])
        expect(await readFile(join(folder, NAME))).toEqual(PAYLOAD)
        expect(await verdictOn(sent)).toBe(verdict)
        isGood = true
      } finally {
        report.add({ ...row, isGood, ...(note === undefined ? {} : { note }) })
      }
    },
  )
})

const SIGNED = { sign: true, digest_alg: 'sha256', mdn_digest_alg: 'sha256' }
const AES = { encrypt: true, enc_alg: 'aes_256_cbc' }

const FROM_THEM: readonly Row<PeerSettings>[] = [
  { name: 'signed, AES-256-CBC', what: { ...SIGNED, ...AES } },
  {
    name: 'signed SHA-512, AES-128-CBC',
    what: { ...SIGNED, ...AES, digest_alg: 'sha512', enc_alg: 'aes_128_cbc' },
  },
  {
    name: 'signed SHA-384, AES-192-CBC',
    what: { ...SIGNED, ...AES, digest_alg: 'sha384', enc_alg: 'aes_192_cbc' },
  },
  {
    name: 'signed SHA-1, 3DES, both allowed',
    what: { ...SIGNED, ...AES, digest_alg: 'sha1', enc_alg: 'tripledes_192_cbc' },
  },
  {
    name: 'signed RSASSA-PSS, key by OAEP',
    what: { ...SIGNED, ...AES, sign_alg: 'rsassa_pss', key_enc_alg: 'rsaes_oaep' },
  },
  { name: 'signed', what: SIGNED },
  { name: 'signed, compressed inside', what: { ...SIGNED, compress: true } },
  { name: 'signed, compressed inside, encrypted', what: { ...SIGNED, ...AES, compress: true } },
  { name: 'encrypted', what: { ...AES, mdn_digest_alg: 'sha256' } },
  { name: 'compressed', what: { compress: true, mdn_digest_alg: 'sha256' } },
  { name: 'compressed, encrypted', what: { ...AES, compress: true, mdn_digest_alg: 'sha256' } },
  { name: 'plain', what: { mdn_digest_alg: 'sha256' } },
  { name: 'signed, encrypted, unsigned receipt', what: { sign: true, ...AES } },
]

describe('what pyas2lib sends, we take, and it is content with our receipt', () => {
  const both = FROM_THEM.flatMap((row) => [
    { ...row, mode: 'SYNC' as const },
    { ...row, mode: 'ASYNC' as const },
  ])
  test.each(both)('$name, $mode receipt', async ({ name, what, mode }) => {
    const isSigned = what.mdn_digest_alg !== undefined
    const receipt = `${mode.toLowerCase()}, ${isSigned ? 'signed' : 'unsigned'}`
    let isGood = false
    try {
      const file = join(folder, 'payload')
      await writeFile(file, PAYLOAD)
      const sent = await peer.send({
        url: endpoint.url,
        file,
        name: NAME,
        contentType: 'application/octet-stream',
        settings: { ...what, mdn_mode: mode },
      })
      expect(received).toMatchObject([{ disposition: { type: 'processed' }, fault: undefined }])
      expect(await readFile(join(folder, 'ours', NAME))).toEqual(PAYLOAD)
      expect(sent).toEqual({ http: 200, status: 'processed', details: null })
      isGood = true
    } finally {
      report.add({ direction: 'them → us', message: name, receipt, isGood })
    }
  })
})
