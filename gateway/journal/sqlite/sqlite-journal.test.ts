import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../logger.ts'
import type { Journal } from '../journal.ts'
import { openSqliteJournal } from './sqlite-journal.ts'
import { DATABASE_FILE } from './thread-messages.ts'

/** One that reads on the thread that writes, until many reads wait. */
async function openMostlyWritten(): Promise<Journal & { readonly folder: string }> {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-journal-'))
  const log = createLogger('silent')
  const journal = await openSqliteJournal({ folder, log, isMostlyWritten: true })
  onTestFinished(async () => {
    await journal.close()
    await rm(folder, { recursive: true })
  })
  return Object.assign(journal, { folder })
}

const write = (journal: Journal, name: string) =>
  journal.write([{ query: journal.db.insertInto('facts').values({ name, value: name }) }])

const read = (journal: Journal, name: string) =>
  journal.read(journal.db.selectFrom('facts').selectAll().where('name', '=', name))

test('a read on the thread that writes sees every commit before it, one at a time', async () => {
  const journal = await openMostlyWritten()
  for (const name of ['a', 'b', 'c']) {
    await write(journal, name)
    expect(await read(journal, name)).toMatchObject([{ value: name }])
  }
})

test('reads among writes are all answered, before and after a thread reads for them', async () => {
  const journal = await openMostlyWritten()
  const names = Array.from({ length: 300 }, (_, at) => `n${at}`)
  const seen = await Promise.all(
    names.map(async (name) => {
      await write(journal, name)
      return read(journal, name)
    }),
  )
  expect(seen.map(([row]) => row?.value)).toEqual(names)
})

test('what was asked before the end is answered by the thread that writes', async () => {
  const journal = await openMostlyWritten()
  const asked = [write(journal, 'a'), read(journal, 'a')] as const
  await journal.close()
  expect(await asked[0]).toMatchObject({ committed: true })
  expect(await asked[1]).toHaveLength(1)
})

test('a read that fails there says so and hurts no other', async () => {
  const journal = await openMostlyWritten()
  const wrong = { compile: () => ({ ...journal.db.selectFrom('facts').compile(), sql: 'select' }) }
  await expect(journal.read(wrong)).rejects.toMatchObject({ code: 'JOURNAL_UNAVAILABLE' })
  await write(journal, 'a')
  expect(await read(journal, 'a')).toHaveLength(1)
})

test('after a list of many rows reads have a thread of their own, and writes wait for none', async () => {
  const journal = await openMostlyWritten()
  const rows = Array.from({ length: 600 }, (_, at) => ({ name: `n${at}`, value: '' }))
  await journal.write([{ query: journal.db.insertInto('facts').values(rows) }])
  expect(await journal.read(journal.db.selectFrom('facts').selectAll())).not.toHaveLength(0)
  const other = new DatabaseSync(join(journal.folder, DATABASE_FILE))
  onTestFinished(() => other.close())
  /** Who is answered first while another program holds the file for writing. */
  const first = async (name: string): Promise<string> => {
    other.exec('begin immediate')
    const written = write(journal, name).then(() => 'write')
    const seen = read(journal, 'n1').then(() => 'read')
    await Promise.race([seen, sleep(300)])
    other.exec('rollback')
    const answered = await Promise.race([written, seen])
    await Promise.all([written, seen])
    return answered
  }
  let tries = 0
  await expect
    .poll(() => first(`w${(tries += 1)}`), { timeout: 60_000, interval: 100 })
    .toBe('read')
})
