import { setTimeout as delay } from 'node:timers/promises'
import type { GatewayError } from '../../errors.ts'
import { abandon, type Connection } from './connect.ts'
import { asGatewayError, isRefused } from './postgres-failure.ts'

/** A server that restarts is waited for this long; after that, callers are told at once. */
const PATIENCE_MILLISECONDS = 5_000
const RETRY_MILLISECONDS = 100

interface Waiting {
  readonly resolve: (connection: Connection) => void
  readonly reject: (cause: GatewayError) => void
}

/**
 * Connections of one purpose, opened when they are wanted and kept. Whoever takes one gives it back
 * or, when it failed, drops it.
 */
export class ConnectionPool {
  readonly #open: () => Promise<Connection>
  readonly #size: number
  readonly #idle: Connection[] = []
  readonly #waiting: Waiting[] = []
  /** Taken, idle or being opened. */
  #count = 0
  #downSince: number | undefined
  #isClosed = false
  #onEmpty: (() => void) | undefined

  constructor(open: () => Promise<Connection>, size: number) {
    this.#open = open
    this.#size = size
  }

  /** @throws GatewayError JOURNAL_UNAVAILABLE when the server has been away for long, or refuses */
  take(): Promise<Connection> {
    const idle = this.#idle.pop()
    if (idle !== undefined) return Promise.resolve(idle)
    return new Promise((resolve, reject) => {
      this.#waiting.push({ resolve, reject })
      if (this.#count < this.#size) void this.#add()
    })
  }

  giveBack(connection: Connection): void {
    const next = this.#waiting.shift()
    if (next !== undefined) next.resolve(connection)
    else if (this.#isClosed) this.#end(connection)
    else this.#idle.push(connection)
  }

  /** Of a connection that was taken and has failed. */
  drop(connection: Connection): void {
    abandon(connection)
    this.#left()
    if (this.#waiting.length > 0) void this.#add()
  }

  /** Ends every connection once it has been given back; callers that wait are still served. */
  async close(): Promise<void> {
    this.#isClosed = true
    for (const connection of this.#idle.splice(0)) this.#end(connection)
    if (this.#count > 0) await new Promise<void>((resolve) => (this.#onEmpty = resolve))
  }

  async #add(): Promise<void> {
    this.#count += 1
    while (this.#waiting.length > 0) {
      try {
        const connection = await this.#open()
        this.#downSince = undefined
        connection.client.once('end', () => this.#forget(connection))
        this.giveBack(connection)
        return
      } catch (cause) {
        this.#downSince ??= performance.now()
        const isOver = performance.now() - this.#downSince >= PATIENCE_MILLISECONDS
        if (isRefused(cause) || isOver) this.#refuseAll(asGatewayError(cause))
        else await delay(RETRY_MILLISECONDS)
      }
    }
    this.#left()
  }

  #refuseAll(cause: GatewayError): void {
    for (const { reject } of this.#waiting.splice(0)) reject(cause)
  }

  /** The server ended a connection that nobody used. */
  #forget(connection: Connection): void {
    const index = this.#idle.indexOf(connection)
    if (index === -1) return
    this.#idle.splice(index, 1)
    this.#left()
  }

  #end(connection: Connection): void {
    abandon(connection)
    this.#left()
  }

  #left(): void {
    this.#count -= 1
    if (this.#count === 0) this.#onEmpty?.()
  }
}
