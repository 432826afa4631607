import { X509Certificate } from 'node:crypto'
import type { DetailedPeerCertificate, TLSSocket } from 'node:tls'
import { spkiSha256, sha256 } from '../../certs/fingerprint.ts'
import type { PesitCredential } from '../listener.ts'

/** What a caller showed inside TLS, its key proved by the handshake. */
export interface ShownCertificate {
  readonly fingerprints: NonNullable<PesitCredential['certificate']>
  readonly subject: string
  /** One sentence when dates or signatures of the chain do not hold now. */
  readonly fault: string | undefined
}

/** More than any chain has. */
const MAX_CHAIN = 10

/**
 * Reads the client certificate and looks at its chain (decisions B9): dates by the clock of the
 * gateway, each signature by the certificate above. Whom it belongs to is not asked here.
 * @param now milliseconds UTC, business time
 * @returns undefined when the caller showed none
 */
export function shownCertificate(socket: TLSSocket, now: number): ShownCertificate | undefined {
  const leaf = socket.getPeerX509Certificate()
  if (leaf === undefined) return undefined
  return {
    fingerprints: { sha256: sha256(leaf.raw), spkiSha256: spkiSha256(leaf.publicKey) },
    subject: leaf.subject.replaceAll('\n', ', '),
    fault: chainFault(chainOf(socket), now),
  }
}

function chainOf(socket: TLSSocket): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  let next: DetailedPeerCertificate | undefined = socket.getPeerCertificate(true)
  while (next?.raw !== undefined && chain.length < MAX_CHAIN) {
    chain.push(new X509Certificate(next.raw))
    // A root is its own issuer.
    next = next.issuerCertificate === next ? undefined : next.issuerCertificate
  }
  return chain
}

function chainFault(chain: readonly X509Certificate[], now: number): string | undefined {
  for (const [at, certificate] of chain.entries()) {
    const from = certificate.validFromDate.getTime()
    const until = certificate.validToDate.getTime()
    if (now < from) return `${certificate.subject} is not valid before ${certificate.validFrom}`
    if (now > until) return `${certificate.subject} expired on ${certificate.validTo}`
    const issuer = chain[at + 1]
    if (issuer !== undefined && !certificate.verify(issuer.publicKey)) {
      return `${certificate.subject} was not signed by ${issuer.subject}`
    }
  }
  return undefined
}
