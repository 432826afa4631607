import type { Connection } from '../connections/connection.ts'
import type { Hook, HookEvent } from '../connections/hook-overrides.ts'
import type { FlowState } from '../flow-states.ts'
import type { ConnectionId, FlowId } from '../flow.ts'
import { newId } from '../ids.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import { settledEvents } from '../journal/settled-events.ts'
import { callsOfStatus, selectWaitingStatuses } from './invoice-calls.ts'
import type { NewCall } from './new-call.ts'

/** Up to where events have been looked at. */
const CURSOR = 'hooks.cursor'
const EVENTS_PER_ROUND = 200
/** Each with the calls of ten hooks at most: well under the journal's bound. */
const STATUSES_PER_ROUND = 100
/** With no hook anywhere, where the journal stands is noted this often. */
const IDLE_NOTE_MILLISECONDS = 60_000

/**
 * Makes a call of each thing that happened to a flow of a connection with hooks, once, whoever looks:
 * the calls and the place reached are one message, which only one process gets through.
 */
export class HookCollector {
  readonly #journal: Journal
  readonly #list: () => readonly Connection[]
  #notedAt = Number.NEGATIVE_INFINITY

  constructor(journal: Journal, list: () => readonly Connection[]) {
    this.#journal = journal
    this.#list = list
  }

  /** @returns how many calls were made */
  async collect(): Promise<number> {
    const hooked = new Map(
      this.#list().flatMap((one) =>
        (one.overrides.hooks ?? []).length === 0 ? [] : [[one.id, one] as const],
      ),
    )
    const ofInvoices = await this.#collectStatuses(hooked)
    if (hooked.size === 0) return this.#note()
    let made = ofInvoices
    for (;;) {
      const cursor = await this.#cursor()
      const latest = await this.#latest()
      // The first hook there ever is begins with what happens from now on.
      if (cursor === undefined) return this.#moveCursor(undefined, latest, [])
      if (latest <= cursor) return made
      const rows = await this.#events(cursor, latest)
      const to = rows.length < EVENTS_PER_ROUND ? latest : rows.at(-1)!.id
      const calls = rows.flatMap((row) => callsOf(row, hooked.get(row.connection_id)))
      made += await this.#moveCursor(
        cursor,
        to,
        calls.map((call) => this.#insert(call)),
      )
    }
  }

  /** Statuses that wait, a slice at a time; a slice goes with its calls, which one process gets through. */
  async #collectStatuses(hooked: ReadonlyMap<ConnectionId, Connection>): Promise<number> {
    const { db } = this.#journal
    let made = 0
    for (;;) {
      const rows = await this.#journal.read(
        selectWaitingStatuses(this.#journal, STATUSES_PER_ROUND),
      )
      if (rows.length === 0) return made
      const calls = rows.flatMap((row) =>
        callsOfStatus(row, hooked.get(row.connection_id)?.overrides.hooks ?? []),
      )
      const { committed } = await this.#journal.write([
        ...rows.map(({ flow_id, ordinal, sequence }) => ({
          query: db
            .deleteFrom('hook_items')
            .where('flow_id', '=', flow_id)
            .where('ordinal', '=', ordinal)
            .where('sequence', '=', sequence),
          expectRows: 1,
        })),
        ...calls.map((call) => this.#insert(call)),
      ])
      if (!committed) return made
      made += calls.length
      if (rows.length < STATUSES_PER_ROUND) return made
    }
  }

  async #note(): Promise<number> {
    if (performance.now() - this.#notedAt < IDLE_NOTE_MILLISECONDS) return 0
    this.#notedAt = performance.now()
    const cursor = await this.#cursor()
    if (cursor !== undefined) await this.#moveCursor(cursor, await this.#latest(), [])
    return 0
  }

  async #cursor(): Promise<number | undefined> {
    const { db } = this.#journal
    const [row] = await this.#journal.read(
      db.selectFrom('facts').select('value').where('name', '=', CURSOR),
    )
    return row === undefined ? undefined : Number(row.value)
  }

  async #latest(): Promise<number> {
    return (await this.#journal.read(settledEvents(this.#journal)))[0]?.id ?? 0
  }

  async #moveCursor(
    from: number | undefined,
    to: number,
    inserts: readonly WriteStatement[],
  ): Promise<number> {
    const { db } = this.#journal
    const value = String(to)
    const move =
      from === undefined
        ? db.insertInto('facts').values({ name: CURSOR, value })
        : db
            .updateTable('facts')
            .set({ value })
            .where('name', '=', CURSOR)
            .where('value', '=', String(from))
    const result = await this.#journal.write([{ query: move, expectRows: 1 }, ...inserts])
    return result.committed ? inserts.length : 0
  }

  #events(after: number, until: number) {
    return this.#journal.read(
      this.#journal.db
        .selectFrom('flow_events')
        .innerJoin('flows', 'flows.id', 'flow_events.flow_id')
        .select([
          'flow_events.id as id',
          'flow_events.at as at',
          'flow_events.stage as event_stage',
          'flow_events.outcome as outcome',
          'flow_events.detail_json as detail_json',
          'flows.id as flow_id',
          'flows.connection_id as connection_id',
          'flows.flow_identifier as flow_identifier',
          'flows.interface_code as interface_code',
          'flows.application_code as application_code',
          'flows.file_name as file_name',
          'flows.state as state',
          'flows.total as total',
          'flows.integrated as integrated',
          'flows.refused as refused',
        ])
        .where('flow_events.id', '>', after)
        .where('flow_events.id', '<=', until)
        .orderBy('flow_events.id')
        .limit(EVENTS_PER_ROUND),
    )
  }

  #insert({ connectionId, flowId, hook, key, body }: NewCall): WriteStatement {
    const now = Date.now()
    return {
      query: this.#journal.db
        .insertInto('hook_calls')
        .values({
          id: newId('hok'),
          connection_id: connectionId,
          flow_id: flowId,
          hook,
          key,
          body_json: JSON.stringify(body),
          state: 'WAITING',
          attempts: 0,
          next_attempt_at: now,
          created_at: now,
        })
        .onConflict((conflict) => conflict.columns(['flow_id', 'hook', 'key']).doNothing()),
    }
  }
}

