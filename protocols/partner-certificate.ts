import type { ConnectionId } from '../gateway/flow.ts'

/** A certificate that a connection is known by, read from the journal when it is needed. */
export interface PartnerCertificate {
  readonly part: 'client' | 'server'
  readonly der: Buffer
  /** Of `der`: 64 lower-case hexadecimal characters. */
  readonly sha256: string
  /** Milliseconds UTC, both included: of the certificate, or the start of a renewal when later. */
  readonly notBefore: number
  readonly notAfter: number
}

/**
 * Those in force of a connection, the first of a part before its renewal; also outside their time.
 * Nothing of it stays in memory: there may be 100,000 connections.
 */
export type CertificatesOf = (connectionId: ConnectionId) => Promise<readonly PartnerCertificate[]>
