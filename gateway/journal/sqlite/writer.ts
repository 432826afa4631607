import type { WriteResult } from '../journal.ts'
import { SqliteThread } from './sqlite-thread.ts'
import type { ThreadSettings, WriteRequest } from './thread-messages.ts'

/** The main thread's side of the journal's only writer. */
export type Writer = SqliteThread<Omit<WriteRequest, 'id'>, WriteResult>

const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js',
  import.meta.url,
)

/** @throws GatewayError DATA_FOLDER_IN_USE, JOURNAL_UNAVAILABLE */
export function startWriter(settings: ThreadSettings): Promise<Writer> {
  return SqliteThread.start(SCRIPT, settings)
}
