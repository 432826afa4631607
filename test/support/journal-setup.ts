import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { hasPostgres, startPostgres } from './services.ts'
import { DATABASES_VARIABLE, TEMPLATE_VARIABLE } from './test-journal.ts'

/**
 * Of the project `contract`, whose tests open journals by the hundred: an SQLite journal to begin
 * with, and one PostgreSQL server for all that want databases of one.
 */
export async function setup(): Promise<() => Promise<void>> {
  const folder = await mkdtemp(join(tmpdir(), 'raccord-journal-'))
  const log = createLogger('silent')
  await (await openJournal({ url: 'sqlite:', dataFolder: folder, log })).close()
  process.env[TEMPLATE_VARIABLE] = folder
  // Where it does not start, the tests that want it say so, and no other fails.
  const server = hasPostgres ? await startPostgres().catch(() => undefined) : undefined
  if (server !== undefined) process.env[DATABASES_VARIABLE] = server.url('')
  return async () => {
    await server?.remove()
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  }
}
