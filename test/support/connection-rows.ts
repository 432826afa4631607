import type { Selectable, Updateable } from 'kysely'
import type { ConnectionForm } from '../../gateway/connections/form.ts'
import { foldText } from '../../gateway/connections/folded-text.ts'
import { bumpRevision, currentRevision } from '../../gateway/connections/revision.ts'
import type { ConnectionId } from '../../gateway/flow.ts'
import type {
  ConnectionCertificatesTable,
  ConnectionsTable,
} from '../../gateway/journal/connection-tables.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'

/** The first day of connections and certificates here, milliseconds UTC. */
export const FIRST_DAY = Date.parse('2025-12-31T23:00:00Z')
const LAST_DAY = Date.parse('2035-12-31T23:00:00Z')

export interface ConnectionChanges extends Partial<
  Omit<Selectable<ConnectionsTable>, 'id' | 'revision'>
> {
  /** In force. */
  readonly running?: ConnectionForm
}

/**
 * Writes an activated connection straight into the journal, as another process would: nobody is
 * told unless `announce` is given. Its codes are searched for too.
 */
export async function insertConnection(
  journal: Journal,
  id: ConnectionId,
  changes: ConnectionChanges = {},
): Promise<void> {
  const { running = {}, name = 'Acme', ...columns } = changes
  const form = JSON.stringify(running)
  const codes = Object.entries(running.codes ?? {})
  await write(journal, [
    {
      query: journal.db.insertInto('connections').values({
        id,
        application_code: 'ACM001',
        siret: null,
        name,
        name_folded: foldText(name),
        protocol: 'sftp',
        environment: 'qualification',
        state: 'ACTIVATED',
        form_json: form,
        running_json: form,
        settings_json: '{}',
        valid_from: FIRST_DAY,
        valid_until: LAST_DAY,
        certificate_until: null,
        due_at: null,
        motive_json: null,
        created_at: FIRST_DAY,
        updated_at: FIRST_DAY,
        ...columns,
        revision: currentRevision(journal),
      }),
    },
    ...codes.map(([interface_code, mode]) => ({
      query: journal.db
        .insertInto('connection_codes')
        .values({ connection_id: id, interface_code, mode }),
    })),
  ])
}

/** Changes it, unannounced too. */
export async function changeConnection(
  journal: Journal,
  id: ConnectionId,
  changes: ConnectionChanges,
  announce?: 'connections',
): Promise<void> {
  const { running, ...columns } = changes
  const set: Updateable<ConnectionsTable> = {
    ...columns,
    ...(running === undefined ? {} : { running_json: JSON.stringify(running) }),
  }
  await write(journal, [
    {
      query: journal.db
        .updateTable('connections')
        .set({ ...set, revision: currentRevision(journal) })
        .where('id', '=', id),
      expectRows: 1,
      ...(announce === undefined ? {} : { announce }),
    },
  ])
}

/** Gives it a certificate; the form in force says from when it counts. */
export async function insertCertificate(
  journal: Journal,
  id: ConnectionId,
  certificate: Pick<ConnectionCertificatesTable, 'sha256' | 'spki_sha256'> &
    Partial<ConnectionCertificatesTable>,
): Promise<void> {
  await write(journal, [
    {
      query: journal.db.insertInto('connection_certificates').values({
        connection_id: id,
        subject: 'CN=Acme',
        issuer: 'CN=Test',
        serial: '01',
        not_before: FIRST_DAY,
        not_after: LAST_DAY,
        chain_pem: '',
        added_at: FIRST_DAY,
        ...certificate,
      }),
    },
  ])
}

async function write(journal: Journal, statements: readonly WriteStatement[]): Promise<void> {
  const result = await journal.write([bumpRevision(journal), ...statements])
  if (!result.committed) throw new Error(`The row was not written: ${result.reason}`)
}
