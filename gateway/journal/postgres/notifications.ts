import { randomUUID } from 'node:crypto'
import { setTimeout as delay } from 'node:timers/promises'
import type { Logger } from '../../logger.ts'
import type { JournalTopic } from '../journal.ts'
import { abandon, type Connection } from './connect.ts'
import type { Statement } from './message.ts'

const CHANNEL = 'raccord_journal'
/** Announcements of this time go together: a commit that carries one waits for all others. */
const TOGETHER_MILLISECONDS = 20
const RETRY_MILLISECONDS = 250
/** A connection that nothing comes by any more is found out by asking. */
const HEARTBEAT_MILLISECONDS = 5_000

interface ListeningConnection extends Connection {
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<false>
}

/** What one process tells the others, and hears of them, over one connection of its own. */
export class Notifications {
  /** By this it knows its own announcements: those its subscribers have heard already. */
  readonly #origin = randomUUID()
  readonly #open: () => Promise<Connection>
  readonly #log: Logger
  readonly #hear: (topic: JournalTopic) => void
  readonly #catchUp: () => void
  readonly #toTell = new Set<JournalTopic>()
  readonly #closed = new AbortController()
  #connection: ListeningConnection | undefined
  #telling: NodeJS.Timeout | undefined
  #running: Promise<void> = Promise.resolve()

  constructor(options: {
    readonly open: () => Promise<Connection>
    readonly log: Logger
    /** Another process has announced this. */
    readonly hear: (topic: JournalTopic) => void
    /** Announcements may have been missed. */
    readonly catchUp: () => void
  }) {
    this.#open = options.open
    this.#log = options.log
    this.#hear = options.hear
    this.#catchUp = options.catchUp
  }

  /** @throws what the driver says when the first connection fails */
  async start(): Promise<void> {
    await this.#connect()
    this.#running = this.#watch()
  }

  /** The announcement of a transaction, made by its commit. */
  inTransaction(topic: JournalTopic): Statement {
    return {
      name: 'raccord_notify',
      text: 'select pg_notify($1, $2)',
      values: [CHANNEL, `${this.#origin} ${topic}`],
    }
  }

  /** Soon, outside any transaction: a hundred commits a second are told in fifty announcements. */
  tellSoon(topic: JournalTopic): void {
    this.#toTell.add(topic)
    this.#telling ??= setTimeout(() => void this.#tell(), TOGETHER_MILLISECONDS)
  }

  /** Tells what is to be told, then ends. */
  async close(): Promise<void> {
    clearTimeout(this.#telling)
    await this.#tell()
    this.#closed.abort()
    await this.#running
    if (this.#connection !== undefined) abandon(this.#connection)
  }

  async #connect(): Promise<void> {
    const connection = await this.#open()
    const ended = new Promise<false>((resolve) => {
      connection.client.once('end', () => resolve(false))
    })
    try {
      connection.client.on('notification', ({ payload = '' }) => this.#received(payload))
      await connection.client.query(`listen ${CHANNEL}`)
    } catch (cause) {
      abandon(connection)
      throw cause
    }
    this.#connection = { ...connection, ended }
  }

  /** Holds the connection up until the journal is closed. */
  async #watch(): Promise<void> {
    const { signal } = this.#closed
    while (!signal.aborted) {
      const connection = this.#connection
      if (connection === undefined) {
        await this.#reconnect()
      } else if (!(await this.#isAlive(connection))) {
        this.#connection = undefined
        abandon(connection)
        if (!signal.aborted) this.#log.warn('the journal’s announcements are cut off')
      }
    }
  }

  /** @returns false once the connection has failed; true when nobody needs to know any more */
  async #isAlive({ client, ended }: ListeningConnection): Promise<boolean> {
    const pause = new AbortController()
    const end = (): void => pause.abort()
    this.#closed.signal.addEventListener('abort', end)
    try {
      const waited = delay(HEARTBEAT_MILLISECONDS, true as const, { signal: pause.signal })
      const isThere = await Promise.race([ended, waited.catch(() => true as const)])
      if (!isThere || this.#closed.signal.aborted) return isThere
      const slow = delay(HEARTBEAT_MILLISECONDS, false as const, { signal: pause.signal })
      return await Promise.race([
        ended,
        client.query('select 1').then(
          () => true,
          () => false,
        ),
        slow.catch(() => true as const),
      ])
    } finally {
      pause.abort()
      this.#closed.signal.removeEventListener('abort', end)
    }
  }

  async #reconnect(): Promise<void> {
    try {
      await this.#connect()
      this.#log.info('the journal’s announcements are heard again')
      this.#catchUp()
      await this.#tell()
    } catch {
      await delay(RETRY_MILLISECONDS, undefined, { signal: this.#closed.signal }).catch(() => {})
    }
  }

  #received(payload: string): void {
    const [origin, topic] = payload.split(' ')
    if (origin !== this.#origin) this.#hear(topic as JournalTopic)
  }

  /** What cannot be told now is told after the next connection. */
  async #tell(): Promise<void> {
    this.#telling = undefined
    const connection = this.#connection
    if (connection === undefined) return
    const topics = [...this.#toTell]
    this.#toTell.clear()
    try {
      const told = topics.map((topic) => connection.client.query(this.inTransaction(topic)))
      await Promise.all(told)
    } catch {
      for (const topic of topics) this.#toTell.add(topic)
    }
  }
}
