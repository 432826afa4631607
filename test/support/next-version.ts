import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { migrate, MIGRATIONS } from '../../gateway/journal/migrations/migrate.ts'
import { OLDEST_STEP_FACT } from '../../gateway/journal/migrations/newer-steps.ts'
import { abandon, connect } from '../../gateway/journal/postgres/connect.ts'
import { migrateAlone } from '../../gateway/journal/postgres/migration-database.ts'
import { migrationDatabase } from '../../gateway/journal/sqlite/migration-database.ts'
import { Writer } from '../../gateway/journal/sqlite/writer.ts'

/** The step of a version after this one, made for the tests of an upgrade. */
export const NEXT_STEP = '9999-the-next-version'

/** What a next version may do to tables in use: add. */
export const ADDITION: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await db.schema
      .alterTable('flows')
      .addColumn('priority', 'integer', (column) => column.notNull().defaultTo(5))
      .execute()
    await db.schema
      .createTable('archives')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .execute()
    await sql`create index flows_priority on flows (priority)`.execute(db)
  },
}

/** What it does before it takes something away: older programs are shut out. */
export const SHUT_OUT: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`insert into facts (name, value)
      values (${OLDEST_STEP_FACT}, ${NEXT_STEP})`.execute(db)
  },
}

/** Brings a journal one step further than this program knows, as the next version would. */
export async function upgradeJournal(
  { url, dataFolder }: { readonly url: string; readonly dataFolder: string },
  step: Migration,
): Promise<readonly string[]> {
  const steps = { ...MIGRATIONS, [NEXT_STEP]: step }
  if (!url.startsWith('sqlite:')) {
    const connection = await connect(url, 'migrate')
    try {
      return await migrateAlone(connection, { steps })
    } finally {
      abandon(connection)
    }
  }
  const writer = await Writer.start({ folder: dataFolder })
  try {
    return await migrate(migrationDatabase(writer), steps)
  } finally {
    await writer.stop()
  }
}
