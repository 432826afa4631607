import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** What sessions do as they go on, who asked to cut them, and connections that are blocked. */
export const liveSessions: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const { schema } = db
    await schema.alterTable('sessions').addColumn('bytes_in', 'bigint').execute()
    await schema.alterTable('sessions').addColumn('bytes_out', 'bigint').execute()
    await schema.alterTable('sessions').addColumn('doing_json', 'text').execute()
    await schema.alterTable('sessions').addColumn('cut_json', 'text').execute()
    await schema.alterTable('connections').addColumn('blocked_json', 'text').execute()
    await sql`create index sessions_to_cut on sessions (id)
      where ended_at is null and cut_json is not null`.execute(db)
    await schema.createIndex('sessions_ended').on('sessions').column('ended_at').execute()
  },
}
