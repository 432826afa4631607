import { mkdir } from 'node:fs/promises'
import { resolve } from 'node:path'
import { GatewayError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import {
  MAX_ROWS_PER_WRITE,
  type Journal,
  type JournalTopic,
  type Readable,
  type WriteResult,
  type WriteStatement,
} from '../journal.ts'
import { migrate } from '../migrations/migrate.ts'
import { warnOfNewerSteps } from '../migrations/newer-steps.ts'
import { migrationDatabase } from './migration-database.ts'
import { asMessage, createQueryBuilder } from './query-builder.ts'
import { ReadPool } from './read-pool.ts'
import { Writer } from './writer.ts'

/**
 * Opens the journal of a data folder, made when it is not there: `journal.sqlite` and its lock.
 * @param options.isMostlyWritten its reads are short: no thread reads until many of them wait
 * @throws GatewayError DATA_FOLDER_IN_USE when another process holds the folder,
 *   JOURNAL_UNAVAILABLE when the files cannot be opened or brought to the present schema
 */
export async function openSqliteJournal(options: {
  readonly folder: string
  readonly isMostlyWritten?: boolean
  readonly log: Logger
}): Promise<Journal> {
  const folder = resolve(options.folder)
  await mkdir(folder, { recursive: true, mode: 0o700 }).catch((cause: unknown) => {
    throw new GatewayError('JOURNAL_UNAVAILABLE', `The folder ${folder} cannot be made`, { cause })
  })
  const writer = await Writer.start({ folder })
  try {
    const newer = await migrate(migrationDatabase(writer))
    if (newer.length > 0) warnOfNewerSteps(options.log, newer)
    const journal = new SqliteJournal(folder, writer, options.log)
    if (options.isMostlyWritten !== true) await journal.addReader()
    options.log.debug({ folder }, 'journal open')
    return journal
  } catch (cause) {
    await writer.stop()
    throw cause
  }
}

class SqliteJournal implements Journal {
  readonly engine = 'sqlite'
  readonly db = createQueryBuilder()
  readonly lost: Promise<GatewayError>
  readonly #writer: Writer
  readonly #log: Logger
  readonly #listeners = new Map<JournalTopic, Set<() => void>>()
  readonly #reading: ReadPool
  readonly #lose: (cause: GatewayError) => void
  #failure: GatewayError | undefined
  #closing: Promise<void> | undefined

  constructor(folder: string, writer: Writer, log: Logger) {
    this.#writer = writer
    this.#log = log
    this.#reading = new ReadPool({ folder }, writer, (cause) => this.#fail(cause))
    const { promise, resolve } = Promise.withResolvers<GatewayError>()
    this.lost = promise
    this.#lose = resolve
    writer.onFailure((cause) => this.#fail(cause))
  }

  /** @throws GatewayError when it cannot start */
  addReader(): Promise<void> {
    return this.#reading.addReader()
  }

  async write(statements: readonly WriteStatement[]): Promise<WriteResult> {
    this.#assertUsable()
    if (statements.length > MAX_ROWS_PER_WRITE) {
      throw new GatewayError('INTERNAL', `A write of more than ${MAX_ROWS_PER_WRITE} statements`)
    }
    const result = await this.#writer.write({
      statements: statements.map(({ query, expectRows }) => ({
        ...asMessage(query.compile()),
        ...(expectRows === undefined ? {} : { expectRows }),
      })),
    })
    if (result.committed) {
      const touched = new Set<JournalTopic>()
      for (const [index, { announce }] of statements.entries()) {
        if (announce !== undefined && (result.results[index]?.changed ?? 0) > 0) {
          touched.add(announce)
        }
      }
      for (const topic of touched) this.#announce(topic)
    }
    return result
  }

  async read<Row>(query: Readable<Row>): Promise<Row[]> {
    this.#assertUsable()
    return (await this.#reading.read(asMessage(query.compile()))) as Row[]
  }

  subscribe(topic: JournalTopic, listener: () => void): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set()
    this.#listeners.set(topic, listeners.add(listener))
    return () => void listeners.delete(listener)
  }

  close(): Promise<void> {
    this.#closing ??= this.#close()
    return this.#closing
  }

  async #close(): Promise<void> {
    // Readers first: the last connection to close empties the write-ahead log.
    await this.#reading.close()
    await this.#writer.stop()
  }

  #announce(topic: JournalTopic): void {
    for (const listener of this.#listeners.get(topic) ?? []) {
      try {
        listener()
      } catch (err) {
        this.#log.error({ err, topic }, 'journal subscriber failed')
      }
    }
  }

  #assertUsable(): void {
    if (this.#failure !== undefined) throw this.#failure
    if (this.#closing !== undefined) {
      throw new GatewayError('JOURNAL_UNAVAILABLE', 'The journal is closed')
    }
  }

  /** A thread died: what it would have answered is unknown, so nothing more is promised. */
  #fail(cause: GatewayError): void {
    if (this.#failure !== undefined) return
    this.#failure = cause
    this.#log.fatal({ err: cause, code: cause.code }, 'journal lost')
    this.#lose(cause)
  }
}
