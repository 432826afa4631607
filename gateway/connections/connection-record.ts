import type { Selectable } from 'kysely'
import type { ConnectionId, Environment } from '../flow.ts'
import type { ConnectionCertificatesTable, ConnectionsTable } from '../journal/connection-tables.ts'
import type { Journal } from '../journal/journal.ts'
import type { ConnectionForm } from './form.ts'

export type CertificateRecord = Selectable<ConnectionCertificatesTable>

/** One connection as the journal has it, its documents read. */
export interface ConnectionRecord {
  readonly row: Selectable<ConnectionsTable>
  readonly form: ConnectionForm
  readonly running: ConnectionForm | null
  /** All it was ever given. */
  readonly certificates: readonly CertificateRecord[]
  readonly structure: {
    readonly siret: string
    readonly name: string
    readonly isActive: boolean
  } | null
  /** People who may modify the connections of its structure. */
  readonly modifiers: number
}

/** @returns undefined for an id that this environment does not have */
export async function readRecord(
  journal: Journal,
  environment: Environment,
  id: ConnectionId,
): Promise<ConnectionRecord | undefined> {
  const { db } = journal
  const [row] = await journal.read(
    db
      .selectFrom('connections')
      .selectAll()
      .where('id', '=', id)
      .where('environment', '=', environment),
  )
  if (row === undefined) return undefined
  const certificates = await journal.read(
    db
      .selectFrom('connection_certificates')
      .selectAll()
      .where('connection_id', '=', id)
      .orderBy('added_at')
      .orderBy('sha256'),
  )
  const { siret } = row
  const structure = siret === null ? null : await readStructure(journal, siret)
  const modifiers = siret === null ? 0 : await countModifiers(journal, siret)
  return {
    row,
    form: JSON.parse(row.form_json) as ConnectionForm,
    running: row.running_json === null ? null : (JSON.parse(row.running_json) as ConnectionForm),
    certificates,
    structure,
    modifiers,
  }
}

export async function readStructure(
  journal: Journal,
  siret: string,
): Promise<ConnectionRecord['structure']> {
  const [found] = await journal.read(
    journal.db
      .selectFrom('structures')
      .select(['siret', 'name', 'is_active'])
      .where('siret', '=', siret),
  )
  if (found === undefined) return null
  return { siret: found.siret, name: found.name, isActive: found.is_active === 1 }
}

async function countModifiers(journal: Journal, siret: string): Promise<number> {
  const [row] = await journal.read(
    journal.db
      .selectFrom('subscriptions')
      .select((select) => select.fn.countAll<number>().as('count'))
      .where('siret', '=', siret)
      .where('state', '=', 'ACCEPTED')
      .where('may_modify', '=', 1),
  )
  return row?.count ?? 0
}
