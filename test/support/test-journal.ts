import { createHash } from 'node:crypto'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import type { Logger } from '../../gateway/logger.ts'
import { createDatabase } from './services.ts'

/** Set by postgres-setup.ts, for the tests of that project and the processes that they start. */
export const SERVER_VARIABLE = 'JOURNAL_TEST_SERVER'

/**
 * Opens the journal of a folder, for suites that do not ask which engine it has: SQLite in the
 * folder, or on the server of the project `postgres` a database of its own.
 */
export async function openTestJournal(folder: string, log: Logger): Promise<Journal> {
  const server = process.env[SERVER_VARIABLE]
  if (server === undefined) return openJournal({ url: 'sqlite:', dataFolder: folder, log })
  const name = `folder_${createHash('sha256').update(folder).digest('hex').slice(0, 24)}`
  await createDatabase(server, name)
  return openJournal({ url: `${server}${name}`, dataFolder: folder, log })
}
