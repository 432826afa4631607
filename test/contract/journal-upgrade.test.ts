import { sql, type Kysely } from 'kysely'
import type { Migration } from 'kysely/migration'
import { describe, expect, onTestFinished, test } from 'vitest'
import { migrate, MIGRATIONS } from '../../gateway/journal/migrations/migrate.ts'
import { OLDEST_STEP_FACT } from '../../gateway/journal/migrations/newer-steps.ts'
import { connect } from '../../gateway/journal/postgres/connect.ts'
import { migrateAlone } from '../../gateway/journal/postgres/migration-database.ts'
import { migrationDatabase } from '../../gateway/journal/sqlite/migration-database.ts'
import { startWriter } from '../../gateway/journal/sqlite/writer.ts'
import { JOURNAL_ADAPTERS, type JournalPlace } from '../support/journal-adapters.ts'
import { flowRow } from '../support/journal-rows.ts'

const NEXT = '9999-the-next-version'

/** What a next version may do to tables in use: add. */
const addition: Migration = {
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

/** What it may not do without shutting older programs out. */
const removal: Migration = {
  async up(db: Kysely<unknown>): Promise<void> {
    await sql`insert into facts (name, value) values (${OLDEST_STEP_FACT}, ${NEXT})`.execute(db)
  },
}

/** Brings the journal of a place one step further than this program knows. */
async function upgrade(
  { url, dataFolder }: JournalPlace,
  step: Migration,
): Promise<readonly string[]> {
  const steps = { ...MIGRATIONS, [NEXT]: step }
  if (!url.startsWith('sqlite:')) {
    const connection = await connect(url, 'migrate')
    onTestFinished(() => connection.client.end())
    return migrateAlone(connection, steps)
  }
  const writer = await startWriter({ folder: dataFolder })
  try {
    return await migrate(migrationDatabase(writer), steps)
  } finally {
    await writer.stop()
  }
}

describe.each(JOURNAL_ADAPTERS)(
  'a journal on $name that the next version has upgraded',
  (engine) => {
    test('is opened, read and written by this one, which takes no step back', async () => {
      const place = await engine.prepare()
      const before = await place.open()
      await before.write([{ query: before.db.insertInto('flows').values(flowRow(1)) }])
      // On one machine the program ends first; with others, it goes on meanwhile.
      if (engine.isExclusive) await before.close()
      expect(await upgrade(place, addition)).toEqual([])
      const journal = engine.isExclusive ? await place.open() : before
      const { db } = journal
      await journal.write([{ query: db.insertInto('flows').values(flowRow(2)) }])
      const change = db.updateTable('flows').set({ attempts: 3 }).where('id', '=', flowRow(1).id)
      await journal.write([{ query: change, expectRows: 1 }])
      expect(await journal.read(db.selectFrom('flows').selectAll().orderBy('id'))).toMatchObject([
        { ...flowRow(1), attempts: 3, priority: 5 },
        { ...flowRow(2), priority: 5 },
      ])
      await journal.close()
      const again = await place.open()
      expect(await again.read(db.selectFrom('flows').select('id'))).toHaveLength(2)
      const steps = await again.read({
        compile: () => sql<{ name: string }>`select name from kysely_migration`.compile(db),
      })
      expect(steps.map(({ name }) => name).toSorted()).toEqual([...Object.keys(MIGRATIONS), NEXT])
    })

    test('is refused, with the reason, where the step shuts this version out', async () => {
      const place = await engine.prepare()
      await (await place.open()).close()
      await upgrade(place, removal)
      const failure = await place.open().catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
      expect(String(failure)).toContain(NEXT)
    })

    test('is refused when it comes from another line of versions', async () => {
      const place = await engine.prepare()
      const journal = await place.open()
      const last = Object.keys(MIGRATIONS).at(-1)
      const rename = sql`update kysely_migration set name = 'other' where name = ${last}`
      await journal.write([{ query: { compile: () => rename.compile(journal.db) } }])
      await journal.close()
      await expect(place.open()).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
    })
  },
)
