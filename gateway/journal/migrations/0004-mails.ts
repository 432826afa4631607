import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The table of mail-table.ts. */
export const mails: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('mails')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('recipient', 'text', (column) => column.notNull())
      .addColumn('subject', 'text', (column) => column.notNull())
      .addColumn('body', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('attempts', 'bigint', (column) => column.notNull())
      .addColumn('next_attempt_at', 'bigint', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('sent_at', 'bigint')
      .addColumn('failure', 'text')
      .execute()
    await sql`create unique index mails_key on mails (key)`.execute(db)
    await sql`create index mails_waiting on mails (next_attempt_at)
      where state = 'WAITING'`.execute(db)
  },
}
