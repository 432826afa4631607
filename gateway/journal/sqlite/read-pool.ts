import type { GatewayError } from '../../errors.ts'
import { SqliteThread } from './sqlite-thread.ts'
import type { ReadRequest, Rows, StatementMessage, ThreadSettings } from './thread-messages.ts'
import type { Writer } from './writer.ts'

type Reader = SqliteThread<Omit<ReadRequest, 'id'>, Rows>

const SCRIPT = new URL(
  import.meta.url.endsWith('.ts') ? './reader-worker.ts' : './reader-worker.js',
  import.meta.url,
)

/** So that one slow search does not hold up the short reads behind it. */
const MAX_READERS = 2
/** Reads that wait for the writer at once: with more of them the journal gets a reader. */
const MAX_READS_BESIDE_WRITES = 8
/**
 * A read of so many rows is not short, and comes again: somebody lists a full box. The list of 10,000
 * holds a commit up for half a second.
 */
const MANY_ROWS = 500

/**
 * Who runs selects: reader threads, a second one from the first time that the first is busy. Each
 * takes 13 MiB: where reads are few and short the writer runs them, until many wait or one is long.
 */
export class ReadPool {
  readonly #settings: ThreadSettings
  readonly #onFailure: (cause: GatewayError) => void
  readonly #writer: Writer
  readonly #readers: Reader[] = []
  #besideWrites = 0
  #growing: Promise<void> | undefined
  #isClosing = false

  constructor(settings: ThreadSettings, writer: Writer, onFailure: (cause: GatewayError) => void) {
    this.#settings = settings
    this.#writer = writer
    this.#onFailure = onFailure
  }

  /**
   * Does not wait for the first time that reads do.
   * @throws GatewayError when the reader cannot start
   */
  async addReader(): Promise<void> {
    const reader: Reader = await SqliteThread.start(SCRIPT, this.#settings)
    reader.onFailure(this.#onFailure)
    this.#readers.push(reader)
  }

  read({ sql, parameters }: StatementMessage): Promise<Rows> {
    const [first, ...others] = this.#readers
    if (first === undefined) return this.#readBesideWrites({ sql, parameters })
    const reader = others.reduce(
      (least, other) => (other.pending < least.pending ? other : least),
      first,
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

  async #readBesideWrites(statement: StatementMessage): Promise<Rows> {
    if (this.#besideWrites >= MAX_READS_BESIDE_WRITES) this.#grow()
    this.#besideWrites += 1
    try {
      const rows = await this.#writer.read(statement)
      if (rows.length >= MANY_ROWS) this.#grow()
      return rows
    } finally {
      this.#besideWrites -= 1
    }
  }

  #grow(): void {
    if (this.#isClosing || this.#growing !== undefined || this.#readers.length >= MAX_READERS) {
      return
    }
    this.#growing = this.addReader()
      .catch(this.#onFailure)
      .finally(() => {
        this.#growing = undefined
      })
  }
}
