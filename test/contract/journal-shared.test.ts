import { fileURLToPath } from 'node:url'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { readFeed } from '../../gateway/api/event-feed.ts'
import type { EventCursor } from '../../gateway/api/event-cursor.ts'
import { ConnectionDirectory } from '../../gateway/connections/directory.ts'
import { followJournal } from '../../gateway/connections/following.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openQueue } from '../../gateway/queue/open-queue.ts'
import type { Job, WorkQueue } from '../../gateway/queue/queue.ts'
import { startProgram, until } from '../support/child-program.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { flowRow } from '../support/journal-rows.ts'

const CHANGER = fileURLToPath(new URL('../support/connection-changer-child.ts', import.meta.url))
const PROCESSES = 6
const log = createLogger('silent')

/** What an engine promises that several processes share. */
describe.each(JOURNAL_ADAPTERS.filter(({ isExclusive }) => !isExclusive))(
  'a journal on $name that several processes share',
  (adapter) => {
    const openTwo = async (): Promise<readonly [Journal, Journal]> => {
      const place = await adapter.prepare()
      return [await place.open(), await place.open()]
    }

    test(`is brought to the present schema by one of ${PROCESSES} that open it at once`, async () => {
      const place = await adapter.prepare()
      const journals = await Promise.all(Array.from({ length: PROCESSES }, () => place.open()))
      const counts = await Promise.all(
        journals.map((journal) => journal.read(journal.db.selectFrom('flows').select('id'))),
      )
      expect(counts).toEqual(Array.from({ length: PROCESSES }, () => []))
    })

    test('tells every process, and its own once', async () => {
      const [one, other] = await openTwo()
      const heard: string[] = []
      for (const topic of ['flows', 'accounts'] as const) {
        one.subscribe(topic, () => heard.push(`one ${topic}`))
        other.subscribe(topic, () => heard.push(`other ${topic}`))
      }
      const { db } = one
      await one.write([{ query: db.insertInto('flows').values(flowRow(1)), announce: 'flows' }])
      await expect.poll(() => heard.toSorted()).toEqual(['one flows', 'other flows'])
      const fact = db.insertInto('facts').values({ name: 'a', value: '' })
      await one.write([{ query: fact, announce: 'accounts' }])
      await expect.poll(() => heard).toHaveLength(4)
      await sleep(100)
      expect(heard.slice(2).toSorted()).toEqual(['one accounts', 'other accounts'])
    })

    test.each(['announced', 'silent'] as const)(
      'makes a connection that another process changes known in less than a second: %s',
      async (manner) => {
        const place = await adapter.prepare()
        const journal = await place.open()
        await insertConnection(journal, 'cnx_1')
        const directory = new ConnectionDirectory(journal, 'qualification')
        await directory.refresh()
        // Its looks are by this clock, which stands still: a busy machine cannot be too slow for them.
        vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })
        onTestFinished(() => void vi.useRealTimers())
        onTestFinished(followJournal({ directory, journal, log }))
        const args = [CHANGER, place.url, place.dataFolder, 'cnx_1', manner]
        const changer = startProgram(process.execPath, args)
        onTestFinished(async () => {
          changer.endInput()
          await changer.ended
        })
        await until('the other process is ready', () => changer.stdout().includes('open'))
        for (let change = 1; change <= 10; change += 1) {
          const name = `name-${change}`
          changer.type(`${name}\n`)
          await until('the change is made', () => changer.stdout().includes(`${name}\n`))
          if (manner === 'silent') vi.advanceTimersByTime(999)
          await expect.poll(() => directory.find('cnx_1')?.name).toBe(name)
        }
      },
    )

    test('frees a parent whose last children end at once in several processes', async () => {
      const queues = await Promise.all(
        (await openTwo()).map((journal) => openQueue({ url: 'journal:', journal, log })),
      )
      onTestFinished(async () => {
        await Promise.all(queues.map((queue) => queue.stop(0)))
      })
      const jobs = Array.from({ length: 40 }, (_, flow) => familyOf(flow)).flat()
      const [first] = queues as [WorkQueue, WorkQueue]
      await first.enqueue(jobs)
      const ran: string[] = []
      const handle = async ({ id }: Job) => void ran.push(id)
      const options = { concurrency: 8, retryDelay: () => 10, leaseMilliseconds: 30_000, handle }
      for (const queue of queues) queue.start(options)
      await expect.poll(() => first.counts(), { timeout: 30_000 }).toEqual([])
      expect(ran.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted())
    })

    test('shows a stream every event, in whatever order they are committed', async () => {
      const [one, other] = await openTwo()
      await one.write([{ query: one.db.insertInto('flows').values(flowRow(1)) }])
      const wanted = 400
      let isOver = false
      const writers = [one, other, one, other].map(async (journal) => {
        for (let written = 0; written < wanted / 4; written += 1) await addEvent(journal)
      })
      const seen: number[] = []
      const reading = (async () => {
        let cursor: EventCursor = { flowEvent: 0, revision: 0 }
        for (;;) {
          const wasOver = isOver
          const page = await readFeed(other, cursor, {
            topics: new Set(['flows']),
            sirets: { flows: undefined, connections: undefined },
          })
          seen.push(...page.events.map((event) => event.cursor.flowEvent))
          cursor = page.cursor
          if (wasOver && page.isEnd) return
        }
      })()
      await Promise.all(writers)
      isOver = true
      await reading
      const all = await one.read(one.db.selectFrom('flow_events').select('id').orderBy('id'))
      expect(all).toHaveLength(wanted)
      expect(seen).toEqual(all.map(({ id }) => id))
    })

    test('settles by turns what rests on rows that a message only reads', async () => {
      const [one, other] = await openTwo()
      const add = (journal: Journal, name: string) => {
        const { db } = journal
        // Only if there is none yet: of messages side by side each would find none.
        const row = db
          .selectNoFrom((select) => [select.val(name).as('name'), select.val('').as('value')])
          .where((where) => where.not(where.exists(db.selectFrom('facts').select('name'))))
        const insert = db.insertInto('facts').columns(['name', 'value']).expression(row)
        return journal.write([{ query: insert, expectRows: 1 }])
      }
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, n) => add(n % 2 === 0 ? one : other, `n${n}`)),
      )
      expect(results.filter(({ committed }) => committed)).toHaveLength(1)
    })
  },
)

/** A parent and its children. */
function familyOf(flow: number): Job[] {
  const flowId = `flw_${flow}` as const
  const parent = `decide-${flowId}`
  const children = Array.from({ length: 4 }, (_, chunk): Job => {
    return { id: `chunk-${flowId}-${chunk}`, kind: 'chunk', flowId, chunk, parent }
  })
  return [{ id: parent, kind: 'decide', flowId, waitsForChildren: true }, ...children]
}

/** The event has its number before the message waits for others that change the flow. */
async function addEvent(journal: Journal): Promise<void> {
  const { db } = journal
  const { id } = flowRow(1)
  const event = { flow_id: id, at: 1, stage: 'x', outcome: 'x', milliseconds: 0 } as const
  await journal.write([
    { query: db.insertInto('flow_events').values({ ...event, detail_json: '{}' }) },
    { query: db.updateTable('flows').set({ updated_at: Date.now() }).where('id', '=', id) },
  ])
}
