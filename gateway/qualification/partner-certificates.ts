import { X509Certificate } from 'node:crypto'
import { sshFingerprint, sshPublicKeyBlob } from '../../certs/ssh-public-key.ts'
import type { Clock } from '../clock.ts'
import type { ConnectionForm } from '../connections/form.ts'
import type { ConnectionId, ProtocolName } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'

/** What scenarios ask about the certificates of a partner. */
export interface PartnerCertificates {
  /** SHA-256 of those that are accepted now. */
  certificatesInForce(id: ConnectionId): Promise<readonly string[]>
  /** When the last of them ends: milliseconds UTC. */
  certificatesEnd(id: ConnectionId): Promise<number | undefined>
  /** SHA-256 of the one that a flow came with. */
  certificateOf(
    id: ConnectionId,
    protocol: ProtocolName,
    evidence: Readonly<Record<string, string>>,
  ): Promise<string | undefined>
}

export function partnerCertificates(journal: Journal, clock: Clock): PartnerCertificates {
  const { db } = journal
  const certificatesOf = (id: ConnectionId) =>
    journal.read(
      db.selectFrom('connection_certificates').selectAll().where('connection_id', '=', id),
    )

  async function listed(id: ConnectionId): Promise<readonly string[]> {
    const [row] = await journal.read(
      db.selectFrom('connections').select('running_json').where('id', '=', id),
    )
    const form = JSON.parse(row?.running_json ?? '{}') as ConnectionForm
    const now = clock.now()
    return (form.certificates ?? [])
      .filter(({ startsAt }) => startsAt === undefined || Date.parse(startsAt) <= now)
      .map(({ sha256 }) => sha256)
  }

  return {
    async certificatesInForce(id) {
      const [given, rows] = await Promise.all([listed(id), certificatesOf(id)])
      const now = clock.now()
      return rows
        .filter((row) => given.includes(row.sha256) && row.not_after >= now)
        .map(({ sha256 }) => sha256)
    },
    async certificatesEnd(id) {
      const [given, rows] = await Promise.all([listed(id), certificatesOf(id)])
      const ends = rows.filter(({ sha256 }) => given.includes(sha256)).map((row) => row.not_after)
      return ends.length === 0 ? undefined : Math.max(...ends)
    },
    async certificateOf(id, protocol, evidence) {
      if (protocol === 'as2') return evidence['signer']
      if (protocol === 'pesit') return evidence['certificate']
      const rows = await certificatesOf(id)
      return rows.find(({ chain_pem }) => fingerprintOf(chain_pem) === evidence['keyFingerprint'])
        ?.sha256
    },
  }
}

/** As SSH writes it, of the first certificate in PEM. */
function fingerprintOf(chainPem: string): string | undefined {
  const blob = sshPublicKeyBlob(new X509Certificate(chainPem).publicKey)
  return blob === undefined ? undefined : sshFingerprint(blob)
}
