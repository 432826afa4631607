import type { Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'

/** The table of directory-table.ts. */
export const directory: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .createTable('directory_structures')
      .addColumn('siret', 'text', (column) => column.primaryKey().notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('is_active', 'bigint', (column) => column.notNull())
      .addColumn('entry_json', 'text', (column) => column.notNull())
      .addColumn('origin', 'text', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute()
    await db.schema
      .createIndex('directory_structures_updated_at')
      .on('directory_structures')
      .columns(['updated_at', 'siret'])
      .execute()
  },
}
