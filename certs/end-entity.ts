import { readBundle } from './bundle.ts'
import type { Certificate } from './certificate.ts'
import { IssueChecks } from './issue-checks.ts'

/** Which certificate of a file is the partner's own. */
export type EndEntity =
  | { readonly type: 'one'; readonly certificate: Certificate }
  | { readonly type: 'several'; readonly certificates: readonly Certificate[] }
  /** The only one, self-signed and marked as an authority, as `openssl req -x509` makes it. */
  | { readonly type: 'self-signed-authority'; readonly certificate: Certificate }
  | { readonly type: 'none' }

/** The partner's own is no authority and has issued none of the others. */
export function findEndEntity(
  certificates: readonly Certificate[],
  checks: IssueChecks,
): EndEntity {
  const own = certificates.filter(
    (one) =>
      !one.isAuthority &&
      !certificates.some((other) => other !== one && checks.isIssued(other, one)),
  )
  const [first] = own
  if (own.length > 1) return { type: 'several', certificates: own }
  if (first !== undefined) return { type: 'one', certificate: first }
  const [only, ...others] = certificates
  if (only !== undefined && others.length === 0 && checks.isSelfSigned(only)) {
    return { type: 'self-signed-authority', certificate: only }
  }
  return { type: 'none' }
}

/** The partner's own certificate of a file, nothing checked; undefined when there is not just one. */
export function readEndEntity(bytes: Uint8Array): Certificate | undefined {
  const reading = readBundle(bytes)
  if ('fault' in reading) return undefined
  const found = findEndEntity(reading.bundle.certificates, new IssueChecks())
  return 'certificate' in found ? found.certificate : undefined
}
