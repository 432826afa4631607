import { spawnSync } from 'node:child_process'
import { createPrivateKey, randomBytes } from 'node:crypto'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { readCertificate } from '../../certs/certificate.ts'
import type { DecryptionKey } from '../../protocols/as2/cms/content-key.ts'
import type { ReadMdn } from '../../protocols/as2/mdn/read-mdn.ts'
import { judgeReceipt } from '../../protocols/as2/mdn/receipt-verdict.ts'
import { octetsOf } from '../../protocols/as2/octets.ts'
import { PartnerEndpoint, type ReceivedMessage } from '../../protocols/as2/partner-endpoint.ts'
import { sendMessage, type Sent } from '../../protocols/as2/sender.ts'
import { DEFAULT_SENDING, type SendingPolicy } from '../../protocols/as2/sending-policy.ts'
import { freePort } from '../../gateway/cli/free-port.ts'
import { OpenSslCertificates, type OpenSslOrder } from '../support/openssl-certificates.ts'
import { InteropReport } from './interop-report.ts'
import { installOpenAs2, OpenAs2Peer, OPENAS2_ID, OPENAS2_VERSION } from './openas2.ts'

const OURS: OpenSslOrder = { key: 'rsa2048', subject: '/CN=Raccord' }
const THEIRS: OpenSslOrder = { key: 'rsa2048 them', subject: '/CN=OpenAS2' }
const PAYLOAD = Buffer.concat([Buffer.from('\r\n--x\n\0\r\r\n'), randomBytes(60_000)])
/** Asked for with the hash of the signature: it refuses a MIC of another one, RFC 4130 or not. */
const signedReceipt = (sign = 'SHA256'): string =>
  `signed-receipt-protocol=required, pkcs7-signature; signed-receipt-micalg=required, ${sign}`

const certificates = new OpenSslCertificates()
const title = `OpenAS2 ${OPENAS2_VERSION}`
const received: ReceivedMessage[] = []
/** Posted to us, for what we sent. */
const receipts: ReadMdn[] = []
let jars: string | undefined
let folder: string
let us: DecryptionKey
let endpoint: PartnerEndpoint
let peer: OpenAs2Peer
let port: number
let report: InteropReport

/** In its attributes: the receipt is posted to its second server. */
const ASYNC = 'as2_receipt_option'

/** What it sends, one partner name each. */
const FROM_THEM: readonly (readonly [string, string, Readonly<Record<string, string>>])[] = [
  ['signed, AES-256-CBC', 'W1', { sign: 'SHA256', encrypt: 'AES256' }],
  ['signed SHA-512, AES-128-CBC', 'W2', { sign: 'SHA512', encrypt: 'AES128' }],
  ['signed', 'W3', { sign: 'SHA256' }],
  ['encrypted', 'W4', { encrypt: 'AES256' }],
  [
    'signed, compressed inside, encrypted',
    'W5',
    { sign: 'SHA256', encrypt: 'AES256', compression_type: 'ZLIB' },
  ],
  ['signed SHA-1, 3DES, both allowed', 'W6', { sign: 'SHA1', encrypt: '3DES' }],
  ['signed, AES-256-CBC', 'W7', { sign: 'SHA256', encrypt: 'AES256', [ASYNC]: 'here' }],
  ['signed', 'W8', { sign: 'SHA256', [ASYNC]: 'here' }],
  [
    'signed, compressed inside, encrypted',
    'W9',
    { sign: 'SHA256', encrypt: 'AES256', compression_type: 'ZLIB', [ASYNC]: 'here' },
  ],
  [
    'signed, compressed outside, encrypted',
    'W10',
    {
      sign: 'SHA256',
      encrypt: 'AES256',
      compression_type: 'ZLIB',
      compression_mode: 'compress-after-signing',
    },
  ],
]

