import type { Certificate } from './certificate.ts'

/**
 * Verifications that one file may cost: what an honest chain needs, many times over. The slowest
 * key there is (16384 bits, an exponent of 64) takes 11 ms each.
 */
const MAX_VERIFICATIONS = 48

/** Who issued whom, by name and by verified signature, each pair verified once. */
export class IssueChecks {
  readonly #known = new Map<string, boolean>()

  /** The name fits. */
  isNamed(child: Certificate, issuer: Certificate): boolean {
    return child.issuerKey === issuer.subjectKey
  }

  /** The name fits and the signature is the issuer's. */
  isIssued(child: Certificate, issuer: Certificate): boolean {
    if (!this.isNamed(child, issuer)) return false
    const pair = `${child.sha256} ${issuer.spkiSha256}`
    const known = this.#known.get(pair)
    if (known !== undefined) return known
    if (this.#known.size >= MAX_VERIFICATIONS) return false
    const isIssued = verify(child, issuer)
    this.#known.set(pair, isIssued)
    return isIssued
  }

  isSelfSigned(certificate: Certificate): boolean {
    return this.isIssued(certificate, certificate)
  }
}

function verify(child: Certificate, issuer: Certificate): boolean {
  if (issuer.publicKey === undefined) return false
  try {
    return child.x509.verify(issuer.publicKey)
  } catch {
    // An algorithm that OpenSSL does not do.
    return false
  }
}
