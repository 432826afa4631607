import type { Certificate } from '../../certs/certificate.ts'
import { HASHES, type HashName, type LegacyAlgorithm } from './cms/algorithms.ts'
import { verifySignature, type VerifiedSignature } from './cms/verify-signature.ts'
import { openDetachedSignature } from './detached-signature.ts'
import type { MessageFacts } from './message-reader.ts'
import { parseHeaderFields } from './mime/header-fields.ts'
import type { Octets } from './octets.ts'
import { RunningDigests, type Digests } from './running-digests.ts'

/**
 * What is kept of the signature of a message, so that it can be verified again: the signature itself,
 * the digests that it was verified over, and where the payload stood in the signed part as it is, the
 * headers before it: with the stored content they are the signed octets again.
 */

/** A longer one carries a chain that nobody sends; it is verified once, when it comes. */
const MAX_SIGNATURE_BYTES = 16 * 1024
const MAX_HEADER_BYTES = 4 * 1024
/** Allowed or not was judged when the message came. */
const ANY_ALGORITHM: ReadonlySet<LegacyAlgorithm> = new Set(['sha1', 'md5', '3des', 'rsa-1024'])
const AS_IT_IS: ReadonlySet<string> = new Set(['binary', '7bit', '8bit'])

/** For the evidence of a flow: names and values; nothing for a message without such a signature. */
export function keptSignature({
  detachedSignature,
  layers,
  digests,
  partHeaders,
}: MessageFacts): Readonly<Record<string, string>> {
  if (detachedSignature === undefined || detachedSignature.length > MAX_SIGNATURE_BYTES) return {}
  const encoding = parseHeaderFields(partHeaders)?.get('content-transfer-encoding') ?? 'binary'
  const isAsItIs =
    layers.at(-1) === 'signed' &&
    AS_IT_IS.has(encoding.trim().toLowerCase()) &&
    partHeaders.length <= MAX_HEADER_BYTES
  return {
    signatureBytes: detachedSignature.toString('base64'),
    signedDigests: [...digests]
      .map(([name, digest]) => `${name}=${digest.toString('base64')}`)
      .join(' '),
    ...(isAsItIs ? { signedHeaders: partHeaders.toString('base64') } : {}),
  }
}

/** Verified again, and over what. */
export interface ReverifiedSignature {
  readonly signature: VerifiedSignature
  readonly digests: Digests
  /** The digests are those of the content as it is stored; else those recorded when it came. */
  readonly isOverContent: boolean
}

/**
 * Verifies a signature that was kept, over the content as it is stored where that can be.
 * @param content the stored payload
 * @returns undefined when none was kept
 * @throws MessageFault
 */
export async function verifyKeptSignature(
  evidence: Readonly<Record<string, string>>,
  content: () => Octets,
  registered: readonly Certificate[],
): Promise<ReverifiedSignature | undefined> {
  const { signatureBytes, signedDigests = '', signedHeaders } = evidence
  if (signatureBytes === undefined) return undefined
  const recorded = readDigests(signedDigests)
  const digests =
    signedHeaders === undefined
      ? recorded
      : await digestsOf(Buffer.from(signedHeaders, 'base64'), content(), recorded.keys())
  const { signed, finish } = await openDetachedSignature(Buffer.from(signatureBytes, 'base64'))
  const { signers } = await signed.signatures()
  await finish()
  const { contentType } = signed
  const verification = { signers, digests, contentType, registered, legacy: ANY_ALGORITHM }
  return {
    signature: verifySignature(verification),
    digests,
    isOverContent: signedHeaders !== undefined,
  }
}

async function digestsOf(
  headers: Buffer,
  content: Octets,
  names: Iterable<HashName>,
): Promise<Digests> {
  const running = new RunningDigests(names)
  running.update(headers)
  for await (const piece of content) running.update(piece)
  return running.get()
}

function readDigests(text: string): Digests {
  return new Map(
    text.split(' ').flatMap((pair) => {
      const [, name = '', value = ''] = /^([a-z0-9-]+)=(.+)$/.exec(pair) ?? []
      const hash = HASHES.find((row) => row.name === name)
      return hash === undefined ? [] : [[hash.name, Buffer.from(value, 'base64')] as const]
    }),
  )
}
