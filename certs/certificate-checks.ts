import type { BilingualText } from '../gateway/flow.ts'

/** The lines of "Certificate(s) checking" (issue, reference chorus-pro-edi §6), in this order. */
export type CertificateCheckName =
  | 'parse'
  | 'count'
  | 'end-entity'
  | 'chain'
  | 'root'
  | 'validity'
  | 'purpose'
  | 'key'
  | 'signature'
  | 'level'
  | 'uniqueness'
  | 'revocation'

/** One line: what was looked at, how it went, why, and what to do. */
export interface CertificateCheck {
  readonly check: CertificateCheckName
  readonly outcome: 'pass' | 'warning' | 'fail'
  readonly label: BilingualText
  readonly reason: BilingualText
  /** Absent when it passed. */
  readonly remedy?: BilingualText
}
