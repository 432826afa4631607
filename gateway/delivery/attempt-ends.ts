import { sql, type RawBuilder } from 'kysely'
import type { DeliveryFailure } from '../../protocols/return-flow-sender.ts'
import type { FlowId, Proof } from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import { onceDelivered, releaseOvertaken } from './delivered-statements.ts'
import type { ClaimedReturn, PushJournal } from './push-claims.ts'

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

function failureJson({ code, message, evidence = {} }: DeliveryFailure): string {
  return JSON.stringify({ code, message, evidence })
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
