import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { MIGRATIONS } from '../../gateway/journal/migrations/migrate.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { flowRow } from '../support/journal-rows.ts'
import { ADDITION, NEXT_STEP, SHUT_OUT, upgradeJournal } from '../support/next-version.ts'

describe.each(JOURNAL_ADAPTERS)(
  'a journal on $name that the next version has upgraded',
  (engine) => {
    test('is opened, read and written by this one, which takes no step back', async () => {
      const place = await engine.prepare()
      const before = await place.open()
      await before.write([{ query: before.db.insertInto('flows').values(flowRow(1)) }])
      // On one machine the program ends first; with others, it goes on meanwhile.
      if (engine.isExclusive) await before.close()
      expect(await upgradeJournal(place, ADDITION)).toEqual([])
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
      expect(steps.map(({ name }) => name).toSorted()).toEqual([
        ...Object.keys(MIGRATIONS),
        NEXT_STEP,
      ])
    })

    test('is refused, with the reason, where the step shuts this version out', async () => {
      const place = await engine.prepare()
      await (await place.open()).close()
      await upgradeJournal(place, SHUT_OUT)
      const failure = await place.open().catch((error: unknown) => error)
      expect(failure).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
      expect(String(failure)).toContain(NEXT_STEP)
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
