import { sql, type RawBuilder, type Selectable } from 'kysely'
import type { DeliveryFailure } from '../../protocols/return-flow-sender.ts'
import type { ConnectionId, FlowId, Proof, ProtocolName, ReturnFlowId } from '../flow.ts'
import type { ReturnFlowsTable } from '../journal/delivery-tables.ts'
import type { Journal, Readable, WriteStatement } from '../journal/journal.ts'
import { onceDelivered, releaseOvertaken } from './delivered-statements.ts'

/**
 * The statements of pushing: who has something due, claims under a lease, and how an attempt ends.
 * States stand as literals, so that the partial indexes serve them.
 */

export type PushJournal = Pick<Journal, 'db' | 'engine'>
export type ClaimedReturn = Selectable<ReturnFlowsTable>

/** Who holds a return flow while it is SENDING: both must fit, or the lease went to somebody else. */
export interface PushLease {
  readonly id: ReturnFlowId
  readonly token: string
}

/** First part of the two-part keys under which partners are locked: the text PUSH. */
const PARTNER_LOCKS = 0x50_55_53_48

/**
 * Partners that may be called now: something of theirs is due, nothing makes them wait, fewer than
 * `perConnection` of theirs are under way in any process. In the order of their ids behind `after`:
 * whoever asks goes round, so that each has its turn however much another one has waiting.
 */
export function duePartners(
  { db }: PushJournal,
  question: {
    readonly after: string
    readonly limit: number
    readonly perConnection: number
    /** Those that this process can bring by. */
    readonly protocols: readonly ProtocolName[]
    /** System time. */
    readonly now: number
    /** Business time. */
    readonly businessNow: number
  },
): Readable<{ readonly id: ConnectionId }> {
  const { after, limit, perConnection, protocols, now, businessNow } = question
  // A step for each partner, not one for each return flow (loose index scan); what is asked of each
  // stands as a value, which no engine turns into a join of another order.
  const query = sql<{ readonly id: ConnectionId }>`
    with recursive partner(id) as (
      select (select min(connection_id) from return_flows
        where state = 'OFFERED' and next_attempt_at is not null and connection_id > ${after})
      union all
      select (select min(connection_id) from return_flows
        where state = 'OFFERED' and next_attempt_at is not null and connection_id > partner.id)
      from partner where partner.id is not null
    )
    select id from partner
    where id is not null
      and (select protocol from connections where connections.id = partner.id)
        in (${sql.join([...protocols])})
      and (select 1 from delivery_pauses
        where delivery_pauses.connection_id = partner.id and delivery_pauses.until > ${now}) is null
      and (select count(*) from return_flows
        where return_flows.connection_id = partner.id and state = 'SENDING') < ${perConnection}
      and (select 1 from return_flows
        where return_flows.connection_id = partner.id and state = 'OFFERED'
          and next_attempt_at is not null and next_attempt_at <= ${now}
          and available_until > ${businessNow} limit 1) is not null
    limit ${limit}`
  return { compile: () => query.compile(db) }
}

/**
 * Claims the oldest due return flows of a partner, as many as it may have under way, and records
 * that an attempt begins. The rows claimed are those of the statement before the last.
 */
export function claimReturns(
  { db, engine }: PushJournal,
  claim: {
    readonly connectionId: ConnectionId
    readonly limit: number
    /** Under way at a time, in all processes together. */
    readonly perConnection: number
    readonly token: string
    readonly now: number
    readonly businessNow: number
    readonly leaseUntil: number
  },
): WriteStatement[] {
  const { connectionId, token } = claim
  const most = claim.perConnection
  const free = sql<number>`(select case when ${most} - count(*) < ${claim.limit}
    then case when count(*) < ${most} then ${most} - count(*) else 0 end
    else ${claim.limit} end from return_flows as other
    where other.connection_id = ${connectionId} and other.state = 'SENDING')`
  const due = sql`select id from return_flows
    where connection_id = ${connectionId} and state = 'OFFERED'
      and next_attempt_at is not null and next_attempt_at <= ${claim.now}
      and available_until > ${claim.businessNow}
    order by id limit ${free}`
  const lock: WriteStatement[] =
    engine === 'sqlite'
      ? []
      : [
          {
            query: db.selectNoFrom(
              sql`pg_advisory_xact_lock(${sql.lit(PARTNER_LOCKS)}, hashtext(${connectionId}))`.as(
                'locked',
              ),
            ),
          },
        ]
  return [
    ...lock,
    {
      query: db
        .updateTable('return_flows')
        .set((row) => ({
          state: 'SENDING',
          token,
          lease_until: claim.leaseUntil,
          attempts: row('attempts', '+', 1),
        }))
        .where(sql<boolean>`id in (${due})`)
        .returningAll(),
    },
    {
      query: db
        .insertInto('deliveries')
        .columns(['return_flow_id', 'attempt', 'at', 'outcome', 'proof_json'])
        .expression(
          db
            .selectFrom('return_flows')
            .select((row) => [
              'id',
              'attempts',
              row.val(claim.businessNow).as('at'),
              row.val('sending').as('outcome'),
              row.val('{}').as('proof_json'),
            ])
            .where('state', '=', sql.lit('SENDING' as const))
            .where('token', '=', token),
        ),
    },
  ]
}

