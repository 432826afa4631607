import type { GatewayError } from '../../errors.ts'
import type { WriteResult } from '../journal.ts'
import { SqliteThread } from './sqlite-thread.ts'
import type {
  ReadRequest,
  Rows,
  StatementMessage,
  ThreadSettings,
  WriteRequest,
} from './thread-messages.ts'

type Request = Omit<WriteRequest, 'id'> | Omit<ReadRequest, 'id'>

const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './writer-worker.ts' : './writer-worker.js',
  import.meta.url,
)

/** The main thread's side of the journal's only writer, which also reads while there is no reader. */
export class Writer {
  readonly #thread: SqliteThread<Request, WriteResult | Rows>

  /** @throws GatewayError DATA_FOLDER_IN_USE, JOURNAL_UNAVAILABLE */
  static async start(settings: ThreadSettings): Promise<Writer> {
    return new Writer(await SqliteThread.start(SCRIPT, settings))
  }

  private constructor(thread: SqliteThread<Request, WriteResult | Rows>) {
    this.#thread = thread
  }

  /** Called once when the thread ends without having been asked to. */
  onFailure(listener: (cause: GatewayError) => void): void {
    this.#thread.onFailure(listener)
  }

  write(request: Omit<WriteRequest, 'id'>): Promise<WriteResult> {
    return this.#thread.request(request) as Promise<WriteResult>
  }

  /** Waits for the commit that is under way. */
  read({ sql, parameters }: StatementMessage): Promise<Rows> {
    return this.#thread.request({ sql, parameters }) as Promise<Rows>
  }

  /** Answers what was asked before, then ends. */
  stop(): Promise<void> {
    return this.#thread.stop()
  }
}
