import type { As2Keys } from '../../gateway/as2-keys.ts'
import type { StagedFile } from '../listener.ts'
import { describeReference, isReferenceTo } from './cms/recipient-info.ts'
import { DigestFault, type MessageFault } from './message-fault.ts'
import type { MessageFacts } from './message-reader.ts'
import { diagnoseMic } from './mic-diagnosis.ts'

/** A fault in full, for the operator. */
export interface FaultExplanation {
  readonly reason: string
  readonly offered?: string
  readonly wanted?: string
}

/** A content is read for the diagnosis some twenty times. */
const MAX_DIAGNOSED_BYTES = 16 * 1024 * 1024
const PIECE_BYTES = 256 * 1024

/** @param file what was staged of the payload */
export async function explainFault(
  fault: MessageFault,
  facts: MessageFacts,
  keys: As2Keys,
  file: StagedFile,
): Promise<FaultExplanation> {
  if (fault.kind === 'decryption') return explainDecryption(fault, facts, keys)
  if (fault instanceof DigestFault) return explainDigest(fault, facts, file)
  const { cause } = fault
  const more = cause instanceof Error ? ` (${cause.message})` : ''
  return { reason: `${fault.message}${more}` }
}

/** True when the message names no certificate of ours: which it names is no secret. */
export function isForOthers(facts: MessageFacts, keys: As2Keys): boolean {
  const { envelope } = facts
  if (envelope === undefined || envelope.openedWith !== undefined) return false
  return !envelope.recipients.some((reference) =>
    keys.all.some(({ certificate }) => isReferenceTo(reference, certificate)),
  )
}

function explainDecryption(
  fault: MessageFault,
  facts: MessageFacts,
  keys: As2Keys,
): FaultExplanation {
  const { certificate } = keys.inUse
  const wanted = `serial ${certificate.serialNumber} of ${certificate.issuer} (SHA-256 ${certificate.sha256})`
  if (isForOthers(facts, keys)) {
    const offered = facts.envelope!.recipients.map(describeReference).join('; ')
    const reason =
      'The message was encrypted for a certificate that the gateway does not own, or no longer owns'
    return { reason, offered, wanted }
  }
  const { cause } = fault
  const more = cause instanceof Error ? ` (${cause.message})` : ''
  return { reason: `${fault.message}${more}`, wanted }
}

/** Which known way of hashing would have matched, and what to change at the partner. */
async function explainDigest(
  fault: DigestFault,
  facts: MessageFacts,
  file: StagedFile,
): Promise<FaultExplanation> {
  const { expected } = fault
  const isWhole = facts.layers.at(-1) === 'signed' && file.bytes <= MAX_DIAGNOSED_BYTES
  if (expected === undefined || !isWhole) return { reason: fault.message }
  const body = () => contentOf(file)
  const finding = await diagnoseMic(expected, { headerBytes: facts.partHeaders, body })
  const digest = expected.toString('base64')
  if (finding === undefined) {
    const reason = `${fault.message}; no known way of hashing these octets gives its digest`
    return { reason, offered: digest }
  }
  const { variant, hasHeaders, hash, remedy } = finding
  const how = `${variant}, ${hasHeaders ? 'with' : 'without'} headers, ${hash}`
  return { reason: `${fault.message}. ${remedy.en}`, offered: `${digest} (${how})` }
}

async function* contentOf(file: StagedFile): AsyncGenerator<Buffer> {
  for (let position = 0; position < file.bytes; position += PIECE_BYTES) {
    yield await file.read(position, Math.min(PIECE_BYTES, file.bytes - position))
  }
}
