import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The table of contents that are on their way from a machine to a store elsewhere (ADR 12). */
export const payloadUploads: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('payload_uploads')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('sha256', 'text', (column) => column.notNull())
      .addColumn('bytes', 'bigint', (column) => column.notNull())
      .addColumn('holder', 'text', (column) => column.notNull())
      .addColumn('landed_at', 'bigint', (column) => column.notNull())
      .execute()
    await sql`create index payload_uploads_sha256 on payload_uploads (sha256)`.execute(db)
    await sql`create index payload_uploads_holder on payload_uploads (holder)`.execute(db)
  },
}
