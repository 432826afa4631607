import { createPrivateKey, X509Certificate } from 'node:crypto'
import { makeRoot } from '../../certs/authority.ts'
import { readCertificate } from '../../certs/certificate.ts'
import type { DecryptionKey } from '../../protocols/as2/cms/content-key.ts'
import { buildMdn } from '../../protocols/as2/mdn/build-mdn.ts'
import { readMdn } from '../../protocols/as2/mdn/read-mdn.ts'
import { MessageFault } from '../../protocols/as2/message-fault.ts'
import { MessageReader } from '../../protocols/as2/message-reader.ts'
import { buildMessage, headerBlock, type MessageOrder } from '../../protocols/as2/message-writer.ts'
import { HeaderFields, parseHeaderFields } from '../../protocols/as2/mime/header-fields.ts'
import { collect, octetsOf, type Octets } from '../../protocols/as2/octets.ts'
import type { Random } from './random.ts'
import type { FuzzTarget } from './targets.ts'

/** An AS2 message in all its nestings: header block, then body, as one input. */

const MAX_BYTES = 1_000_000
let made: Promise<DecryptionKey> | undefined

async function identity(): Promise<DecryptionKey> {
  made ??= makeRoot(Date.now()).then(({ keyPem, certificatePem }) => ({
    certificate: readCertificate(new X509Certificate(certificatePem).raw),
    privateKey: createPrivateKey(keyPem),
  }))
  return made
}

async function seeds(): Promise<readonly Buffer[]> {
  const own = await identity()
  const sign = { ...own, hash: 'sha256', signingTime: Date.now() } as const
  const recipients = [{ certificate: own.certificate }]
  const nestings: readonly Partial<MessageOrder>[] = [
    {},
    { sign },
    { compress: 'after-signature' },
    { sign, compress: 'before-signature' },
    { encrypt: { cipher: 'aes128-gcm', recipients } },
    { sign, encrypt: { cipher: 'aes256-cbc', recipients } },
  ]
  const built = nestings.map(async (nesting, index) => {
    const octets = octetsOf(Buffer.from("UNA:+.? '\r\n--\r\n"))
    const payload = { octets, bytes: index % 2 === 0 ? undefined : 15, contentType: 'text/plain' }
    const message = buildMessage({ payload, micHashes: [], ...nesting })
    return Buffer.concat([
      Buffer.from(headerBlock(message.headers)),
      await collect(message.octets, MAX_BYTES),
    ])
  })
  const mdn = await buildMdn({
    reportingUa: 'fuzz',
    recipient: 'A',
    originalMessageId: '<1@a>',
    disposition: { type: 'processed', error: 'decryption-failed' },
    mic: undefined,
    text: 'x',
    signer: sign,
  })
  return [
    ...(await Promise.all(built)),
    Buffer.concat([Buffer.from(headerBlock(mdn.headers)), mdn.body]),
  ]
}

function cut(input: Buffer, random: Random): Octets {
  const pieces: Buffer[] = []
  for (let at = 0; at < input.length;) {
    const size = 1 + random.below(600)
    pieces.push(input.subarray(at, at + size))
    at += size
  }
  return octetsOf(...pieces)
}

async function fairly(attempt: () => Promise<unknown>): Promise<void> {
  try {
    await attempt()
  } catch (error) {
    if (!(error instanceof MessageFault)) throw error
  }
}

export const FUZZ_AS2_TARGETS: readonly FuzzTarget[] = [
  {
    name: 'AS2 message and MDN (CMS, MIME)',
    seeds,
    feed: async (input, random) => {
      const own = await identity()
      const end = input.indexOf('\r\n\r\n')
      const headers = parseHeaderFields(input.subarray(0, Math.max(0, end))) ?? new HeaderFields([])
      const body = input.subarray(end + 4)
      const shared = { registered: [own.certificate], legacy: new Set<never>() }
      const quirks = { lfLineEnds: random.below(2) === 0, barePayload: random.below(2) === 0 }
      const inflation = { maxBytes: MAX_BYTES, maxRatio: 200, freeBytes: 10_000 }
      const reader = new MessageReader({ keys: [own], quirks, inflation, micHashes: [], ...shared })
      await fairly(async () => {
        const opened = await reader.open(headers, cut(body, random))
        await collect(opened.payload, MAX_BYTES)
      })
      if (random.below(8) === 0) {
        await fairly(() => readMdn(headers, cut(body, random), { quirks, ...shared }))
      }
    },
  },
]