beforeAll(async () => {
  jars = await installOpenAs2()
  report = new InteropReport(
    title,
    jars === undefined
      ? 'Could not be had: Java, Maven or its packages are missing on this machine.'
      : 'Java, from Maven Central, its own server with a configuration made for the run; its receipts are asked for with the hash of the signature, it refuses a MIC of another. A payload of 60 KB of random octets with line ends of every kind.',
  )
  if (jars === undefined) return
  folder = await mkdtemp(join(tmpdir(), 'raccord-interop-'))
  const keyOf = (order: OpenSslOrder): DecryptionKey => ({
    certificate: readCertificate(certificates.der(order)),
    privateKey: createPrivateKey(certificates.read(certificates.key(order.key))),
  })
  us = keyOf(OURS)
  endpoint = await PartnerEndpoint.start({
    host: '127.0.0.1',
    port: 0,
    identity: us,
    registered: [keyOf(THEIRS).certificate],
    folder: join(folder, 'ours'),
    signReceipts: 'as-asked',
    legacy: ['sha1', '3des'],
    product: 'raccord:0.1.0',
    now: Date.now,
    received: (message) => received.push(message),
    receipt: (mdn) => receipts.push(mdn),
  })
  port = await freePort()
  const receiptPort = await freePort()
  peer = await OpenAs2Peer.start({
    jars,
    folder,
    keyStore: await keyStore(keyOf(THEIRS)),
    port,
    receiptPort,
    url: endpoint.url,
    ways: [
      { partner: 'CPP001', attributes: {} },
      ...FROM_THEM.map(([, partner, attributes]) => ({
        partner,
        attributes: {
          ...attributes,
          as2_mdn_options: signedReceipt(attributes['sign']),
          ...(ASYNC in attributes ? { [ASYNC]: `http://127.0.0.1:${receiptPort}/` } : {}),
        },
      })),
    ],
  })
})

beforeEach((context) => {
  if (jars === undefined) context.skip()
})

afterAll(async () => {
  await report.write()
  if (jars !== undefined) {
    await peer.stop()
    await endpoint.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
    await rm(jars, { recursive: true, force: true, maxRetries: 10 })
  }
  certificates.remove()
})

async function keyStore({ certificate, privateKey }: DecryptionKey): Promise<string> {
  const [theirs, ours, store] = ['them.pem', 'us.pem', 'keys.p12'].map((name) => join(folder, name))
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  await writeFile(theirs!, key + certificate.x509.toString())
  await writeFile(ours!, us.certificate.x509.toString())
  const run = (program: string, ...args: readonly string[]): void => {
    const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' })
    if (status !== 0) throw new Error(`${program}: ${stderr}`)
  }
  const pass = 'changeit'
  run(
    'openssl',
    'pkcs12',
    '-export',
    // Its Bouncy Castle of 2020 reads no newer encryption of keys.
    '-legacy',
    '-in',
    theirs!,
    '-name',
    'openas2',
    '-out',
    store!,
    '-passout',
    `pass:${pass}`,
  )
  run(
    'keytool',
    '-J-Dkeystore.pkcs12.legacy',
    '-importcert',
    '-noprompt',
    '-alias',
    'raccord',
    '-file',
    ours!,
    '-keystore',
    store!,
    '-storetype',
    'PKCS12',
    '-storepass',
    pass,
  )
  return store!
}

type Mode = 'sync' | 'async'

const AUTH_ENVELOPED =
  'it takes AuthEnvelopedData for the payload and says processed: its MIC shows it, and we do not count it as delivered'

const TO_THEM: readonly (readonly [string, Partial<SendingPolicy>])[] = [
  ['signed, AES-256-CBC', {}],
  ['signed SHA-512, AES-128-CBC', { sign: { hash: 'sha512' }, encrypt: { cipher: 'aes128-cbc' } }],
  ['signed', { encrypt: undefined }],
  ['encrypted', { sign: undefined }],
  ['signed, compressed inside, encrypted', { compress: 'before-signature' }],
  ['signed, compressed outside, encrypted', { compress: 'after-signature' }],
  ['signed, encrypted, old names of digests', { micalg: 'old' }],
  ['signed RSASSA-PSS, AES-256-CBC', { sign: { hash: 'sha256', pss: true } }],
  ['signed, key by OAEP (SHA-1)', { encrypt: { cipher: 'aes256-cbc', oaep: 'sha1' } }],
  ['signed, key by OAEP (SHA-256)', { encrypt: { cipher: 'aes256-cbc', oaep: 'sha256' } }],
  ['signed, AES-256-GCM', { encrypt: { cipher: 'aes256-gcm' } }],
  ['signed, AES-128-GCM', { encrypt: { cipher: 'aes128-gcm' } }],
]
/** What it does not open, by what we then find, and what that means. */
const NOT_OPENED: Readonly<Record<string, readonly [verdict: string, note: string]>> = {
  'signed, key by OAEP (SHA-1)': ['refused', 'it does not open OAEP: decryption-failed'],
  'signed, key by OAEP (SHA-256)': ['refused', 'it does not open OAEP: decryption-failed'],
  'signed, AES-256-GCM': ['mic-differs', AUTH_ENVELOPED],
  'signed, AES-128-GCM': ['mic-differs', AUTH_ENVELOPED],
}
/** Those that are worth a second way of getting the receipt. */
const LATER: ReadonlySet<string> = new Set([
  'signed, AES-256-CBC',
  'signed, compressed inside, encrypted',
])

