import { sql } from 'kysely'
import { EPOCH_MARK } from '../config/flow-name.ts'
import type { Actor } from './accounts/actor.ts'
import { auditStatement } from './accounts/audit.ts'
import type { Clock } from './clock.ts'
import { GatewayError } from './errors.ts'
import { FLOW_STATES, type FlowState } from './flow-states.ts'
import type { ConnectionId, Environment, FlowId } from './flow.ts'
import { idsFrom } from './ids.ts'
import type { Journal } from './journal/journal.ts'

/** What may come again: identifiers of flows, numbers of invoices; of one connection or of all. */
export interface NewEpoch {
  readonly connectionId: ConnectionId | undefined
  readonly flows: boolean
  readonly invoices: boolean
}

export interface EpochResult {
  /** From 1. */
  readonly epoch: number
  /** Decided flows whose identifier is free again. */
  readonly flows: number
  /** Numbers of invoices that are free again. */
  readonly invoices: number
  /** Flows that are not decided: they keep their identifier and their numbers. */
  readonly undecided: number
}

const FACT = 'uniqueness-epoch'
const FLOWS_PER_WRITE = 400
const NUMBERS_PER_WRITE = 1_000
/** Another one begins at the same time: so many times at most. */
const MAX_TRIES = 20
const DECIDED = (Object.keys(FLOW_STATES) as FlowState[]).filter(
  (state) => FLOW_STATES[state].isFinal,
)

/**
 * Begins an epoch of uniqueness (decisions B, D12): what decided flows hold may come again. They keep
 * all they have; the number of the epoch is put to the identifiers they give up (`SIM…42~3`), and their
 * timelines say so. In slices, so that it holds up nobody: what comes meanwhile is of the new epoch, and
 * holds what it brings. What is cut short is carried on by the next.
 * @throws GatewayError NOT_IN_PRODUCTION
 */
export async function beginEpoch(
  parts: { readonly journal: Journal; readonly clock: Clock; readonly environment: Environment },
  asked: NewEpoch,
  by: Actor,
): Promise<EpochResult> {
  const { journal, clock, environment } = parts
  if (environment === 'production') {
    throw new GatewayError('NOT_IN_PRODUCTION', 'Uniqueness is not reset in production.')
  }
  const epoch = await nextEpoch(journal, clock, asked, by)
  const former = { connectionId: asked.connectionId, before: idsFrom('flw', Date.now() + 1) }
  const invoices = asked.invoices ? await freeNumbers(journal, former) : 0
  const mark = { epoch, by: by.name, now: clock.now() }
  const flows = asked.flows ? await freeIdentifiers(journal, former, mark) : 0
  const undecided = await countUndecided(journal, asked.connectionId)
  return { epoch, flows, invoices, undecided }
}

/** Flows of the epochs before. */
interface Former {
  readonly connectionId: ConnectionId | undefined
  readonly before: FlowId
}

/** Counts it, and says in the audit who wanted it. */
async function nextEpoch(
  journal: Journal,
  clock: Clock,
  asked: NewEpoch,
  by: Actor,
): Promise<number> {
  const { db } = journal
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const [fact] = await journal.read(
      db.selectFrom('facts').select('value').where('name', '=', FACT),
    )
    const epoch = Number(fact?.value ?? 0) + 1
    const value = String(epoch)
    const { committed } = await journal.write([
      {
        query:
          fact === undefined
            ? db.insertInto('facts').values({ name: FACT, value })
            : db
                .updateTable('facts')
                .set({ value })
                .where('name', '=', FACT)
                .where('value', '=', fact.value),
        expectRows: 1,
      },
      auditStatement(journal, clock.now(), by, {
        action: 'uniqueness.reset',
        objectKind: asked.connectionId === undefined ? 'gateway' : 'connection',
        objectId: asked.connectionId ?? 'gateway',
        after: { epoch, flows: asked.flows, invoices: asked.invoices },
      }),
    ])
    if (committed) return epoch
  }
  throw new GatewayError('INTERNAL', 'Too many epochs of uniqueness begin at once.')
}

async function freeNumbers(journal: Journal, { connectionId, before }: Former): Promise<number> {
  const { db } = journal
  let held = db
    .selectFrom('invoice_numbers')
    .innerJoin('flows', 'flows.id', 'invoice_numbers.flow_id')
    .select('invoice_numbers.key')
    .where('flows.state', 'in', DECIDED)
    .where('flows.id', '<', before)
    .limit(NUMBERS_PER_WRITE)
  if (connectionId !== undefined) held = held.where('flows.connection_id', '=', connectionId)
  let freed = 0
  for (;;) {
    const result = await journal.write([
      { query: db.deleteFrom('invoice_numbers').where('key', 'in', held) },
    ])
    const changed = result.committed ? (result.results[0]?.changed ?? 0) : 0
    freed += changed
    if (changed < NUMBERS_PER_WRITE) return freed
  }
}

/** Replays are left out: their numbers are the platform's, which no partner sends. */
async function freeIdentifiers(
  journal: Journal,
  { connectionId, before }: Former,
  { epoch, by, now }: { readonly epoch: number; readonly by: string; readonly now: number },
): Promise<number> {
  const { db } = journal
  const mark = `${EPOCH_MARK}${epoch}`
  let held = db
    .selectFrom('flows')
    .select(['id', 'flow_identifier'])
    .where('state', 'in', DECIDED)
    .where('id', '<', before)
    .where('replay_of', 'is', null)
    .where('flow_identifier', 'not like', `%${EPOCH_MARK}%`)
    // One that came again in this epoch, from a machine whose clock is behind.
    .where((where) =>
      where.not(
        where.exists(
          where
            .selectFrom('flows as former')
            .select('former.id')
            .where(
              'former.flow_identifier',
              '=',
              sql<string>`flows.flow_identifier || ${sql.lit(mark)}`,
            ),
        ),
      ),
    )
    .orderBy('id')
    .limit(FLOWS_PER_WRITE)
  if (connectionId !== undefined) held = held.where('connection_id', '=', connectionId)
  let freed = 0
  let after = ''
  for (;;) {
    const rows = await journal.read(held.where(sql<string>`id`, '>', after))
    const last = rows.at(-1)
    if (last === undefined) return freed
    const ids = rows.map(({ id }) => id)
    const { committed } = await journal.write([
      {
        query: db
          .updateTable('flows')
          .set({ flow_identifier: sql<string>`flow_identifier || ${sql.lit(mark)}` })
          .where('id', 'in', ids)
          .where('flow_identifier', 'not like', `%${EPOCH_MARK}%`),
        expectRows: ids.length,
        announce: 'flows',
      },
      {
        query: db.insertInto('flow_events').values(
          rows.map(({ id, flow_identifier }) => ({
            flow_id: id,
            at: now,
            stage: 'intake',
            outcome: 'identifier free again',
            milliseconds: 0,
            detail_json: JSON.stringify({ identifier: flow_identifier, epoch, by }),
          })),
        ),
      },
    ])
    // Another epoch took some of them meanwhile: those that are left are read again.
    if (!committed) continue
    freed += ids.length
    after = last.id
  }
}

async function countUndecided(
  journal: Journal,
  connectionId: ConnectionId | undefined,
): Promise<number> {
  let query = journal.db
    .selectFrom('flows')
    .select((all) => all.fn.countAll().as('count'))
    .where('state', 'not in', DECIDED)
  if (connectionId !== undefined) query = query.where('connection_id', '=', connectionId)
  const [row] = await journal.read(query)
  return Number(row?.count ?? 0)
}
