import type { Kysely } from 'kysely'
import { GatewayError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'
import type { Journal, JournalTopic, Readable, WriteResult, WriteStatement } from '../journal.ts'
import type { JournalSchema } from '../schema.ts'
import type { ColumnTypes } from './bulk-inserts.ts'
import { connect, type ConnectionPurpose } from './connect.ts'
import { ConnectionPool } from './connection-pool.ts'
import { GroupWriter } from './group-writer.ts'
import { asMessage, asStatement, type Message } from './message.ts'
import { Notifications } from './notifications.ts'
import { prepareDatabase } from './prepare-database.ts'
import { createQueryBuilder } from './query-builder.ts'
import { readRows } from './reader.ts'
import { StatementNames } from './statement-names.ts'
import { writeMessage } from './writer.ts'

/** Connections of a process, at most: with the one that listens, eleven. */
const WRITERS = 6
const READERS = 4

/**
 * Opens the journal in a PostgreSQL database, which several processes may share; its tables are
 * made when they are not there.
 * @throws GatewayError JOURNAL_UNAVAILABLE when the server cannot be reached or refuses, is older
 *   than version 15, or cannot be brought to the present schema
 */
export async function openPostgresJournal(options: {
  /** `postgres://user:password@host:port/database`. */
  readonly url: string
  readonly log: Logger
}): Promise<Journal> {
  const { url, log } = options
  const types = await prepareDatabase(url, log)
  const journal = new PostgresJournal(url, log, types)
  await journal.start()
  return journal
}

class PostgresJournal implements Journal {
  readonly engine = 'postgres'
  readonly db: Kysely<JournalSchema>
  /** A server that is gone may come back: nothing is ever lost for good. */
  readonly lost = new Promise<GatewayError>(() => {})
  readonly #log: Logger
  readonly #names = new StatementNames()
  readonly #writers: ConnectionPool
  readonly #readers: ConnectionPool
  readonly #group: GroupWriter
  readonly #notifications: Notifications
  readonly #listeners = new Map<JournalTopic, Set<() => void>>()
  readonly #inHand = new Set<Promise<unknown>>()
  #closing: Promise<void> | undefined

  constructor(url: string, log: Logger, types: ColumnTypes) {
    this.#log = log
    this.db = createQueryBuilder(types)
    const open = (purpose: ConnectionPurpose) => () => connect(url, purpose)
    this.#writers = new ConnectionPool(open('write'), WRITERS)
    this.#readers = new ConnectionPool(open('read'), READERS)
    this.#group = new GroupWriter(this.#writers)
    this.#notifications = new Notifications({
      open: open('listen'),
      log,
      hear: (topic) => this.#announce(topic),
      catchUp: () => {
        for (const topic of this.#listeners.keys()) this.#announce(topic)
      },
    })
  }

  start(): Promise<void> {
    return this.#notifications.start()
  }

  async write(statements: readonly WriteStatement[]): Promise<WriteResult> {
    this.#assertOpen()
    const message = asMessage(statements, this.#names)
    return this.#track(this.#write(message, statements))
  }

  async read<Row>(query: Readable<Row>): Promise<Row[]> {
    this.#assertOpen()
    const statement = asStatement(query.compile(), this.#names)
    return this.#track(readRows<Row>(this.#readers, statement))
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
    await Promise.allSettled(this.#inHand)
    await Promise.all([this.#writers.close(), this.#readers.close(), this.#notifications.close()])
  }

  async #write(message: Message, statements: readonly WriteStatement[]): Promise<WriteResult> {
    // What runs alone is told to the others by its commit: rights and connections count at once.
    // An announcement makes every commit wait for the others', so all else is told soon afterwards.
    const tellsByCommit = message.isAlone
    const result = message.isPlainInsert
      ? await this.#group.write(message)
      : await writeMessage(this.#writers, message, (committed) =>
          tellsByCommit
            ? topicsOf(statements, committed).map((topic) =>
                this.#notifications.inTransaction(topic),
              )
            : [],
        )
    if (!result.committed) return result
    for (const topic of topicsOf(statements, result)) {
      if (!tellsByCommit) this.#notifications.tellSoon(topic)
      this.#announce(topic)
    }
    return result
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

  async #track<Answer>(work: Promise<Answer>): Promise<Answer> {
    this.#inHand.add(work)
    try {
      return await work
    } finally {
      this.#inHand.delete(work)
    }
  }

  #assertOpen(): void {
    if (this.#closing !== undefined) {
      throw new GatewayError('JOURNAL_UNAVAILABLE', 'The journal is closed')
    }
  }
}

/** What a message has changed that somebody follows. */
function topicsOf(
  statements: readonly WriteStatement[],
  { results }: Extract<WriteResult, { committed: true }>,
): readonly JournalTopic[] {
  const touched = new Set<JournalTopic>()
  for (const [index, { announce }] of statements.entries()) {
    if (announce !== undefined && (results[index]?.changed ?? 0) > 0) touched.add(announce)
  }
  return [...touched]
}
