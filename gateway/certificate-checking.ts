import type {
  CertificateCheck,
  CertificatePart,
  CertificateRequest,
  CertificateVerdict,
} from '../certs/certificate-checks.ts'
import type { CertificateTrust } from './certificate-trust.ts'
import type { Clock } from './clock.ts'
import type { Environment, ProtocolName } from './flow.ts'

/** A file to look at as the form would, without a connection. */
export interface CertificateQuestion {
  readonly bytes: Uint8Array
  /** Stands in the command lines of remedies. */
  readonly fileName?: string
  readonly protocol: ProtocolName
  readonly part?: CertificatePart
  /** Milliseconds UTC; absent: today. */
  readonly startsAt?: number
}

export type CertificateChecking = (question: CertificateQuestion) => Promise<CertificateAnswer>

/** What `certs check` prints and `POST /api/v1/certificates/check` answers. */
export interface CertificateAnswer {
  readonly checks: readonly CertificateCheck[]
  /** No check failed. */
  readonly isUsable: boolean
  /** The partner's own; null when the file has none, or several. */
  readonly certificate: {
    readonly subject: string
    readonly issuer: string
    readonly serial: string
    readonly sha256: string
    readonly spkiSha256: string
    /** ISO 8601 UTC. */
    readonly notBefore: string
    readonly notAfter: string
  } | null
}

/** "Certificate(s) checking" as this gateway does it: its clock, its environment, its trust. */
export function createCertificateChecking(options: {
  readonly clock: Clock
  readonly environment: Environment
  readonly trust: () => Promise<CertificateTrust>
  /** Absent: uniqueness is not looked at. */
  readonly findUsers?: NonNullable<CertificateRequest['findUsers']>
}): CertificateChecking {
  const { clock, environment, trust, findUsers } = options
  return async (question) => {
    // What reads certificates is loaded when there is one to read.
    const { checkCertificates } = await import('../certs/check-certificates.ts')
    const verdict = await checkCertificates({
      ...question,
      ...(await trust()),
      now: clock.now(),
      environment,
      ...(findUsers === undefined ? {} : { findUsers }),
    })
    return answerOf(verdict)
  }
}

function answerOf({ checks, isUsable, certificate }: CertificateVerdict): CertificateAnswer {
  if (certificate === undefined) return { checks, isUsable, certificate: null }
  const { subject, issuer, serialNumber, sha256, spkiSha256, notBefore, notAfter } = certificate
  return {
    checks,
    isUsable,
    certificate: {
      subject,
      issuer,
      serial: serialNumber,
      sha256,
      spkiSha256,
      notBefore: new Date(notBefore).toISOString(),
      notAfter: new Date(notAfter).toISOString(),
    },
  }
}
