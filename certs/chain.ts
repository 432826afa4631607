import type { Certificate } from './certificate.ts'
import type { IssueChecks } from './issue-checks.ts'
import type { TrustAnchor } from './trust/trust-anchor.ts'

/** A certificate with its issuers, as far as they are known. */
export interface CertificateChain {
  /** The end-entity certificate first. */
  readonly path: readonly Certificate[]
  /** Its last one is self-signed, or a trusted authority. */
  readonly isComplete: boolean
  /** The trusted authority that is in the path. */
  readonly anchor?: TrustAnchor
  /** Members that came from the trusted authorities, not from the file. */
  readonly fromTrust: readonly Certificate[]
  /** Where it stops, though the file has a certificate of the issuer's name: the key is another. */
  readonly isIssuerKeyOther: boolean
}

export interface ChainOrder {
  readonly leaf: Certificate
  readonly others: readonly Certificate[]
  readonly anchors: readonly TrustAnchor[]
  /** Milliseconds UTC: where there is a choice, issuers valid then are taken. */
  readonly at: number
  readonly checks: IssueChecks
}

/** More authorities than any chain has, the leaf included. */
const MAX_PATH = 10

/** Builds the best chain there is: a trusted one, a complete one, one of valid members. */
export function buildChain(order: ChainOrder): CertificateChain {
  let best: { readonly chain: CertificateChain; readonly score: number } | undefined
  for (const path of pathsFrom([order.leaf], order)) {
    const chain = describe(path, order)
    const isValid = path.every((one) => one.notBefore <= order.at && order.at <= one.notAfter)
    const score = (chain.anchor ? 4 : 0) + (chain.isComplete ? 2 : 0) + (isValid ? 1 : 0)
    if (best === undefined || score > best.score) best = { chain, score }
    if (score === 7) break
  }
  return best!.chain
}

/** Every path that cannot be made longer, the likeliest first. */
function* pathsFrom(
  path: readonly Certificate[],
  order: ChainOrder,
): Generator<readonly Certificate[]> {
  const last = path.at(-1)!
  const issuers =
    order.checks.isSelfSigned(last) || path.length >= MAX_PATH ? [] : issuersOf(last, path, order)
  if (issuers.length === 0) yield path
  for (const issuer of issuers) yield* pathsFrom([...path, issuer], order)
}

function issuersOf(
  child: Certificate,
  path: readonly Certificate[],
  { others, anchors, at, checks }: ChainOrder,
): readonly Certificate[] {
  // The file's own copy wins: whatever is not in the file counts as added.
  const known = [...anchors.map((anchor) => anchor.certificate), ...others]
  const unique = new Map(known.map((one) => [one.sha256, one]))
  const rank = (one: Certificate) =>
    (child.authorityKeyId !== undefined && child.authorityKeyId === one.subjectKeyId ? 4 : 0) +
    (one.notBefore <= at && at <= one.notAfter ? 2 : 0) +
    (others.includes(one) ? 1 : 0)
  return [...unique.values()]
    .filter((one) => checks.isNamed(child, one) && !path.includes(one))
    .sort((one, other) => rank(other) - rank(one) || other.notAfter - one.notAfter)
    .filter((one) => checks.isIssued(child, one))
}

function describe(path: readonly Certificate[], order: ChainOrder): CertificateChain {
  const { leaf, others, anchors, checks } = order
  const last = path.at(-1)!
  const own = new Set([leaf, ...others].map((one) => one.sha256))
  const anchor = path
    .map((one) => anchors.find((anchor) => isSame(anchor.certificate, one)))
    .find((found) => found !== undefined)
  const isSelfSigned = checks.isSelfSigned(last)
  const endsAtAnchor = anchors.some((anchor) => isSame(anchor.certificate, last))
  return {
    path,
    isComplete: isSelfSigned || endsAtAnchor,
    ...(anchor === undefined ? {} : { anchor }),
    fromTrust: path.filter((one) => !own.has(one.sha256)),
    isIssuerKeyOther: !isSelfSigned && [leaf, ...others].some((one) => checks.isNamed(last, one)),
  }
}

/** The same authority, perhaps with a renewed certificate for the same key. */
function isSame(one: Certificate, other: Certificate): boolean {
  return (
    one.sha256 === other.sha256 ||
    (one.spkiSha256 === other.spkiSha256 && one.subjectKey === other.subjectKey)
  )
}
