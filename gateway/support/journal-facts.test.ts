import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openJournalView } from '../doctor/journal-view.ts'
import { DATABASE_FILE } from '../journal/sqlite/thread-messages.ts'
import { journalFacts } from './journal-facts.ts'

test('of a journal that cannot be read is said why, in the place of each answer', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-test-facts-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  await writeFile(join(folder, DATABASE_FILE), 'no database at all, '.repeat(500))
  const view = (await openJournalView('sqlite:', folder))!
  onTestFinished(() => view.close())
  const facts = await journalFacts(view)
  expect(facts['counts']).toEqual({})
  expect(facts['flowsByState']).toMatchObject({
    error: expect.stringContaining('database') as string,
  })
})
