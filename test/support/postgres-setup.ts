import { startPostgres } from './services.ts'
import { SERVER_VARIABLE } from './test-journal.ts'

/** Of the project `postgres`: one server for all its files. */
export async function setup(): Promise<() => Promise<void>> {
  const server = await startPostgres()
  process.env[SERVER_VARIABLE] = server.url('')
  return () => server.remove()
}
