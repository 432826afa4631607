import type { CertificatesOf, PartnerCertificate } from '../../protocols/partner-certificate.ts'
import type { ConnectionId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { Connection } from './connection.ts'

/** Connections whose certificates are kept: those that were asked for last. */
const MAX_KEPT = 1_000

interface Kept {
  /** Of the connection they were read for: with each change they are read again. */
  readonly revision: number
  readonly certificates: readonly PartnerCertificate[]
}

/** Reads the certificates of partners from the journal, as their connections name them. */
export function createCertificatesOf(
  journal: Journal,
  find: (id: ConnectionId) => Connection | undefined,
): CertificatesOf {
  const kept = new Map<ConnectionId, Kept>()
  return async (id) => {
    const connection = find(id)
    if (connection === undefined) return []
    const known = kept.get(id)
    kept.delete(id)
    const certificates =
      known?.revision === connection.revision ? known.certificates : await read(connection)
    kept.set(id, { revision: connection.revision, certificates })
    for (const oldest of kept.keys()) {
      if (kept.size <= MAX_KEPT) break
      kept.delete(oldest)
    }
    return certificates
  }

  async function read(connection: Connection): Promise<readonly PartnerCertificate[]> {
    const rows = await journal.read(
      journal.db
        .selectFrom('connection_certificates')
        .select(['sha256', 'chain_pem'])
        .where('connection_id', '=', connection.id),
    )
    return connection.certificates.flatMap(({ part, sha256, notBefore, notAfter }) => {
      const row = rows.find((one) => one.sha256 === sha256)
      if (row === undefined) return []
      return [{ part, der: firstOf(row.chain_pem), sha256, notBefore, notAfter }]
    })
  }
}

/** DER of the first certificate in PEM: the partner's own. */
function firstOf(pem: string): Buffer {
  const base64 = /-----BEGIN CERTIFICATE-----([^-]*)-----END/.exec(pem)?.[1] ?? ''
  return Buffer.from(base64, 'base64')
}
