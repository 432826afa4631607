import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import type { Journal, WriteResult, WriteStatement } from '../../gateway/journal/journal.ts'
import type { JournalSchema } from '../../gateway/journal/schema.ts'
import { JOURNAL_ADAPTERS, type JournalAdapter } from '../support/journal-adapters.ts'
import { killJournalWriters, runJournalWriter } from '../support/journal-kills.ts'
import { invoiceRow } from '../support/journal-rows.ts'
import { JOURNAL_COLUMNS } from './journal-columns.ts'

/** Kills in this suite; the long one has more. */
const KILLS = 5

for (const adapter of JOURNAL_ADAPTERS) journalContract(adapter)

/** What every engine of the journal promises. */
function journalContract(adapter: JournalAdapter): void {
  const openEmpty = async (): Promise<Journal> => (await adapter.prepare()).open()

  describe(`a write to the journal on ${adapter.name}`, () => {
    test('is there for the reads that follow it', async () => {
      const journal = await openEmpty()
      const writeThenRead = async (name: string): Promise<string | undefined> => {
        await journal.write([{ query: fact(journal, name) }])
        return valueOf(journal, name)
      }
      const seen = await Promise.all(Array.from({ length: 100 }, (_, n) => writeThenRead(`n${n}`)))
      expect(new Set(seen)).toEqual(new Set(['value']))
    })

    test('says per statement what it changed and returned', async () => {
      const journal = await openEmpty()
      const result = await journal.write([
        { query: fact(journal, 'a').returning(['name', 'value']) },
        { query: fact(journal, 'b') },
        { query: journal.db.updateTable('facts').set({ value: 'new' }) },
        { query: journal.db.deleteFrom('facts').where('name', '=', 'nobody') },
      ])
      expect(changed(result)).toEqual([1, 1, 2, 0])
      expect(result.committed && result.results[0]?.rows).toEqual([{ name: 'a', value: 'value' }])
    })

    test('whose guard does not hold writes nothing and says which', async () => {
      const journal = await openEmpty()
      const update = journal.db.updateTable('facts').set({ value: 'x' }).where('name', '=', 'b')
      const result = await journal.write([
        { query: fact(journal, 'a') },
        { query: update, expectRows: 1 },
      ])
      expect(result).toEqual({ committed: false, failedAt: 1, reason: 'guard' })
      expect(await count(journal)).toBe(0)
    })

    test('whose unique key is taken writes nothing and says so', async () => {
      const journal = await openEmpty()
      await journal.write([{ query: fact(journal, 'a') }])
      const result = await journal.write([
        { query: fact(journal, 'b') },
        { query: fact(journal, 'a') },
      ])
      expect(result).toEqual({ committed: false, failedAt: 1, reason: 'unique' })
      expect(await count(journal)).toBe(1)
    })

    test('that fails undoes none of those beside it', async () => {
      const journal = await openEmpty()
      await journal.write([{ query: fact(journal, 'taken') }])
      const nowhere = { compile: () => sql`insert into nowhere values (1)`.compile(journal.db) }
      const writes = Array.from({ length: 90 }, (_, n): WriteStatement[] => {
        const good = { query: fact(journal, `n${n}`) }
        if (n % 9 === 3) return [good, { query: fact(journal, 'taken') }]
        if (n % 9 === 5) return [good, { query: fact(journal, `m${n}`), expectRows: 2 }]
        return n % 9 === 7 ? [good, { query: nowhere }] : [good]
      })
      const results = await Promise.allSettled(writes.map((write) => journal.write(write)))
      const outcomes = results.map((result, n) =>
        result.status === 'rejected'
          ? { n, outcome: (result.reason as { code: string }).code }
          : { n, outcome: result.value.committed ? 'committed' : result.value.reason },
      )
      expect(outcomes).toEqual(
        outcomes.map(({ n }) => ({
          n,
          outcome: { 3: 'unique', 5: 'guard', 7: 'JOURNAL_UNAVAILABLE' }[n % 9] ?? 'committed',
        })),
      )
      expect(await count(journal)).toBe(1 + 60)
    })

    test('that two callers race for is won by one', async () => {
      const journal = await openEmpty()
      const results = await Promise.all(
        Array.from({ length: 20 }, () => journal.write([{ query: fact(journal, 'one') }])),
      )
      expect(results.filter(({ committed }) => committed)).toHaveLength(1)
    })

    test('of more rows than a message may have is refused whole', async () => {
      const journal = await openEmpty()
      const thousand = (prefix: string) =>
        journal.db
          .insertInto('facts')
          .values(Array.from({ length: 1_000 }, (_, n) => ({ name: `${prefix}${n}`, value: '' })))
      await journal.write([{ query: thousand('a') }, { query: thousand('b') }])
      await expect(
        journal.write([
          { query: thousand('c') },
          { query: journal.db.deleteFrom('facts').where('name', 'like', 'a%') },
          { query: fact(journal, 'one too many') },
        ]),
      ).rejects.toMatchObject({ code: 'INTERNAL' })
      await expect(
        journal.write(Array.from({ length: 2_001 }, () => ({ query: fact(journal, 'x') }))),
      ).rejects.toMatchObject({ code: 'INTERNAL' })
      expect(await count(journal)).toBe(2_000)
    })

    test('stores texts, integers and nothing as they were given', async () => {
      const journal = await openEmpty()
      const text = 'é\u{1f4e6} "quoted" \'and\' \\ \n'
      const number = Number.MAX_SAFE_INTEGER
      await journal.write([
        { query: journal.db.insertInto('facts').values({ name: text, value: '' }) },
        { query: journal.db.insertInto('counters').values({ name: 'n', value: number }) },
      ])
      expect(await valueOf(journal, text)).toBe('')
      const counter = journal.db.selectFrom('counters').selectAll().where('name', '=', 'n')
      expect(await journal.read(counter)).toEqual([{ name: 'n', value: number }])
    })

    test('stores many rows of one insert as they were given, and passes over those there', async () => {
      const journal = await openEmpty()
      const texts = ['', '{}', '"', '\\', 'a,b', 'NULL', 'é\u{1f4e6}', "'", '{"a":[1,null]}', null]
      const invoices = Array.from({ length: 500 }, (_, n) => ({
        ...invoiceRow('flw_1', n + 1, []),
        number: texts[n % texts.length]!,
        currency: texts[(n + 3) % texts.length]!,
      }))
      const insert = (rows: typeof invoices) =>
        journal.db
          .insertInto('invoices')
          .values(rows)
          .onConflict((conflict) => conflict.doNothing())
      const first = await journal.write([{ query: insert(invoices.slice(0, 300)) }])
      const all = await journal.write([{ query: insert(invoices) }])
      expect([changed(first), changed(all)]).toEqual([[300], [200]])
      const read = journal.db.selectFrom('invoices').selectAll().orderBy('ordinal')
      const unset = { status: null, status_sequence: 0, status_at: null, acknowledged_at: null }
      expect(await journal.read(read)).toEqual(invoices.map((row) => ({ ...row, ...unset })))
    })

    test('with a forgotten value is refused', async () => {
      const journal = await openEmpty()
      const forgotten = undefined as unknown as string
      const query = journal.db.deleteFrom('facts').where('name', '=', forgotten)
      await expect(journal.write([{ query }])).rejects.toMatchObject({ code: 'INTERNAL' })
    })
  })

  describe(`the journal on ${adapter.name}`, () => {
    test('has every table and column of the schema', async () => {
      const journal = await openEmpty()
      for (const [table, columns] of Object.entries(JOURNAL_COLUMNS)) {
        const query = journal.db
          .selectFrom(table as keyof JournalSchema)
          .select(Object.keys(columns).map((column) => sql.ref(column).as(column)))
          .limit(0) // a step may leave rows of its own
        expect({ table, rows: await journal.read(query) }).toEqual({ table, rows: [] })
      }
    })

    test('keeps flow identifiers, reports and attempts unique', async () => {
      const journal = await openEmpty()
      const returnFlow = (id: string, flowId: `flw_${string}` | null) =>
        journal.db.insertInto('return_flows').values({
          id: `ret_${id}`,
          connection_id: 'cnx_1',
          flow_id: flowId,
          kind: 'report',
          interface_code: 'CSO1110A',
          file_name: 'name',
          sha256: '',
          bytes: 1,
          created_at: 1,
          available_until: 1,
          state: 'OFFERED',
          delivered_at: null,
          attempts: 0,
          next_attempt_at: null,
        })
      await journal.write([
        { query: returnFlow('1', 'flw_1') },
        { query: returnFlow('2', null) },
        { query: returnFlow('3', null) },
      ])
      expect(await journal.write([{ query: returnFlow('4', 'flw_1') }])).toEqual({
        committed: false,
        failedAt: 0,
        reason: 'unique',
      })
    })

    test('tells its subscribers of commits that changed what they follow', async () => {
      const journal = await openEmpty()
      const heard: string[] = []
      const undo = journal.subscribe('flows', () => heard.push('flows'))
      journal.subscribe('jobs', () => heard.push('jobs'))
      const write = (name: string) =>
        journal.write([{ query: fact(journal, name), announce: 'flows' }])
      await write('a')
      await expect.poll(() => heard).toEqual(['flows'])
      await write('a')
      await journal.write([{ query: journal.db.deleteFrom('flows'), announce: 'flows' }])
      await journal.write([{ query: fact(journal, 'b') }])
      expect(heard).toEqual(['flows'])
      undo()
      await write('c')
      expect(heard).toEqual(['flows'])
    })

    test('a read that fails says so and hurts no other', async () => {
      const journal = await openEmpty()
      const wrong = { compile: () => sql`select * from nowhere`.compile(journal.db) }
      await expect(journal.read(wrong)).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
      expect(await count(journal)).toBe(0)
    })

    test('finishes what is being written before it closes, and takes nothing afterwards', async () => {
      const place = await adapter.prepare()
      const journal = await place.open()
      const writes = Array.from({ length: 200 }, (_, n) =>
        journal.write([{ query: fact(journal, `n${n}`) }]),
      )
      await journal.close()
      expect((await Promise.all(writes)).every(({ committed }) => committed)).toBe(true)
      await expect(journal.write([{ query: fact(journal, 'late') }])).rejects.toMatchObject({
        code: 'JOURNAL_UNAVAILABLE',
      })
      await expect(count(journal)).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
      await journal.close()
      expect(await count(await place.open())).toBe(200)
    })

    test(`loses nothing that was acknowledged over ${KILLS} kill -9`, async () => {
      const tally = await killJournalWriters(await adapter.prepare(), KILLS)
      process.stdout.write(`${tally.kills} kills, ${tally.acknowledged} writes acknowledged\n`)
      expect(tally).toMatchObject({ lost: [], torn: [] })
    })

    test.runIf(adapter.isExclusive)('belongs to one process at a time', async () => {
      const place = await adapter.prepare()
      const journal = await place.open()
      await expect(place.open()).rejects.toMatchObject({
        code: 'DATA_FOLDER_IN_USE',
        message: expect.stringContaining(place.dataFolder) as string,
      })
      expect(await runJournalWriter(place, 'other', 10)).toEqual(['DATA_FOLDER_IN_USE'])
      await journal.close()
      expect(await runJournalWriter(place, 'next', 10)).toContain('open')
    })
  })
}

const fact = (journal: Journal, name: string) =>
  journal.db.insertInto('facts').values({ name, value: 'value' })

async function valueOf(journal: Journal, name: string): Promise<string | undefined> {
  const [row] = await journal.read(
    journal.db.selectFrom('facts').select('value').where('name', '=', name),
  )
  return row?.value
}

async function count(journal: Journal): Promise<number | undefined> {
  const [row] = await journal.read(
    journal.db.selectFrom('facts').select((query) => query.fn.countAll<number>().as('rows')),
  )
  return row?.rows
}

function changed(result: WriteResult): readonly number[] {
  return result.committed ? result.results.map((statement) => statement.changed) : []
}
