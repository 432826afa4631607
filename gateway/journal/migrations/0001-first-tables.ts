import { sql, SqliteAdapter, type ColumnDefinitionBuilder, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * Every table of schema.ts. No foreign keys: rows are written by independent messages and purged
 * in slices, and a flow is always there before what names it.
 */
export const firstTables: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await createPartnerTables(db)
    await createFlowTables(db)
    await createInvoiceTables(db)
    await createReturnTables(db)
    await createJobs(db)
    await createDoorTables(db)
  },
}

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()
const identity = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder =>
  column.primaryKey().notNull()

async function createPartnerTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('connections')
    .addColumn('id', 'text', identity)
    .addColumn('application_code', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('protocol', 'text', required)
    .addColumn('environment', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('spki_sha256', 'text')
    .addColumn('certificate_pem', 'text')
    .addColumn('certificate_from', 'bigint')
    .addColumn('certificate_until', 'bigint')
    .addColumn('valid_from', 'bigint', required)
    .addColumn('valid_until', 'bigint', required)
    .addColumn('modes_json', 'text', required)
    .addColumn('settings_json', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('updated_at', 'bigint', required)
    .execute()
  await uniqueIndex(db, 'connections', 'environment', 'application_code')
  await db.schema
    .createTable('counters')
    .addColumn('name', 'text', identity)
    .addColumn('value', 'bigint', required)
    .execute()
  await db.schema
    .createTable('facts')
    .addColumn('name', 'text', identity)
    .addColumn('value', 'text', required)
    .execute()
}

async function createFlowTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('flows')
    .addColumn('id', 'text', identity)
    .addColumn('connection_id', 'text', required)
    .addColumn('protocol', 'text', required)
    .addColumn('session_id', 'text', required)
    .addColumn('interface_code', 'text', required)
    .addColumn('application_code', 'text', required)
    .addColumn('flow_identifier', 'text', required)
    .addColumn('file_name', 'text', required)
    .addColumn('sha256', 'text', required)
    .addColumn('bytes', 'bigint', required)
    .addColumn('mode', 'text', required)
    .addColumn('state', 'text', required)
    .addColumn('stage', 'text', required)
    .addColumn('received_at', 'bigint', required)
    .addColumn('finished_at', 'bigint')
    .addColumn('updated_at', 'bigint', required)
    .addColumn('total', 'integer', required)
    .addColumn('integrated', 'integer', required)
    .addColumn('refused', 'integer', required)
    .addColumn('findings_json', 'text', required)
    .addColumn('evidence_json', 'text', required)
    .addColumn('attempts', 'integer', required)
    .execute()
  await uniqueIndex(db, 'flows', 'flow_identifier')
  await index(db, 'flows', 'received_at', 'id')
  await index(db, 'flows', 'connection_id', 'received_at', 'id')
  await index(db, 'flows', 'state', 'received_at', 'id')
  // For the reconciler: what is not finished, whatever the number of flows that are.
  await sql`create index flows_unfinished on flows (updated_at) where finished_at is null`.execute(
    db,
  )

  const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
  await db.schema
    .createTable('flow_events')
    // The rowid of SQLite is exactly `integer`; the other engine counts in 64 bits.
    .addColumn('id', isSqlite ? 'integer' : 'bigint', (column) =>
      isSqlite
        ? column.primaryKey().autoIncrement()
        : column.primaryKey().generatedByDefaultAsIdentity(),
    )
    .addColumn('flow_id', 'text', required)
    .addColumn('at', 'bigint', required)
    .addColumn('stage', 'text', required)
    .addColumn('outcome', 'text', required)
    .addColumn('milliseconds', 'integer', required)
    .addColumn('detail_json', 'text', required)
    .execute()
  await index(db, 'flow_events', 'flow_id', 'id')
}

async function createInvoiceTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('chunks')
    .addColumn('flow_id', 'text', required)
    .addColumn('ordinal', 'integer', required)
    .addColumn('state', 'text', required)
    .addColumn('sha256', 'text', required)
    .addColumn('bytes', 'bigint', required)
    .addColumn('first_part', 'integer', required)
    .addColumn('parts', 'integer', required)
    .addColumn('refused', 'integer', required)
    .addColumn('structure_failed', 'integer', required)
    .addColumn('milliseconds', 'integer', required)
    .addPrimaryKeyConstraint('chunks_key', ['flow_id', 'ordinal'])
    .execute()
  await db.schema
    .createTable('invoices')
    .addColumn('flow_id', 'text', required)
    .addColumn('ordinal', 'integer', required)
    .addColumn('file_name', 'text', required)
    .addColumn('number', 'text')
    .addColumn('issue_date', 'text')
    .addColumn('type_code', 'text')
    .addColumn('supplier_type', 'text')
    .addColumn('supplier_id', 'text')
    .addColumn('supplier_name', 'text')
    .addColumn('recipient_id', 'text')
    .addColumn('recipient_name', 'text')
    .addColumn('service_code', 'text')
    .addColumn('engagement', 'text')
    .addColumn('currency', 'text')
    .addColumn('amount_due', 'text')
    .addColumn('is_correct', 'integer', required)
    .addColumn('findings_json', 'text', required)
    .addPrimaryKeyConstraint('invoices_key', ['flow_id', 'ordinal'])
    .execute()
  await db.schema
    .createTable('invoice_numbers')
    .addColumn('key', 'text', identity)
    .addColumn('flow_id', 'text', required)
    .addColumn('ordinal', 'integer', required)
    .execute()
  await index(db, 'invoice_numbers', 'flow_id')
}

