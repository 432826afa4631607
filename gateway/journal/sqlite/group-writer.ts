import type { DatabaseSync } from 'node:sqlite'
import { GatewayError } from '../../errors.ts'
import { MAX_ROWS_PER_WRITE, type WriteResult } from '../journal.ts'
import { describeFailure, isUniqueTaken } from './sqlite-failure.ts'
import { StatementCache } from './statement-cache.ts'
import type { Rows, StatementMessage, WriteReply, WriteRequest } from './thread-messages.ts'

/** A group stops taking messages here, so that the first of them does not wait for long. */
const MAX_MESSAGES_PER_GROUP = 256
const MAX_ROWS_PER_GROUP = 4_000

type StatementResult = Extract<WriteResult, { committed: true }>['results'][number]

/**
 * Group commit: every message that waits goes into one transaction, each under its own savepoint,
 * and one fsync makes them all durable. The only writer of its database.
 */
export class GroupWriter {
  readonly #database: DatabaseSync
  readonly #statements: StatementCache
  #rowsInGroup = 0

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#statements = new StatementCache(database)
  }

  /**
   * Writes `first` and what `next` gives until it has no more, as one commit.
   * @returns one reply a message, in order, to be sent only now that all is durable
   */
  write(first: WriteRequest, next: () => WriteRequest | undefined): readonly WriteReply[] {
    const group: WriteRequest[] = []
    const replies: WriteReply[] = []
    this.#rowsInGroup = 0
    try {
      this.#control('begin immediate')
      let request: WriteRequest | undefined = first
      while (request !== undefined) {
        group.push(request)
        replies.push(this.#writeOne(request))
        request = this.#isFull(group.length) ? undefined : next()
      }
      this.#control('commit')
      return replies
    } catch (cause) {
      // The commit failed, or the engine gave up the whole transaction: nobody's write exists.
      if (this.#database.isTransaction) this.#control('rollback')
      const failure = describeFailure(cause)
      const lost = group.length === 0 ? [first] : group
      return lost.map(({ id }) => ({ id, failure }))
    }
  }

  /** Runs the statements outside any group, in whatever transaction they open themselves. */
  runScript({ id, statements }: WriteRequest): WriteReply {
    try {
      const results = statements.map((statement) => this.#run(statement))
      return { id, answer: { committed: true, results } }
    } catch (cause) {
      return { id, failure: describeFailure(cause) }
    }
  }

  #isFull(messages: number): boolean {
    return messages >= MAX_MESSAGES_PER_GROUP || this.#rowsInGroup >= MAX_ROWS_PER_GROUP
  }

  #control(sql: string): void {
    this.#statements.prepare(sql).statement.run()
  }

  /** @throws what ended the whole transaction; every other failure is a reply */
  #writeOne({ id, statements }: WriteRequest): WriteReply {
    this.#control('savepoint message')
    const results: StatementResult[] = []
    let rows = 0
    try {
      for (const statement of statements) {
        const result = this.#run(statement)
        if (statement.expectRows !== undefined && result.changed !== statement.expectRows) {
          this.#undo()
          return { id, answer: { committed: false, failedAt: results.length, reason: 'guard' } }
        }
        results.push(result)
        rows += result.changed
        if (rows > MAX_ROWS_PER_WRITE) {
          throw new GatewayError('INTERNAL', `A write changed more than ${MAX_ROWS_PER_WRITE} rows`)
        }
      }
      this.#control('release message')
      this.#rowsInGroup += rows
      return { id, answer: { committed: true, results } }
    } catch (cause) {
      if (!this.#database.isTransaction) throw cause
      this.#undo()
      return isUniqueTaken(cause)
        ? { id, answer: { committed: false, failedAt: results.length, reason: 'unique' } }
        : { id, failure: describeFailure(cause) }
    }
  }

  #run({ sql, parameters }: StatementMessage): StatementResult {
    const { statement, returnsRows } = this.#statements.prepare(sql)
    if (returnsRows) {
      const rows = statement.all(...parameters) as Rows
      return { changed: rows.length, rows }
    }
    return { changed: Number(statement.run(...parameters).changes), rows: [] }
  }

  #undo(): void {
    this.#control('rollback to message')
    this.#control('release message')
  }
}