/** An event with the flow it is of, as it is now. */
interface EventRow {
  readonly id: number
  readonly at: number
  readonly event_stage: string
  readonly outcome: string
  readonly detail_json: string
  readonly flow_id: FlowId
  readonly connection_id: ConnectionId
  readonly flow_identifier: string
  readonly interface_code: string
  readonly application_code: string
  readonly file_name: string
  readonly state: FlowState
  readonly total: number
  readonly integrated: number
  readonly refused: number
}

function callsOf(row: EventRow, connection: Connection | undefined): readonly NewCall[] {
  const { event, key } = eventOf(row)
  if (event === undefined) return []
  const body = {
    event,
    at: new Date(row.at).toISOString(),
    flow: {
      id: row.flow_id,
      number: row.flow_identifier,
      state: row.state,
      interfaceCode: row.interface_code,
      applicationCode: row.application_code,
      connectionId: row.connection_id,
      fileName: row.file_name,
      invoices: { total: row.total, integrated: row.integrated, incorrect: row.refused },
    },
  }
  return (connection?.overrides.hooks ?? []).flatMap((hook: Hook, index) =>
    hook.on.includes(event)
      ? [{ connectionId: row.connection_id, flowId: row.flow_id, hook: index, key, body }]
      : [],
  )
}

const RETURN_EVENTS: Readonly<Record<string, HookEvent>> = {
  delivered: 'RETURN_DELIVERED',
  'given-up': 'RETURN_FAILED',
}

/** The state that a flow has come into by the time it passed a stage, however soon it went on. */
const STATE_AFTER: Readonly<Record<string, FlowState>> = {
  intake: 'IN_RECU',
  technical: 'IN_TRAITE_SE_CPP',
  extraction: 'IN_EN_ATTENTE_TRAITEMENT_CPP',
  format: 'IN_EN_COURS_TRAITEMENT_CPP',
}
const PASSED: ReadonlySet<string> = new Set(['passed', 'received', 'replayed'])

/** What happened: the state that goes with the stage passed, else the one the flow is in. */
function eventOf(row: EventRow): { readonly event: HookEvent | undefined; readonly key: string } {
  if (row.event_stage !== 'delivery') {
    const passed = PASSED.has(row.outcome) ? STATE_AFTER[row.event_stage] : undefined
    const event = passed ?? row.state
    return { event, key: event }
  }
  const event = RETURN_EVENTS[row.outcome]
  const { returnFlowId, attempt } = JSON.parse(row.detail_json) as {
    readonly returnFlowId?: string
    readonly attempt?: number
  }
  // Of one that is fetched again and again, each time is another event: its own number tells.
  return { event, key: `${event} ${returnFlowId}.${attempt ?? row.id}` }
}
