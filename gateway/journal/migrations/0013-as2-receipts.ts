import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The table of as2-receipts-table.ts. */
export const as2Receipts: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('as2_receipts')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('connection_id', 'text', (column) => column.notNull())
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('headers_json', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('sent_at', 'bigint')
      .addColumn('failure', 'text')
      .execute()
    await sql`create index as2_receipts_due on as2_receipts (next_attempt_at)
      where state = 'WAITING'`.execute(db)
  },
}
