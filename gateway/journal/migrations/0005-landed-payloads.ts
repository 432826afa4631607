import { SqliteAdapter, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The table of small contents that came with their flow (ADR 8). */
export const landedPayloads: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const isSqlite = db.getExecutor().adapter instanceof SqliteAdapter
    await db.schema
      .createTable('landed_payloads')
      .addColumn('sha256', 'text', (column) => column.primaryKey().notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('content', isSqlite ? 'blob' : 'bytea', (column) => column.notNull())
      .execute()
  },
}
