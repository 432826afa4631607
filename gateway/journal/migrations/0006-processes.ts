import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/**
 * The table of processes, and which of them a session is with: so that the sessions of one that died
 * can be ended where several share the journal. And by which content a row can be found: what names
 * a stored content, and what does not, is asked again and again.
 */
export const processes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('processes')
      .addColumn('id', 'text', (column) => column.primaryKey().notNull())
      .addColumn('holder', 'text', (column) => column.notNull())
      .addColumn('roles', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('started_at', 'bigint', (column) => column.notNull())
      .addColumn('seen_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema.alterTable('sessions').addColumn('process_id', 'text').execute()
    await sql`create index sessions_open on sessions (process_id)
      where ended_at is null`.execute(db)
    await sql`create index sessions_transcript_sha256 on sessions (transcript_sha256)
      where transcript_sha256 is not null`.execute(db)
    await sql`create index flows_sha256 on flows (sha256)`.execute(db)
    await sql`create index return_flows_sha256 on return_flows (sha256)`.execute(db)
    await sql`create index chunks_sha256 on chunks (sha256)`.execute(db)
  },
}
