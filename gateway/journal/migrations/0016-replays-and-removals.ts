import { sql, type ColumnDefinitionBuilder, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

const required = (column: ColumnDefinitionBuilder): ColumnDefinitionBuilder => column.notNull()

/**
 * Flows that were put through again name the first one (schema.ts); what left the directory is kept
 * for those who follow its changes (directory-table.ts); statuses of invoices that hooks wait for
 * (hook-table.ts).
 */
export const replaysAndRemovals: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema.alterTable('flows').addColumn('replay_of', 'text').execute()
    await sql`create index flows_replay_of on flows (replay_of)
      where replay_of is not null`.execute(db)
    await db.schema
      .createTable('directory_removals')
      .addColumn('siret', 'text', required)
      .addColumn('service', 'text', required)
      .addColumn('entry_json', 'text', required)
      .addColumn('removed_at', 'bigint', required)
      .addPrimaryKeyConstraint('directory_removals_key', ['siret', 'service'])
      .execute()
    await db.schema
      .createIndex('directory_removals_removed_at')
      .on('directory_removals')
      .columns(['removed_at', 'siret'])
      .execute()
    await db.schema
      .createTable('hook_items')
      .addColumn('flow_id', 'text', required)
      .addColumn('ordinal', 'integer', required)
      .addColumn('sequence', 'integer', required)
      .addColumn('connection_id', 'text', required)
      .addPrimaryKeyConstraint('hook_items_key', ['flow_id', 'ordinal', 'sequence'])
      .execute()
  },
}
