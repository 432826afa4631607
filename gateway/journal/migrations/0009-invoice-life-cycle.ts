import { sql, type ColumnDefinitionBuilder, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The tables of life-cycle-tables.ts, and where an invoice stands. A flow starts as one whose
 * invoices have no status yet, those of before too: they get it after the start, in slices.
 */
export const invoiceLifeCycle: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('flows')
      .addColumn('life_cycle', 'text', (column) => column.notNull().defaultTo('DUE'))
      .execute()
    await sql`create index flows_life_cycle on flows (finished_at)
      where life_cycle = 'DUE' and finished_at is not null`.execute(db)
    await db.schema.alterTable('invoices').addColumn('status', 'text').execute()
    await db.schema
      .alterTable('invoices')
      .addColumn('status_sequence', 'integer', (column) => column.notNull().defaultTo(0))
      .execute()
    await db.schema.alterTable('invoices').addColumn('status_at', 'bigint').execute()
    await db.schema.alterTable('invoices').addColumn('acknowledged_at', 'bigint').execute()
    await sql`create index invoices_status on invoices (status, flow_id, ordinal)
      where status is not null`.execute(db)
    await sql`create index invoices_number on invoices (number)
      where status is not null`.execute(db)
    await createTables(db)
  },
}

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()

async function createTables(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('invoice_statuses')
    .addColumn('flow_id', 'text', required)
    .addColumn('ordinal', 'integer', required)
    .addColumn('sequence', 'integer', required)
    .addColumn('status', 'text', required)
    .addColumn('at', 'bigint', required)
    .addColumn('actor', 'text', required)
    .addColumn('cause', 'text', required)
    .addColumn('comment', 'text')
    .addColumn('origin', 'text')
    .addPrimaryKeyConstraint('invoice_statuses_key', ['flow_id', 'ordinal', 'sequence'])
    .execute()
  await sql`create unique index invoice_statuses_origin on invoice_statuses (origin)
    where origin is not null`.execute(db)
  await db.schema
    .createTable('return_items')
    .addColumn('code', 'text', required)
    .addColumn('connection_id', 'text', required)
    .addColumn('flow_id', 'text', required)
    .addColumn('ordinal', 'integer', required)
    .addColumn('sequence', 'integer', required)
    .addColumn('at', 'bigint', required)
    .addColumn('return_flow_id', 'text')
    .addPrimaryKeyConstraint('return_items_key', ['code', 'flow_id', 'ordinal', 'sequence'])
    .execute()
  await sql`create index return_items_waiting on return_items (code, connection_id, at)
    where return_flow_id is null`.execute(db)
  await sql`create index return_items_return_flow on return_items (return_flow_id)
    where return_flow_id is not null`.execute(db)
  await db.schema
    .createTable('invoice_plans')
    .addColumn('flow_id', 'text', required)
    .addColumn('ordinal', 'integer', required)
    .addColumn('due_at', 'bigint', required)
    .addColumn('steps_json', 'text', required)
    .addColumn('cause', 'text', required)
    .addPrimaryKeyConstraint('invoice_plans_key', ['flow_id', 'ordinal'])
    .execute()
  await sql`create index invoice_plans_due_at on invoice_plans (due_at)`.execute(db)
  await db.schema
    .createTable('invoice_documents')
    .addColumn('flow_id', 'text', required)
    .addColumn('ordinal', 'integer', required)
    .addColumn('number', 'integer', required)
    .addColumn('name', 'text', required)
    .addColumn('media_type', 'text', required)
    .addColumn('sha256', 'text', required)
    .addColumn('bytes', 'bigint', required)
    .addColumn('added_at', 'bigint', required)
    .addPrimaryKeyConstraint('invoice_documents_key', ['flow_id', 'ordinal', 'number'])
    .execute()
  await sql`create index invoice_documents_sha256 on invoice_documents (sha256)`.execute(db)
}