async function verdictOn(sent: Sent): Promise<string> {
  if (sent.outcome === 'receipt') return sent.receipt.verdict.code
  if (sent.outcome !== 'receipt-later') return sent.outcome
  const { messageId } = sent.awaited
  const mine = () => receipts.find((one) => one.originalMessageId === messageId)
  await vi.waitUntil(() => mine() !== undefined, { timeout: 60_000 })
  return judgeReceipt(mine()!, sent.awaited, Date.now()).code
}

describe('what we send, OpenAS2 takes and its receipt proves it', () => {
  const both = TO_THEM.flatMap(([message, policy]) =>
    (['sync', 'async'] as const satisfies readonly Mode[])
      .filter((mode) => mode === 'sync' || LATER.has(message))
      .map((mode) => ({ message, policy, mode })),
  )
  test.each(both)('$message, $mode receipt', async ({ message, policy, mode }) => {
    let isGood = false
    let note = ''
    const fileName = `${randomBytes(6).toString('hex')}.bin`
    try {
      const sent = await sendMessage({
        url: `http://127.0.0.1:${port}/`,
        as2From: 'CPP001',
        as2To: OPENAS2_ID,
        messageId: `<${fileName}@raccord.example>`,
        subject: fileName,
        identity: us,
        partnerCertificates: [readCertificate(certificates.der(THEIRS))],
        policy: {
          ...DEFAULT_SENDING,
          ...policy,
          ...(mode === 'async' ? { receiptUrl: endpoint.url } : {}),
        },
        payload: {
          octets: octetsOf(PAYLOAD),
          bytes: PAYLOAD.length,
          contentType: 'application/octet-stream',
          fileName,
        },
        product: 'raccord:0.1.0',
        now: Date.now(),
      })
      const verdict = await verdictOn(sent)
      const [expected = 'proved', why = ''] = NOT_OPENED[message] ?? []
      expect(verdict).toBe(expected)
      const kept = await readFile(peer.received(fileName)).catch(() => undefined)
      expect(kept?.equals(PAYLOAD) ?? false).toBe(expected === 'proved')
      note = why
      isGood = true
    } finally {
      report.add({ direction: 'us → them', message, receipt: `${mode}, signed`, isGood, note })
    }
  })
})

describe('what OpenAS2 sends, we take, and it is content with our receipt', () => {
  test.each(FROM_THEM)('%s (%s)', async (message, partner, attributes) => {
    const mode: Mode = ASYNC in attributes ? 'async' : 'sync'
    let isGood = false
    const name = `${partner}-${randomBytes(6).toString('hex')}.bin`
    try {
      await peer.put(partner, name, PAYLOAD)
      const mine = () => received.find((one) => one.to === partner)
      await expect.poll(mine, { timeout: 60_000 }).toBeDefined()
      expect(mine()).toMatchObject({ disposition: { type: 'processed' }, fault: undefined })
      expect((await readFile(join(folder, 'ours', name))).equals(PAYLOAD)).toBe(true)
      // It files what was sent under the Message-ID.
      const { messageId } = mine()!
      const filed = async () =>
        (await peer.sent()).some(
          (one) => messageId.includes(one) || one.includes(messageId.replaceAll(/[<>]/g, '')),
        )
      await expect.poll(filed, { timeout: 60_000 }).toBe(true)
      isGood = true
    } finally {
      report.add({ direction: 'them → us', message, receipt: `${mode}, signed`, isGood })
    }
  })
})
