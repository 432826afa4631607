import type { Fpdu } from './fpdu.ts'
import type { PesitLink } from './pesit-link.ts'

/**
 * - `refused`: a negative answer; the connection stays usable unless it was a RCONNECT
 * - `interrupted`: IDT from either side, acknowledged; the connection stays usable
 * - `aborted`: ABORT received · `closed`: the socket ended · `timeout`: nothing came
 * - `protocol`: the peer broke the protocol, an ABORT was sent
 */
export type PeerErrorKind =
  | 'refused'
  | 'interrupted'
  | 'aborted'
  | 'closed'
  | 'timeout'
  | 'protocol'

export interface PeerErrorFacts {
  /** PI 2 as printed, `2/226`. */
  readonly diagnostic?: string | undefined
  /** The FPDU that ended it. */
  readonly fpdu?: Fpdu | undefined
  readonly link?: PesitLink | undefined
  readonly cause?: unknown
}

export class PesitPeerError extends Error {
  override readonly name = 'PesitPeerError'
  readonly kind: PeerErrorKind
  readonly diagnostic: string | undefined
  readonly fpdu: Fpdu | undefined
  /** Its trace tells what was said before. */
  readonly link: PesitLink | undefined

  constructor(kind: PeerErrorKind, message: string, facts: PeerErrorFacts = {}) {
    super(message, { cause: facts.cause })
    this.kind = kind
    this.diagnostic = facts.diagnostic
    this.fpdu = facts.fpdu
    this.link = facts.link
  }
}
