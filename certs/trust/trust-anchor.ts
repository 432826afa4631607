import type { Certificate } from '../certificate.ts'

/** An authority's certificate that chains may end at: a root, or an issuer of a published list. */
export interface TrustAnchor {
  readonly certificate: Certificate
  /** `test`: the gateway's own test authority; `folder`: found in `certs.trustFolder`. */
  readonly origin: 'test' | 'folder'
}
