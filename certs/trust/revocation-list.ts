/** One list of revoked certificates (CRL, RFC 5280 §5), read by der.ts; its signature not yet verified. */
export interface RevocationList {
  readonly issuer: string
  readonly issuerDer: Buffer
  /** Milliseconds UTC. */
  readonly thisUpdate: number
  readonly nextUpdate?: number
  /** A complete list of one authority's certificates: neither delta nor indirect. */
  readonly isPlain: boolean
  /** Signed content, algorithm (DER) and signature. */
  readonly content: Buffer
  readonly algorithm: Buffer
  readonly signature: Buffer
  /** The list of entries (DER content of the SEQUENCE); empty when it revokes none. */
  readonly entries: Buffer
}