/** Prolongs leases; a statement that changes nothing means that its lease is lost. */
export function renewPushLeases(
  { db }: PushJournal,
  leases: readonly PushLease[],
  leaseUntil: number,
): WriteStatement[] {
  return leases.map(({ id, token }) => ({
    query: db
      .updateTable('return_flows')
      .set({ lease_until: leaseUntil })
      .where('id', '=', id)
      .where('state', '=', 'SENDING')
      .where('token', '=', token),
  }))
}

/** How an attempt ended, for the rows of the attempt, the return flow and its flow. */
export interface AttemptEnd {
  readonly row: ClaimedReturn
  /** System and business time. */
  readonly now: number
  readonly businessNow: number
  readonly milliseconds: number
}

const NO_LEASE = { lease_until: null, token: null } as const

/** It is delivered, once and for all: also when the lease was lost before the proof came. */
export function recordProof(
  { db }: PushJournal,
  end: AttemptEnd & { readonly proof: Proof },
): WriteStatement[] {
  const { row, proof } = end
  return [
    {
      query: db
        .updateTable('return_flows')
        .set({
          ...onceDelivered(end.businessNow),
          next_attempt_at: sql<
            number | null
          >`case when repeats > 0 then cast(${end.now} as bigint) end`,
          ...NO_LEASE,
        })
        .where('id', '=', row.id)
        .where('state', 'in', ['OFFERED', 'SENDING', 'EXPIRED', 'FAILED'])
        .where('emission', '=', row.emission),
      announce: 'returns',
    },
    endDelivery({ db }, end, { outcome: 'delivered', proof_json: JSON.stringify(proof) }),
    ...flowEvent({ db }, end, 'delivered', { proof: proof.kind }),
    // It answers: what was said of it before does not hold any more.
    { query: db.deleteFrom('delivery_pauses').where('connection_id', '=', row.connection_id) },
    releaseOvertaken({ db }, row.id),
  ]
}

/** It failed: due again at `retryAt`, or given up. */
export function recordFailure(
  { db }: PushJournal,
  end: AttemptEnd & { readonly failure: DeliveryFailure; readonly retryAt: number | undefined },
): WriteStatement[] {
  const { row, failure, retryAt } = end
  return [
    {
      query: db
        .updateTable('return_flows')
        .set((of) => ({
          state: retryAt === undefined ? ('FAILED' as const) : ('OFFERED' as const),
          next_attempt_at: retryAt ?? null,
          failures: of('failures', '+', 1),
          ...NO_LEASE,
        }))
        .where('id', '=', row.id)
        .where('state', '=', 'SENDING')
        .where('token', '=', row.token),
      expectRows: 1,
      announce: 'returns',
    },
    endDelivery({ db }, end, {
      outcome: 'failed',
      failure_json: failureJson(failure),
    }),
    ...flowEvent({ db }, end, retryAt === undefined ? 'given-up' : 'failed', {
      code: failure.code,
    }),
  ]
}

/**
 * It was ended on our side, which counts as no failure: the process stops and whoever comes next
 * tries again, or somebody cut the session and it is due again at `retryAt`.
 */
