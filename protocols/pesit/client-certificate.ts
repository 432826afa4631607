import type { X509Certificate } from 'node:crypto'
import type { TLSSocket } from 'node:tls'
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
/** Partners call again and again with the same certificates. */
const MAX_KNOWN = 1_000

/**
 * Reads the client certificate and looks at its chain (decisions B9): dates by the clock of the
 * gateway, each signature by the certificate above. Whom it belongs to is not asked here.
 * @param now milliseconds UTC, business time
 * @returns undefined when the caller showed none
 */
export function shownCertificate(socket: TLSSocket, now: number): ShownCertificate | undefined {
  const leaf = socket.getPeerX509Certificate()
  if (leaf === undefined) return undefined
  const { fingerprints, subject } = knownLeaf(leaf)
  return { fingerprints, subject, fault: chainFault(chainOf(leaf), now) }
}

const leaves = new Map<string, Omit<ShownCertificate, 'fault'>>()

/** What never changes about a certificate. */
function knownLeaf(leaf: X509Certificate): Omit<ShownCertificate, 'fault'> {
  const fingerprint = sha256(leaf.raw)
  return remembered(leaves, fingerprint, () => ({
    fingerprints: { sha256: fingerprint, spkiSha256: spkiSha256(leaf.publicKey) },
    subject: leaf.subject.replaceAll('\n', ', '),
  }))
}

const signatures = new Map<string, boolean>()

/** Whether one certificate signed another: by their whole contents, so that it is always true. */
function isSignedBy(certificate: X509Certificate, issuer: X509Certificate): boolean {
  const pair = `${sha256(certificate.raw)} ${sha256(issuer.raw)}`
  return remembered(signatures, pair, () => certificate.verify(issuer.publicKey))
}

function remembered<Value>(known: Map<string, Value>, key: string, find: () => Value): Value {
  const there = known.get(key)
  if (there !== undefined) return there
  const found = find()
  known.set(key, found)
  if (known.size > MAX_KNOWN) {
    const [oldest] = known.keys()
    if (oldest !== undefined) known.delete(oldest)
  }
  return found
}

/** As it was shown; a resumed session has the certificate alone. */
function chainOf(leaf: X509Certificate): readonly X509Certificate[] {
  const chain: X509Certificate[] = []
  let next: X509Certificate | undefined = leaf
  while (next !== undefined && chain.length < MAX_CHAIN) {
    chain.push(next)
    next = next.issuerCertificate
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
    if (issuer !== undefined && !isSignedBy(certificate, issuer)) {
      return `${certificate.subject} was not signed by ${issuer.subject}`
    }
  }
  return undefined
}
