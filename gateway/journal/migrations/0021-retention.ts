import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** When a content was removed whose row stays (gateway/retention). */
export const retention: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    const { schema } = db
    await schema.alterTable('flows').addColumn('payload_removed_at', 'bigint').execute()
    await schema.alterTable('return_flows').addColumn('payload_removed_at', 'bigint').execute()
    await schema.alterTable('sessions').addColumn('transcript_removed_at', 'bigint').execute()
  },
}
