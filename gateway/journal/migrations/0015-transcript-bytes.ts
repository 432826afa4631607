import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** How long the transcript of a session is: a content is read by its address and its length. */
export const transcriptBytes: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('sessions').addColumn('transcript_bytes', 'integer').execute()
  },
}
