import type { ConnectionId, SessionId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { RecordedSession } from './recorded-session.ts'

export interface SessionCutterOptions {
  readonly journal: Journal
  readonly log: Logger
  /** Those of this process. */
  readonly open: ReadonlyMap<SessionId, RecordedSession>
  /** Why sessions of a connection are cut; undefined: they go on. */
  readonly blockedBecause?: (id: ConnectionId) => string | undefined
}

/** Another process may have asked: half of what a cut may take. */
const POLL_MILLISECONDS = 500

/** Cuts the sessions of this process that somebody asked to have cut, whichever process he asked. */
export class SessionCutter {
  readonly #options: SessionCutterOptions
  readonly #unsubscribe: () => void
  readonly #timer: NodeJS.Timeout | undefined
  #isLooking = false
  #isAsked = false
  #isOver = false

  constructor(options: SessionCutterOptions) {
    this.#options = options
    const { journal } = options
    this.#unsubscribe = journal.subscribe('session-cuts', () => this.#ask())
    // Where several processes write, a message may be lost: it is looked for as well.
    if (journal.engine !== 'sqlite') {
      this.#timer = setInterval(() => this.#ask(), POLL_MILLISECONDS)
      this.#timer.unref()
    }
  }

  /** Cuts those of connections that are blocked by now. */
  cutBlocked(): void {
    const { open, blockedBecause } = this.#options
    if (blockedBecause === undefined) return
    for (const session of open.values()) {
      const { connectionId } = session
      const reason = connectionId === null ? undefined : blockedBecause(connectionId)
      if (reason !== undefined) this.#cut(session, reason)
    }
  }

  close(): void {
    this.#isOver = true
    this.#unsubscribe()
    clearInterval(this.#timer)
  }

  /** One look at a time; who asks meanwhile is served by the next. */
  #ask(): void {
    this.#isAsked = true
    if (this.#isLooking || this.#isOver || this.#options.open.size === 0) return
    this.#isLooking = true
    void this.#look().finally(() => {
      this.#isLooking = false
    })
  }

  async #look(): Promise<void> {
    const { journal, open, log } = this.#options
    while (this.#isAsked && !this.#isOver) {
      this.#isAsked = false
      try {
        const rows = await journal.read(
          journal.db
            .selectFrom('sessions')
            .select(['id', 'cut_json'])
            .where('ended_at', 'is', null)
            .where('cut_json', 'is not', null),
        )
        for (const { id, cut_json: asked } of rows) {
          const session = open.get(id)
          if (session === undefined || asked === null) continue
          const { by, reason } = JSON.parse(asked) as { readonly by: string; reason: string }
          this.#cut(session, `cut by ${by}${reason === '' ? '' : `: ${reason}`}`)
        }
      } catch (err) {
        if (!this.#isOver) log.warn({ err }, 'sessions to be cut could not be read')
      }
    }
  }

  #cut(session: RecordedSession, reason: string): void {
    this.#options.log.warn({ sessionId: session.id, reason }, 'session cut')
    session.cut(reason)
  }
}
