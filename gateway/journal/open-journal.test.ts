import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createLogger } from '../logger.ts'
import { openJournal } from './open-journal.ts'

const log = createLogger('silent')

const WRONG = [
  'mysql://host/db',
  'sqlite',
  '',
  'postgres:',
  'postgres://host',
  'postgres://u:p@:x/d',
]

test.each(WRONG)('a journal URL that names nothing is refused: "%s"', (url) =>
  expect(openJournal({ url, dataFolder: '/nowhere', log })).rejects.toMatchObject({
    code: 'CONFIG_INVALID',
  }),
)

test('the journal is in the data folder, or in the one its URL names', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-journal-'))
  const inData = await openJournal({ url: 'sqlite:', dataFolder: join(folder, 'data'), log })
  const elsewhere = await openJournal({
    url: `sqlite:${join(folder, 'fast')}`,
    dataFolder: join(folder, 'data'),
    log,
  })
  expect(await readdir(join(folder, 'data'))).toContain('journal.sqlite')
  expect(await readdir(join(folder, 'fast'))).toContain('journal.sqlite')
  await expect(inData.db.selectFrom('facts').selectAll().execute()).rejects.toMatchObject({
    code: 'INTERNAL',
  })
  await Promise.all([inData.close(), elsewhere.close()])
  await rm(folder, { recursive: true, maxRetries: 10 })
})

test('a folder that cannot be made is a journal that cannot be opened', () =>
  expect(openJournal({ url: 'sqlite:', dataFolder: '/dev/null/data', log })).rejects.toMatchObject({
    code: 'JOURNAL_UNAVAILABLE',
  }))
