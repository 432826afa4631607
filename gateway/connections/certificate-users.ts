import { sql } from 'kysely'
import type { CertificateUser } from '../../certs/certificate-checks.ts'
import type { ConnectionId, Environment } from '../flow.ts'
import type { ConnectionForm } from './form.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'

/** Whose form is sent: it has its certificates, as parameters in force have theirs. */
const SENT = ['SENT', 'SENT_UPDATED'] as const

/**
 * Connections but `self`, Deactivated ones left out, whose form or parameters in force name it. A
 * form that is not sent, of a draft or of a change in preparation, is told apart.
 */
export async function findCertificateUsers(
  journal: Journal,
  environment: Environment,
  self: { readonly id: ConnectionId; readonly as2Id: string | undefined } | undefined,
  { sha256, spkiSha256 }: { readonly sha256: string; readonly spkiSha256: string },
): Promise<readonly CertificateUser[]> {
  const rows = await journal.read(
    journal.db
      .selectFrom('connection_certificates as certificate')
      .innerJoin('connections as connection', 'connection.id', 'certificate.connection_id')
      .select([
        'connection.id',
        'connection.application_code',
        'connection.protocol',
        'connection.state',
        'connection.form_json',
        'connection.running_json',
        'certificate.sha256',
      ])
      .where((where) =>
        where.or([
          where('certificate.sha256', '=', sha256),
          where('certificate.spki_sha256', '=', spkiSha256),
        ]),
      )
      .where('connection.environment', '=', environment)
      .where('connection.state', '!=', 'DEACTIVATED')
      .orderBy('connection.id'),
  )
  return rows
    .filter((row) => row.id !== self?.id)
    .flatMap((row) => {
      const isInForm = row.form_json.includes(row.sha256)
      const isSent = isInForm && SENT.some((state) => state === row.state)
      const isTaken = isSent || (row.running_json ?? '').includes(row.sha256)
      if (!isInForm && !isTaken) return []
      return {
        connectionId: row.id,
        applicationCode: row.application_code,
        protocol: row.protocol,
        same: row.sha256 === sha256 ? ('certificate' as const) : ('key' as const),
        isDraft: !isTaken,
        isSameAs2Id: self?.as2Id !== undefined && as2IdsOf(row).includes(self.as2Id),
      }
    })
}

/** What it calls itself in AS2, in its form and in the parameters in force. */
function as2IdsOf(row: { readonly form_json: string; readonly running_json: string | null }) {
  return [row.form_json, row.running_json ?? '{}'].map(
    (text) => (JSON.parse(text) as ConnectionForm).network?.as2?.as2Id,
  )
}

/**
 * Lets a write pass only while no other connection has this certificate in a form that is sent or
 * in force: two that send the same one at the same moment cannot both have it. After `bumpRevision`,
 * whose row it uses.
 */
export function guardUnusedCertificate(
  journal: Pick<Journal, 'db'>,
  environment: Environment,
  self: ConnectionId,
  sha256: string,
): WriteStatement {
  const inDocument = `%${sha256}%`
  return {
    query: journal.db
      .updateTable('counters')
      .set((row) => ({ value: row.ref('value') }))
      .where('name', '=', 'connections')
      .where((where) =>
        where.not(
          where.exists(
            where
              .selectFrom('connection_certificates as certificate')
              .innerJoin('connections as connection', 'connection.id', 'certificate.connection_id')
              .select(sql<number>`1`.as('one'))
              .where('certificate.sha256', '=', sha256)
              .where('connection.id', '!=', self)
              .where('connection.environment', '=', environment)
              .where('connection.state', '!=', 'DEACTIVATED')
              .where((inner) =>
                inner.or([
                  inner.and([
                    inner('connection.state', 'in', SENT),
                    inner('connection.form_json', 'like', inDocument),
                  ]),
                  inner('connection.running_json', 'like', inDocument),
                ]),
              ),
          ),
        ),
      ),
    expectRows: 1,
  }
}
