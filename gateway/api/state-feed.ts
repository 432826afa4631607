import type { Actor } from '../accounts/actor.ts'
import { can } from '../accounts/permissions.ts'
import { alertDocument } from '../alerts/alert-document.ts'
import type { Journal } from '../journal/journal.ts'
import type { ClockControl } from '../journaled-clock.ts'
import type { Qualification, RunDocument } from '../qualification/qualification.ts'
import { readSessions, type SessionDocument } from '../sessions/session-documents.ts'
import { structuresVisible } from './access.ts'

/** Topics of which each event says what a thing is now, whole. */
export const STATE_TOPICS = ['runs', 'alerts', 'sessions'] as const
export type StateTopic = (typeof STATE_TOPICS)[number]

/** What a run, an alert or a session is now. */
export interface StateEvent {
  readonly name: 'run' | 'alert' | 'session'
  readonly data: unknown
}

export interface StateFeedOptions {
  readonly journal: Journal
  readonly clock: Pick<ClockControl, 'offsetMilliseconds'>
  readonly qualification: Pick<Qualification, 'list'>
  readonly topics: ReadonlySet<StateTopic>
  /** System time until which the reader was told; undefined: he was told nothing yet. */
  readonly toldUntil: number | undefined
}

/** A thing, and what of it makes it worth telling again. */
interface Seen extends StateEvent {
  readonly id: string
  readonly mark: string
}

/** Of each topic, the newest. */
const MAX_EACH = 200
/** What ended shortly before it was looked at last may have been written after. */
const OVERLAP_MILLISECONDS = 5_000

/**
 * Tells everything that goes on, then what of it changes; who comes back is told also of what ended
 * meanwhile. One that ended within the overlap may be told twice; it says the same.
 */
export class StateFeed {
  readonly #options: StateFeedOptions
  /** What was told of each, by id. */
  #told: ReadonlyMap<string, string> = new Map()
  #toldUntil: number | undefined

  constructor(options: StateFeedOptions) {
    this.#options = options
    this.#toldUntil = options.toldUntil
  }

  /** System time until which the reader has been told; undefined without such topics. */
  get toldUntil(): number | undefined {
    return this.#toldUntil
  }

  /** What changed since the last call, that `actor` may see; the first time all that goes on. */
  async changes(actor: Actor): Promise<readonly StateEvent[]> {
    const { topics } = this.#options
    if (topics.size === 0) return []
    const now = Date.now()
    const since = this.#toldUntil === undefined ? now : this.#toldUntil - OVERLAP_MILLISECONDS
    const found = await Promise.all([
      topics.has('runs') ? this.#runs(actor, since) : [],
      topics.has('alerts') ? this.#alerts(actor, since) : [],
      topics.has('sessions') ? this.#sessions(actor, since) : [],
    ])
    const seen = found.flat()
    const told = this.#told
    this.#told = new Map(seen.map(({ id, mark }) => [id, mark]))
    this.#toldUntil = now
    return seen.filter(({ id, mark }) => told.get(id) !== mark)
  }

  async #runs(actor: Actor, since: number): Promise<Seen[]> {
    const sirets = structuresVisible(actor, 'run.show')
    const runs = await this.#options.qualification.list({ sirets, limit: MAX_EACH })
    return runs
      .filter(({ endedAt }) => endedAt === null || Date.parse(endedAt) >= since)
      .map((run) => {
        const data = runData(run)
        return { name: 'run', id: run.id, mark: JSON.stringify(data), data }
      })
  }

  async #alerts(actor: Actor, since: number): Promise<Seen[]> {
    if (!can(actor, 'alert.show')) return []
    const { journal } = this.#options
    const rows = await journal.read(
      journal.db
        .selectFrom('alerts')
        .selectAll()
        .where((where) => where.or([where('state', '=', 'OPEN'), where('changed_at', '>=', since)]))
        .orderBy('id', 'desc')
        .limit(MAX_EACH),
    )
    return rows.map((row) => {
      const data = alertDocument(row)
      return { name: 'alert', id: row.id, mark: JSON.stringify(data), data }
    })
  }

  async #sessions(actor: Actor, since: number): Promise<Seen[]> {
    const { journal, clock } = this.#options
    const sessions = await readSessions(journal, {
      sirets: structuresVisible(actor, 'exchange.show'),
      endedSince: since + clock.offsetMilliseconds,
      limit: MAX_EACH,
    })
    return sessions.map((data) => ({ name: 'session', id: data.id, mark: markOf(data), data }))
  }
}

/** Bytes alone are not worth telling: they change every second. */
const markOf = ({ connectionId, endedAt, doing, cut }: SessionDocument): string =>
  JSON.stringify([connectionId, endedAt, doing, cut])

/** How far a run is; its steps are told by `/runs/{id}/events`. */
function runData({ id, scenario, connectionId, state, startedAt, endedAt, steps }: RunDocument) {
  const step = steps.find((one) => one.state === 'RUNNING')
  return {
    id,
    scenario: scenario.id,
    connectionId,
    state,
    startedAt,
    endedAt,
    steps: steps.length,
    step: step === undefined ? null : { ordinal: step.ordinal, kind: step.kind, say: step.say },
  }
}
