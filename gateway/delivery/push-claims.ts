import { sql, type Selectable } from 'kysely'
import type { ConnectionId, ProtocolName, ReturnFlowId } from '../flow.ts'
import type { ReturnFlowsTable } from '../journal/delivery-tables.ts'
import type { Journal, Readable, WriteStatement } from '../journal/journal.ts'

/**
 * Who has something due, and claims under a lease. States stand as literals, so that the partial
 * indexes serve them.
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
