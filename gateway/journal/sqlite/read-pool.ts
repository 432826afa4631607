import type { GatewayError } from '../../errors.ts'
import { SqliteThread } from './sqlite-thread.ts'
import type { ReadRequest, Rows, StatementMessage, ThreadSettings } from './thread-messages.ts'

type Reader = SqliteThread<Omit<ReadRequest, 'id'>, Rows>

const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './reader-worker.ts' : './reader-worker.js',
  import.meta.url,
)

/** So that one slow search does not hold up the short reads behind it. */
const MAX_READERS = 2

/** Reader threads: one from the start, a second one from the first time that one is busy. */
export class ReadPool {
  readonly #settings: ThreadSettings
  readonly #onFailure: (cause: GatewayError) => void
  readonly #readers: Reader[] = []
  #growing: Promise<void> | undefined
  #isClosing = false

  /** @throws GatewayError when the first reader cannot start */
  static async start(
    settings: ThreadSettings,
    onFailure: (cause: GatewayError) => void,
  ): Promise<ReadPool> {
    const pool = new ReadPool(settings, onFailure)
    await pool.#addReader()
    return pool
  }

  private constructor(settings: ThreadSettings, onFailure: (cause: GatewayError) => void) {
    this.#settings = settings
    this.#onFailure = onFailure
  }

  read({ sql, parameters }: StatementMessage): Promise<Rows> {
    const reader = this.#readers.reduce((least, other) =>
      other.pending < least.pending ? other : least,
    )
    if (reader.pending > 0) this.#grow()
    return reader.request({ sql, parameters })
  }

  /** Answers what was asked before, then ends the threads. */
  async close(): Promise<void> {
    this.#isClosing = true
    await this.#growing
    await Promise.all(this.#readers.map((reader) => reader.stop()))
  }

  #grow(): void {
    if (this.#isClosing || this.#growing !== undefined || this.#readers.length >= MAX_READERS) {
      return
    }
    this.#growing = this.#addReader()
      .catch(this.#onFailure)
      .finally(() => {
        this.#growing = undefined
      })
  }

  async #addReader(): Promise<void> {
    const reader: Reader = await SqliteThread.start(SCRIPT, this.#settings)
    reader.onFailure(this.#onFailure)
    this.#readers.push(reader)
  }
}