export function recordInterruption(
  { db }: PushJournal,
  end: AttemptEnd & { readonly failure?: DeliveryFailure; readonly retryAt?: number },
): WriteStatement[] {
  const { failure, retryAt = end.now } = end
  return [
    {
      query: db
        .updateTable('return_flows')
        .set({ state: 'OFFERED', next_attempt_at: retryAt, ...NO_LEASE })
        .where('id', '=', end.row.id)
        .where('state', '=', 'SENDING')
        .where('token', '=', end.row.token),
      expectRows: 1,
      announce: 'returns',
    },
    endDelivery({ db }, end, {
      outcome: 'interrupted',
      ...(failure === undefined ? {} : { failure_json: failureJson(failure) }),
    }),
  ]
}

/** No attempt was made after all: as if it had not been claimed. */
export function withdrawAttempt({ db }: PushJournal, { row, now }: AttemptEnd): WriteStatement[] {
  return [
    {
      query: db
        .updateTable('return_flows')
        .set((of) => ({
          state: 'OFFERED' as const,
          next_attempt_at: now,
          attempts: of('attempts', '-', 1),
          ...NO_LEASE,
        }))
        .where('id', '=', row.id)
        .where('state', '=', 'SENDING')
        .where('token', '=', row.token),
      expectRows: 1,
    },
    {
      query: db
        .deleteFrom('deliveries')
        .where('return_flow_id', '=', row.id)
        .where('attempt', '=', row.attempts),
    },
  ]
}

/** Takes back what is with a process that died: tried again at once, the cut attempt is shown. */
export function takeBack(
  { db }: PushJournal,
  {
    leaseBefore,
    now,
    businessNow,
  }: { readonly leaseBefore: number; readonly now: number; readonly businessNow: number },
): WriteStatement[] {
  const lost = sql`state = 'SENDING' and lease_until <= ${leaseBefore}`
  return [
    {
      query: db
        .updateTable('deliveries')
        .set({ outcome: 'interrupted', ended_at: businessNow })
        .where(
          sql<boolean>`(return_flow_id, attempt) in
            (select id, attempts from return_flows where ${lost})`,
        ),
    },
    {
      query: db
        .updateTable('return_flows')
        .set({ state: 'OFFERED', next_attempt_at: now, ...NO_LEASE })
        .where(lost as RawBuilder<boolean>),
      announce: 'returns',
    },
  ]
}

/** Has all return flows of a partner wait, whatever each of them is due for. */
export function pausePartner(
  { db }: PushJournal,
  pause: {
    readonly connectionId: ConnectionId
    readonly until: number
    readonly reason: string
    readonly now: number
  },
): WriteStatement {
  const { connectionId, until, reason, now } = pause
  return {
    query: db
      .insertInto('delivery_pauses')
      .values({ connection_id: connectionId, until, reason, set_at: now })
      .onConflict((conflict) =>
        conflict.column('connection_id').doUpdateSet({ until, reason, set_at: now }),
      ),
  }
}

function failureJson({ code, message, evidence = {} }: DeliveryFailure): string {
  return JSON.stringify({ code, message, evidence })
}

/** Somebody wants a partner called now: that it did not answer last time counts no more. */
export function endPause({ db }: PushJournal, connectionId: ConnectionId): WriteStatement {
  return {
    query: db
      .deleteFrom('delivery_pauses')
      .where('connection_id', '=', connectionId)
      .where('reason', '=', 'unreachable'),
  }
}

function endDelivery(
  { db }: Pick<Journal, 'db'>,
  { row, businessNow }: AttemptEnd,
  values: { outcome: string; proof_json?: string; failure_json?: string },
): WriteStatement {
  return {
    query: db
      .updateTable('deliveries')
      .set({ ...values, ended_at: businessNow })
      .where('return_flow_id', '=', row.id)
      .where('attempt', '=', row.attempts),
  }
}

/** What the flow that is answered shows of it. */
function flowEvent(
  { db }: Pick<Journal, 'db'>,
  { row, businessNow, milliseconds }: AttemptEnd,
  outcome: string,
  detail: Readonly<Record<string, string>>,
): WriteStatement[] {
  if (row.flow_id === null) return []
  const flowId: FlowId = row.flow_id
  return [
    {
      query: db.insertInto('flow_events').values({
        flow_id: flowId,
        at: businessNow,
        stage: 'delivery',
        outcome,
        milliseconds: Math.round(milliseconds),
        detail_json: JSON.stringify({ returnFlowId: row.id, attempt: row.attempts, ...detail }),
      }),
      announce: 'flows',
    },
  ]
}