async function createReturnTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('return_flows')
    .addColumn('id', 'text', identity)
    .addColumn('connection_id', 'text', required)
    .addColumn('flow_id', 'text')
    .addColumn('kind', 'text', required)
    .addColumn('interface_code', 'text', required)
    .addColumn('file_name', 'text', required)
    .addColumn('sha256', 'text', required)
    .addColumn('bytes', 'bigint', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('available_until', 'bigint', required)
    .addColumn('state', 'text', required)
    .addColumn('delivered_at', 'bigint')
    .addColumn('attempts', 'integer', required)
    .addColumn('next_attempt_at', 'bigint')
    .execute()
  await sql`create unique index return_flows_flow_id_kind on return_flows (flow_id, kind) where flow_id is not null`.execute(
    db,
  )
  await index(db, 'return_flows', 'connection_id', 'state', 'created_at')
  await sql`create index return_flows_offered on return_flows (available_until) where state = 'OFFERED'`.execute(
    db,
  )
  await db.schema
    .createTable('deliveries')
    .addColumn('return_flow_id', 'text', required)
    .addColumn('attempt', 'integer', required)
    .addColumn('at', 'bigint', required)
    .addColumn('outcome', 'text', required)
    .addColumn('proof_json', 'text', required)
    .addPrimaryKeyConstraint('deliveries_key', ['return_flow_id', 'attempt'])
    .execute()
}

async function createJobs(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('jobs')
    .addColumn('id', 'text', identity)
    .addColumn('kind', 'text', required)
    .addColumn('flow_id', 'text', required)
    .addColumn('chunk', 'integer')
    .addColumn('state', 'text', required)
    .addColumn('run_at', 'bigint', required)
    .addColumn('lease_until', 'bigint')
    .addColumn('token', 'text')
    .addColumn('attempts', 'integer', required)
    .addColumn('parent', 'text')
    .execute()
  await sql`create index jobs_ready on jobs (run_at) where state = 'READY'`.execute(db)
  await sql`create index jobs_active on jobs (lease_until) where state = 'ACTIVE'`.execute(db)
  await sql`create index jobs_parent on jobs (parent) where parent is not null`.execute(db)
}

async function createDoorTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('id', 'text', identity)
    .addColumn('protocol', 'text', required)
    .addColumn('peer', 'text', required)
    .addColumn('connection_id', 'text')
    .addColumn('started_at', 'bigint', required)
    .addColumn('ended_at', 'bigint')
    .addColumn('outcome', 'text')
    .addColumn('fields_json', 'text', required)
    .addColumn('transcript_sha256', 'text')
    .execute()
  await index(db, 'sessions', 'started_at', 'id')
  await db.schema
    .createTable('refusals')
    .addColumn('id', 'text', identity)
    .addColumn('at', 'bigint', required)
    .addColumn('protocol', 'text', required)
    .addColumn('peer', 'text', required)
    .addColumn('session_id', 'text')
    .addColumn('connection_id', 'text')
    .addColumn('code', 'text', required)
    .addColumn('reason', 'text', required)
    .addColumn('offered', 'text')
    .addColumn('wanted', 'text')
    .addColumn('nearest_json', 'text')
    .execute()
  await index(db, 'refusals', 'at', 'id')
  await db.schema
    .createTable('protocol_memory')
    .addColumn('protocol', 'text', required)
    .addColumn('connection_id', 'text', required)
    .addColumn('key', 'text', required)
    .addColumn('value', 'text', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('expires_at', 'bigint')
    .addPrimaryKeyConstraint('protocol_memory_key', ['protocol', 'connection_id', 'key'])
    .execute()
  await sql`create index protocol_memory_expiring on protocol_memory (expires_at) where expires_at is not null`.execute(
    db,
  )
  await db.schema
    .createTable('staged_parts')
    .addColumn('id', 'text', identity)
    .addColumn('connection_id', 'text', required)
    .addColumn('protocol', 'text', required)
    .addColumn('name', 'text', required)
    .addColumn('holder', 'text', required)
    .addColumn('bytes', 'bigint', required)
    .addColumn('created_at', 'bigint', required)
    .addColumn('updated_at', 'bigint', required)
    .execute()
  await uniqueIndex(db, 'staged_parts', 'connection_id', 'name')
}

/** An index named after its table and columns. */
async function index(db: Kysely<unknown>, table: string, ...columns: string[]): Promise<void> {
  await db.schema
    .createIndex(`${table}_${columns.join('_')}`)
    .on(table)
    .columns(columns)
    .execute()
}

async function uniqueIndex(
  db: Kysely<unknown>,
  table: string,
  ...columns: string[]
): Promise<void> {
  await db.schema
    .createIndex(`${table}_${columns.join('_')}`)
    .unique()
    .on(table)
    .columns(columns)
    .execute()
}
