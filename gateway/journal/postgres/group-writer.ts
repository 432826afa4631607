import type { WriteResult } from '../journal.ts'
import type { ConnectionPool } from './connection-pool.ts'
import type { Message } from './message.ts'
import { runMessage } from './transaction.ts'
import { writeMessage } from './writer.ts'

/** Messages of one commit, at most: what is sent at once stays within a few megabytes. */
const MAX_MESSAGES = 64

interface Waiting {
  readonly message: Message
  readonly resolve: (result: WriteResult) => void
  readonly reject: (cause: unknown) => void
}

/**
 * Group commit of messages that only add rows: those that come while one commit is under way go
 * together by the next one, in one round trip. One that is refused would undo those beside it, so
 * each of them is then written by itself.
 */
export class GroupWriter {
  readonly #pool: ConnectionPool
  readonly #waiting: Waiting[] = []
  #isWriting = false

  constructor(pool: ConnectionPool) {
    this.#pool = pool
  }

  /** @throws as `writeMessage` */
  write(message: Message): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ message, resolve, reject })
      if (!this.#isWriting) void this.#writeWaiting()
    })
  }

  async #writeWaiting(): Promise<void> {
    this.#isWriting = true
    while (this.#waiting.length > 0) {
      const group = this.#waiting.splice(0, MAX_MESSAGES)
      if (group.length > 1 && (await this.#writeTogether(group))) continue
      await Promise.all(group.map((waiting) => this.#writeAlone(waiting)))
    }
    this.#isWriting = false
  }

  /** @returns false when nothing of the group was written */
  async #writeTogether(group: readonly Waiting[]): Promise<boolean> {
    const connection = await this.#pool.take().catch(() => undefined)
    if (connection === undefined) return false
    const attempt = await runMessage(connection, together(group), () => [])
    if (
      attempt.outcome === 'unknown' ||
      (attempt.outcome === 'again' && attempt.isConnectionLost)
    ) {
      this.#pool.drop(connection)
    } else {
      this.#pool.giveBack(connection)
    }
    if (attempt.outcome === 'unknown') {
      for (const { reject } of group) reject(attempt.cause)
      return true
    }
    if (attempt.outcome !== 'answered' || !attempt.result.committed) return false
    let from = 0
    for (const { message, resolve } of group) {
      const to = from + message.statements.length
      resolve({ committed: true, results: attempt.result.results.slice(from, to) })
      from = to
    }
    return true
  }

  async #writeAlone({ message, resolve, reject }: Waiting): Promise<void> {
    await writeMessage(this.#pool, message, () => []).then(resolve, reject)
  }
}

/** Locks of one kind are the same for all: each is taken once. */
function together(group: readonly Waiting[]): Message {
  const messages = group.map(({ message }) => message)
  const locks = new Map(messages.flatMap(({ locks }) => locks.map((lock) => [lock.text, lock])))
  return {
    statements: messages.flatMap(({ statements }) => statements),
    expectRows: messages.flatMap(({ expectRows }) => expectRows),
    locks: [...locks.values()],
    isPlainInsert: true,
    isAlone: false,
  }
}
