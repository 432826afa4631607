import { sql } from 'kysely'
import type { ReturnFlowId, ReturnFlowState } from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'

/**
 * What the row of a return flow becomes once its partner has it. One that is to be delivered more
 * than once is offered again by the same write, as another emission: the partner cannot take it for
 * a second try of the first.
 * @param at business time of the delivery
 */
export const onceDelivered = (at: number) =>
  ({
    state: sql<ReturnFlowState>`case when repeats > 0 then 'OFFERED' else 'DELIVERED' end`,
    delivered_at: sql<
      number | null
    >`case when repeats > 0 then null else cast(${at} as bigint) end`,
    emission: sql<number>`case when repeats > 0 then emission + 1 else emission end`,
    failures: sql<number>`case when repeats > 0 then 0 else failures end`,
    repeats: sql<number>`case when repeats > 0 then repeats - 1 else 0 end`,
  }) as const

/**
 * Has the reports offered that waited to be overtaken by this one, which its partner has now; changes
 * nothing where it is no report. For the write that records the delivery.
 */
export function releaseOvertaken({ db }: Pick<Journal, 'db'>, id: ReturnFlowId): WriteStatement {
  const now = Date.now()
  return {
    query: db
      .updateTable('return_flows')
      .set({
        offered_from: null,
        yields: 0,
        next_attempt_at: sql<
          number | null
        >`case when next_attempt_at is not null then cast(${now} as bigint) end`,
      })
      .where('yields', '=', sql.lit(1))
      .where('state', '=', 'OFFERED')
      .where('id', '<', id)
      .where('connection_id', '=', (row) =>
        row
          .selectFrom('return_flows as later')
          .select('later.connection_id')
          .where('later.id', '=', id)
          .where('later.kind', '=', 'report'),
      ),
  }
}
