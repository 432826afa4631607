import type { BilingualText, ConnectionId, Environment, ProtocolName } from '../gateway/flow.ts'
import type { Certificate } from './certificate.ts'
import type { CertificateFindingCode } from './certificate-findings.ts'
import type { RevocationList } from './trust/revocation-list.ts'
import type { TrustAnchor } from './trust/trust-anchor.ts'

/** The lines of "Certificate(s) checking" (issue, reference chorus-pro-edi §6), in this order. */
export const CERTIFICATE_CHECKS = [
  'parse',
  'count',
  'end-entity',
  'chain',
  'root',
  'validity',
  'purpose',
  'key',
  'signature',
  'level',
  'uniqueness',
  'revocation',
] as const

export type CertificateCheckName = (typeof CERTIFICATE_CHECKS)[number]

/** `not-checked`: not asked for, or what it looks at was not found; an earlier line says why. */
export type CertificateOutcome = 'pass' | 'warning' | 'fail' | 'not-checked'

/** One line: what was looked at, how it went, why, and what to do. */
export interface CertificateCheck {
  readonly check: CertificateCheckName
  readonly outcome: CertificateOutcome
  readonly label: BilingualText
  readonly reason: BilingualText
  /** Absent when there is nothing to do. */
  readonly remedy?: BilingualText
  /** Rows of certificate-findings.ts that the line is made of, the worst first. */
  readonly codes: readonly CertificateFindingCode[]
}

/** Which of a connection's certificates a file is for: PeSIT has both, AS2 server, SFTP client. */
export type CertificatePart = 'client' | 'server'

/** A connection that has the certificate, or its key under another one. */
export interface CertificateUser {
  readonly connectionId: ConnectionId
  readonly applicationCode: string
  readonly protocol: ProtocolName
  readonly same: 'certificate' | 'key'
  /**
   * Its form is not sent: who gives a certificate has not shown that it is his, so this keeps nobody
   * else from sending it first.
   */
  readonly isDraft: boolean
  /** It calls itself in AS2 as the connection does that the certificate is for. */
  readonly isSameAs2Id?: boolean
}

export interface CertificateRequest {
  /** The file as it came, of any size. */
  readonly bytes: Uint8Array
  /** Stands in the command lines of remedies, when a shell may be shown it. */
  readonly fileName?: string
  readonly protocol: ProtocolName
  /** PeSIT: which of its two; else the protocol's only one. */
  readonly part?: CertificatePart
  /** Business time, milliseconds UTC. */
  readonly now: number
  /** Start of the connection, or of the certificate in a renewal; absent or earlier than now: now. */
  readonly startsAt?: number
  readonly environment: Environment
  /** Setting `certs.unknownRoot`; absent: warn in qualification, refuse in production. */
  readonly unknownRoot?: 'refuse' | 'warn'
  /** Authorities that are trusted: the trust folder's, and the gateway's test root. */
  readonly anchors: readonly TrustAnchor[]
  /** Setting `certs.rgsPolicies`: policy OIDs that mean RGS one star or better. */
  readonly rgsPolicies?: readonly string[]
  /** Absent: revocation is not looked at. */
  readonly revocationLists?: readonly RevocationList[]
  /**
   * Other connections, of any state but Deactivated, that have this certificate or key in a form:
   * without the connection the file is for. Absent: uniqueness is not looked at.
   */
  readonly findUsers?: (
    sha256: string,
    spkiSha256: string,
  ) => readonly CertificateUser[] | Promise<readonly CertificateUser[]>
}

export interface CertificateVerdict {
  /** All of CERTIFICATE_CHECKS, in order. */
  readonly checks: readonly CertificateCheck[]
  /** No line failed. */
  readonly isUsable: boolean
  /** The partner's own; absent when the file has none, or several. */
  readonly certificate?: Certificate
  /** The end-entity certificate first, then its issuers as far as they are known. */
  readonly chain: readonly Certificate[]
  /** PEM of `chain`, freshly written: nothing else of the file is in it. */
  readonly chainPem: string
  /** For operators: whom else the certificate or its key serves; drafts are left out. */
  readonly users: readonly CertificateUser[]
}
