import { DerError } from '../../certs/der.ts'
import type { ErrorModifier } from './mdn/disposition.ts'

/** Why a message cannot be taken, as the operator is told; the partner is told the modifier. */
export type FaultKind =
  /** The bytes end inside a structure. */
  | 'truncated'
  /** Not the structure that its type promises. */
  | 'malformed'
  /** Longer, deeper or more than is read of anybody. */
  | 'limit'
  /** A type or algorithm that is not built. */
  | 'unsupported'
  /** An algorithm that the connection does not allow. */
  | 'weak'
  | 'decryption'
  | 'decompression'
  /** The content is not what was signed. */
  | 'digest'
  /** The signature is not the signer's. */
  | 'signature'
  /** No registered certificate made the signature. */
  | 'signer'
  /** A partner's certificate made the signature, and these names are not that partner's. */
  | 'relationship'
  | 'file-name'

/** What the MDN says of each (AS2 reference §6). */
const MODIFIERS: Readonly<Record<FaultKind, ErrorModifier>> = {
  truncated: 'unexpected-processing-error',
  malformed: 'unexpected-processing-error',
  limit: 'unexpected-processing-error',
  unsupported: 'unexpected-processing-error',
  weak: 'insufficient-message-security',
  decryption: 'decryption-failed',
  decompression: 'decompression-failed',
  digest: 'integrity-check-failed',
  signature: 'authentication-failed',
  signer: 'authentication-failed',
  relationship: 'unknown-trading-relationship',
  'file-name': 'illegal-filename',
}

/** A message that cannot be taken: a fault of who sent it. Its text is for the operator only. */
export class MessageFault extends Error {
  override readonly name: string = 'MessageFault'
  readonly kind: FaultKind

  constructor(kind: FaultKind, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.kind = kind
  }

  get modifier(): ErrorModifier {
    return MODIFIERS[this.kind]
  }
}

/** A CMS structure that breaks off, or is not written as its type demands. */
export class StructureFault extends MessageFault {
  override readonly name: string = 'StructureFault'
}

/** Another content was signed than came. */
export class DigestFault extends MessageFault {
  /** What the signer's digest was. */
  readonly expected: Buffer | undefined

  constructor(expected: Buffer | undefined) {
    super('digest', 'The content is not what was signed')
    this.expected = expected
  }
}

/** The fault that an error of the readers is; undefined for one that is no fault of the message. */
export function faultOf(error: unknown): MessageFault | undefined {
  if (error instanceof MessageFault) return error
  if (!(error instanceof DerError)) return undefined
  const isLimit = error.fault === 'too-deep' || error.fault === 'too-many'
  const kind = error.fault === 'truncated' ? 'truncated' : isLimit ? 'limit' : 'malformed'
  return new MessageFault(kind, error.message, error)
}
