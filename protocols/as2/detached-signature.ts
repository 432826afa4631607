import { openCms } from './cms/content-info.ts'
import { readSigned, type SignedMessage } from './cms/signed-data.ts'
import { MessageFault } from './message-fault.ts'
import { octetsOf } from './octets.ts'

/** A signature that stands beside what it signs; `finish` reads what is left of it. */
export interface DetachedSignature {
  readonly signed: SignedMessage
  readonly finish: () => Promise<void>
}

/** @throws MessageFault `malformed` for what is no detached signature */
export async function openDetachedSignature(bytes: Buffer): Promise<DetachedSignature> {
  const { type, ber, finish } = await openCms(octetsOf(bytes))
  const signed = type === 'signed' ? await readSigned(ber) : undefined
  if (signed === undefined || signed.content !== undefined) {
    throw new MessageFault('malformed', 'The signature part is no detached signature')
  }
  return { signed, finish }
}
