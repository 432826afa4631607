import { sql } from 'kysely'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { GatewayError } from '../../gateway/errors.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { hasPostgres, startPostgres, type PostgresServer } from '../support/services.ts'

const WRITERS = 16
const RESTARTS = 3
const log = createLogger('silent')

async function started(): Promise<{ server: PostgresServer; url: string }> {
  const server = await startPostgres()
  onTestFinished(() => server.remove())
  await server.createDatabase('raccord')
  return { server, url: server.url('raccord') }
}

async function opened(url: string): Promise<Journal> {
  const journal = await openJournal({ url, dataFolder: '', log })
  onTestFinished(() => journal.close())
  return journal
}

const fact = (journal: Journal, name: string) => ({
  query: journal.db.insertInto('facts').values({ name, value: '' }),
})

const names = async (journal: Journal): Promise<ReadonlySet<string>> =>
  new Set(
    (await journal.read(journal.db.selectFrom('facts').select('name'))).map((row) => row.name),
  )

/** Ends every connection of one purpose, as a server does that fails over. */
const cut = (journal: Journal, purpose: string) =>
  journal.read({
    compile: () =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity
        where application_name = ${`raccord ${purpose}`} and pid <> pg_backend_pid()
          and datname = current_database()`.compile(journal.db),
  })

describe.skipIf(!hasPostgres)('a PostgreSQL server under a journal', () => {
  test.each(['fast', 'immediate'] as const)(
    `that is stopped (%s) and started ${RESTARTS} times loses nothing acknowledged, and is found again`,
    async (mode) => {
      const { server, url } = await started()
      const journal = await opened(url)
      const acknowledged: string[] = []
      const failures: string[] = []
      const end = new AbortController()
      const writers = Array.from({ length: WRITERS }, async (_, writer) => {
        for (let turn = 0; !end.signal.aborted; turn += 1) {
          const pair = [`${writer}-${turn}-a`, `${writer}-${turn}-b`] as const
          try {
            await journal.write([
              { ...fact(journal, pair[0]), expectRows: 1 },
              fact(journal, pair[1]),
            ])
            acknowledged.push(...pair)
          } catch (cause) {
            failures.push(cause instanceof GatewayError ? cause.code : String(cause))
          }
        }
      })
      for (let restart = 0; restart < RESTARTS; restart += 1) {
        await sleep(200)
        await server.stop(mode)
        await server.start()
        const before = acknowledged.length
        await expect.poll(() => acknowledged.length, { timeout: 60_000 }).toBeGreaterThan(before)
      }
      end.abort()
      await Promise.all(writers)
      const there = await names(journal)
      process.stdout.write(`${acknowledged.length} acknowledged, ${failures.length} failed\n`)
      expect(acknowledged.filter((name) => !there.has(name))).toEqual([])
      expect(new Set(failures)).toEqual(
        new Set(failures.length === 0 ? [] : ['JOURNAL_UNAVAILABLE']),
      )
      const halves = [...there].filter((name) => !there.has(name.replace(/[ab]$/, other)))
      expect(halves).toEqual([])
    },
  )

  test('that stays away is told at once after a while, and found again by itself', async () => {
    const { server, url } = await started()
    const journal = await opened(url)
    await server.stop()
    const unavailable = { code: 'JOURNAL_UNAVAILABLE' }
    await expect(journal.write([fact(journal, 'a')])).rejects.toMatchObject(unavailable)
    await expect(names(journal)).rejects.toMatchObject(unavailable)
    await server.start()
    await journal.write([fact(journal, 'b')])
    expect(await names(journal)).toEqual(new Set(['b']))
  })

  test('that cuts the announcements off: what was missed is caught up with', async () => {
    const { url } = await started()
    const [one, other] = [await opened(url), await opened(url)]
    let heard = 0
    one.subscribe('connections', () => (heard += 1))
    await cut(one, 'listen')
    await other.write([{ ...fact(other, 'a'), announce: 'connections' }])
    await expect.poll(() => heard, { timeout: 60_000 }).toBeGreaterThan(0)
    await sleep(500)
    const before = heard
    await other.write([{ ...fact(other, 'b'), announce: 'connections' }])
    await expect.poll(() => heard, { timeout: 60_000 }).toBeGreaterThan(before)
  })

  test('that cuts idle connections is asked again on others', async () => {
    const { url } = await started()
    const journal = await opened(url)
    await journal.write([{ ...fact(journal, 'a'), expectRows: 1 }])
    await names(journal)
    await cut(journal, 'write')
    await journal.write([{ ...fact(journal, 'b'), expectRows: 1 }])
    await cut(journal, 'read')
    expect(await names(journal)).toEqual(new Set(['a', 'b']))
  })

  test('whose tables change under prepared statements goes on being read', async () => {
    const { url } = await started()
    const journal = await opened(url)
    const read = () => journal.read(journal.db.selectFrom('facts').selectAll())
    for (let turn = 0; turn < 10; turn += 1) await Promise.all([read(), read()])
    await journal.write([
      { query: { compile: () => sql`alter table facts add column more text`.compile(journal.db) } },
    ])
    expect(await read()).toEqual([])
  })

  test('that does not know the database or the user says so at once, without the URL', async () => {
    const { server } = await started()
    const url = server.url('nowhere').replace('raccord@', 'raccord:secret@')
    const failure = await openJournal({ url, dataFolder: '', log }).catch((cause: unknown) => cause)
    expect(failure).toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
    expect((failure as GatewayError).message).toContain('nowhere')
    expect((failure as GatewayError).message).not.toContain('secret')
  })
})

const other = (half: string): string => (half === 'a' ? 'b' : 'a')
