import { sql, type RawBuilder } from 'kysely'
import type { Clock } from '../clock.ts'
import type {
  ConnectionId,
  ProtocolName,
  ReturnFlow,
  ReturnFlowId,
  ReturnFlowState,
} from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import { statesBefore } from './return-states.ts'

/** How a return flow is offered, where that is not at once and once. */
export interface OfferTerms {
  /** System time from which it is offered. */
  readonly offeredFrom?: number
  /** It is offered before that time once a later report of its partner is delivered. */
  readonly yields?: boolean
  /** How often it is offered again once it is delivered. */
  readonly repeats?: number
}

/**
 * The statement that issues a return flow, for the write that decides it: the outbox row exists
 * if and only if the decision does. A second report on one flow undoes the whole write (`unique`).
 * The content is in the payload store already.
 * @param dueAt system time from which it is brought to a partner that is called; null: it is fetched
 */
export function offerReturnFlow(
  journal: Journal,
  returnFlow: Omit<ReturnFlow, 'state'> & { readonly state?: ReturnFlowState },
  dueAt: number | null = null,
  { offeredFrom = 0, yields = false, repeats = 0 }: OfferTerms = {},
): WriteStatement {
  return {
    query: journal.db.insertInto('return_flows').values({
      id: returnFlow.id,
      connection_id: returnFlow.connectionId,
      flow_id: returnFlow.flowId ?? null,
      kind: returnFlow.kind,
      interface_code: returnFlow.interfaceCode,
      file_name: returnFlow.fileName,
      sha256: returnFlow.content.sha256,
      bytes: returnFlow.content.bytes,
      created_at: returnFlow.createdAt,
      available_until: returnFlow.availableUntil,
      state: returnFlow.state ?? 'OFFERED',
      delivered_at: null,
      attempts: 0,
      next_attempt_at: dueAt === null ? null : Math.max(dueAt, offeredFrom),
      offered_from: offeredFrom > 0 ? offeredFrom : null,
      yields: yields ? 1 : 0,
      repeats,
    }),
    expectRows: 1,
    announce: 'returns',
  }
}

/**
 * Offers a return flow once more, for a new period: an operator's answer to "we lost it". Whatever
 * was delivered before stays in the record of deliveries; while it is being sent it changes nothing.
 */
export function offerAgainStatement(
  options: {
    readonly journal: Pick<Journal, 'db'>
    readonly clock: Clock
    /** Setting report.availableSeconds. */
    readonly availableSeconds: number
  },
  id: ReturnFlowId,
): WriteStatement {
  return {
    query: options.journal.db
      .updateTable('return_flows')
      .set((row) => ({
        state: 'OFFERED',
        available_until: options.clock.now() + options.availableSeconds * 1_000,
        delivered_at: null,
        next_attempt_at: dueIfCalled(Date.now()),
        offered_from: null,
        yields: 0,
        failures: 0,
        emission: row('emission', '+', 1),
      }))
      .where('id', '=', id)
      // Past its time there is nothing left to send.
      .where('payload_removed_at', 'is', null)
      .where('state', 'in', statesBefore('again')),
    expectRows: 1,
    announce: 'returns',
  }
}

/** When a return flow issued now is due to be brought; null for a partner that fetches. */
export function dueAt(
  connections: { find(id: ConnectionId): { readonly protocol: ProtocolName } | undefined },
  id: ConnectionId,
): number | null {
  const protocol = connections.find(id)?.protocol
  return protocol === undefined || protocol === 'sftp' ? null : Date.now()
}

/** When a row of return_flows is due: now where its partner is called, never where it fetches. */
export const dueIfCalled = (now: number): RawBuilder<number | null> =>
  sql`case when (select protocol from connections where id = return_flows.connection_id)
    in ('as2', 'pesit') then cast(${now} as bigint) end`

/** Return flows moved by one journal message. */
const EXPIRED_PER_WRITE = 1_000

/** Withdraws what nobody fetched in time; resolves to how many. The payload stays. */
export async function expireReturnFlows(options: {
  readonly journal: Journal
  readonly clock: Clock
}): Promise<number> {
  const { db } = options.journal
  let expired = 0
  for (;;) {
    const past = db
      .selectFrom('return_flows')
      .select('id')
      .where('state', '=', 'OFFERED')
      .where('available_until', '<=', options.clock.now())
      .limit(EXPIRED_PER_WRITE)
    const result = await options.journal.write([
      {
        query: db
          .updateTable('return_flows')
          .set({ state: 'EXPIRED' })
          .where('id', 'in', past)
          .where('state', '=', 'OFFERED'),
        announce: 'returns',
      },
    ])
    const changed = result.committed ? (result.results[0]?.changed ?? 0) : 0
    expired += changed
    if (changed < EXPIRED_PER_WRITE) return expired
  }
}
