import { createHash } from 'node:crypto'
import { constants } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { DATABASE_FILE } from '../../gateway/journal/sqlite/thread-messages.ts'
import type { Logger } from '../../gateway/logger.ts'
import { createDatabase } from './services.ts'

/** Set by postgres-setup.ts, for the tests of that project and the processes that they start. */
export const SERVER_VARIABLE = 'JOURNAL_TEST_SERVER'
/** Set by journal-setup.ts: a server for the tests that ask for a journal on PostgreSQL. */
export const DATABASES_VARIABLE = 'JOURNAL_TEST_DATABASES'
/** Set by journal-setup.ts: the folder of an SQLite journal in which there is nothing yet. */
export const TEMPLATE_VARIABLE = 'JOURNAL_TEST_TEMPLATE'

/**
 * Opens the journal of a folder, for suites that do not ask which engine it has: SQLite in the
 * folder, or on the server of the project `postgres` a database of its own.
 */
export async function openTestJournal(folder: string, log: Logger): Promise<Journal> {
  const server = process.env[SERVER_VARIABLE]
  if (server === undefined) {
    await putTemplate(folder)
    // One thread for all of it: starting a thread costs more than most tests read.
    return openJournal({ url: 'sqlite:', dataFolder: folder, isMostlyWritten: true, log })
  }
  const name = `folder_${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`
  await createDatabase(server, name)
  return openJournal({ url: `${server}${name}`, dataFolder: folder, log })
}

/** Half of what opening a new journal costs is bringing it to the present schema: done once a run. */
async function putTemplate(folder: string): Promise<void> {
  const template = process.env[TEMPLATE_VARIABLE]
  if (template === undefined) return
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const [from, to] = [join(template, DATABASE_FILE), join(folder, DATABASE_FILE)]
  await copyFile(from, to, constants.COPYFILE_EXCL).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'EEXIST') throw cause
  })
}
