import { sql, type RawBuilder } from 'kysely'
import type { FlowId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { isOneOf } from '../journal/text-list.ts'
import { dayInParis, startOfDayInParis } from '../paris-days.ts'
import { parisDayOf } from './paris-day-offsets.ts'

/** What rejections can be grouped by. */
export const REJECTION_GROUPINGS = ['code', 'rule', 'partner', 'interface', 'hour', 'day'] as const
export type RejectionGrouping = (typeof REJECTION_GROUPINGS)[number]

/** Of what rejections; every criterion given must hold. */
export interface RejectionCriteria {
  /** Structures whose flows there are to see; undefined = all. */
  readonly sirets?: readonly string[] | undefined
  /** Id of a connection. */
  readonly connection?: string
  readonly interfaceCode?: string
  /** Received from `since` on, before `until`: business time, milliseconds UTC. */
  readonly since: number
  readonly until: number
}

/** One row of a list of rejections; times are milliseconds UTC. */
export interface RejectionGroup {
  /** The code, the rule, the connection, the interface code; of a period its first millisecond. */
  readonly key: string
  /** Report code of a rule. */
  readonly code: string
  readonly flows: number
  readonly invoices: number
  /** Good invoices that Complete mode rejected with them. */
  readonly lost: number
  readonly partners: number
  readonly firstAt: number
  readonly lastAt: number
  /** The newest flow. */
  readonly lastFlow: FlowId
  /** The period before, as long as this one; of an hour or a day, the hour or day before. */
  readonly before: { readonly flows: number; readonly invoices: number }
}

const DIMENSION_OF = {
  code: 'code',
  rule: 'rule',
  partner: 'flow',
  interface: 'flow',
  hour: 'flow',
  day: 'flow',
} as const satisfies Record<RejectionGrouping, 'code' | 'rule' | 'flow'>

const HOUR = 3_600_000

/** One engine counts in numbers, the other one in text. */
type Count = number | string | null

/**
 * Rejections of a period, grouped: most invoices first, periods newest first. Its cost goes with
 * the number of refused flows in the period and the one before, not with that of invoices.
 */
export async function readRejections(
  journal: Journal,
  by: RejectionGrouping,
  criteria: RejectionCriteria,
  limit: number,
): Promise<RejectionGroup[]> {
  const { until } = criteria
  const isPeriod = by === 'hour' || by === 'day'
  const since = startOf(by, criteria.since)
  // An hour or a day is held against the one before it, so that the first one needs one more.
  const from = isPeriod ? since - 25 * HOUR : since - (until - since)
  const key = keyOf(by, from, until)
  const isNow = isPeriod ? sql<boolean>`1 = 1` : sql<boolean>`at >= ${since}`
  const isBefore = sql<boolean>`not (${isNow})`
  const sumIf = (condition: RawBuilder<unknown>, column: string) =>
    sql<Count>`sum(case when ${condition} then ${sql.raw(column)} else 0 end)`
  const sum = (column: string) => sql<Count>`sum(${sql.ref(column)})`
  // By partner first: neither engine counts distinct ones among many rows without sorting them.
  const ofPartners = narrowed(
    journal,
    journal.db
      .selectFrom('flow_rejections')
      .select([
        key.as('key'),
        'connection_id',
        sql<string>`max(code)`.as('code'),
        sumIf(isNow, '1').as('flows'),
        sumIf(isNow, 'invoices').as('invoices'),
        sumIf(isNow, 'lost').as('lost'),
        sql<Count>`min(case when ${isNow} then at end)`.as('first_at'),
        sql<Count>`max(case when ${isNow} then at end)`.as('last_at'),
        sql<FlowId>`max(case when ${isNow} then flow_id end)`.as('last_flow'),
        sumIf(isBefore, '1').as('flows_before'),
        sumIf(isBefore, 'invoices').as('invoices_before'),
      ])
      .where('dimension', '=', DIMENSION_OF[by])
      .where('at', '>=', from)
      .where('at', '<', until)
      .groupBy([sql`1`, 'connection_id']),
    criteria,
  )
  let query = journal.db
    .selectFrom(ofPartners.as('partner'))
    .select([
      'key',
      sql<string>`max(code)`.as('code'),
      sum('flows').as('flows'),
      sum('invoices').as('invoices'),
      sum('lost').as('lost'),
      sumIf(sql`flows > 0`, '1').as('partners'),
      sql<Count>`min(first_at)`.as('first_at'),
      sql<Count>`max(last_at)`.as('last_at'),
      sql<FlowId>`max(last_flow)`.as('last_flow'),
      sum('flows_before').as('flows_before'),
      sum('invoices_before').as('invoices_before'),
    ])
    .groupBy('key')
    .having(sum('flows'), '>', 0)
  query = isPeriod
    ? query.orderBy('key', 'desc').limit(limit + 1)
    : query
        .orderBy(sql`4`, 'desc')
        .orderBy(sql`3`, 'desc')
        .orderBy('key')
        .limit(limit)
  const rows = await journal.read(query)
  const groups = rows.map((row) => ({
    key: String(row.key),
    code: row.code,
    flows: Number(row.flows),
    invoices: Number(row.invoices),
    lost: Number(row.lost),
    partners: Number(row.partners),
    firstAt: Number(row.first_at),
    lastAt: Number(row.last_at),
    lastFlow: row.last_flow,
    before: { flows: Number(row.flows_before), invoices: Number(row.invoices_before) },
  }))
  return isPeriod ? besideTheOneBefore(groups, by, since, limit) : groups
}

/** How much was refused in all, and in the period before. */
export async function readRejectionTotals(journal: Journal, criteria: RejectionCriteria) {
  const sum = async (since: number, until: number) => {
    const query = journal.db
      .selectFrom('flow_rejections')
      .select([
        sql<Count>`count(*)`.as('flows'),
        sql<Count>`sum(invoices)`.as('invoices'),
        sql<Count>`sum(lost)`.as('lost'),
      ])
      .where('dimension', '=', 'flow')
      .where('at', '>=', since)
      .where('at', '<', until)
    const [row] = await journal.read(narrowed(journal, query, criteria))
    return {
      flows: Number(row?.flows ?? 0),
      invoices: Number(row?.invoices ?? 0),
      lost: Number(row?.lost ?? 0),
    }
  }
  const { since, until } = criteria
  const [now, before] = await Promise.all([sum(since, until), sum(since - (until - since), since)])
  return { ...now, before }
}

/** Narrows a query on flow_rejections to what may be seen and was asked for. */
export function narrowed<Query extends NarrowableQuery>(
  journal: Journal,
  query: Query,
  { sirets, connection, interfaceCode }: Omit<RejectionCriteria, 'since' | 'until'>,
): Query {
  let narrow: NarrowableQuery = query
  if (sirets !== undefined) {
    narrow = narrow.where(
      'flow_rejections.connection_id',
      'in',
      journal.db
        .selectFrom('connections')
        .select('id')
        .where((where) => isOneOf(journal, where.ref('siret'), sirets)),
    )
  }
  if (connection !== undefined) {
    narrow = narrow.where('flow_rejections.connection_id', '=', connection)
  }
  if (interfaceCode !== undefined) {
    narrow = narrow.where('flow_rejections.interface_code', '=', interfaceCode)
  }
  return narrow as Query
}

interface NarrowableQuery {
  where(column: string, operator: string, value: unknown): NarrowableQuery
}

/** A period is counted whole, even when only its end was asked for. */
function startOf(by: RejectionGrouping, since: number): number {
  if (by === 'hour') return since - (since % HOUR)
  return by === 'day' ? startOfDayInParis(dayInParis(since)) : since
}

function keyOf(by: RejectionGrouping, since: number, until: number): RawBuilder<string | number> {
  switch (by) {
    case 'code':
    case 'rule':
      return sql<string>`value`
    case 'partner':
      return sql<string>`connection_id`
    case 'interface':
      return sql<string>`interface_code`
    case 'hour':
      return sql<number>`at / ${sql.lit(HOUR)} * ${sql.lit(HOUR)}`
    case 'day':
      return parisDayOf('at', since, until)
  }
}

/** Newest first; a period without rejections has no row. */
function besideTheOneBefore(
  groups: readonly RejectionGroup[],
  by: 'hour' | 'day',
  since: number,
  limit: number,
): RejectionGroup[] {
  const length = by === 'hour' ? HOUR : 24 * HOUR
  const byKey = new Map(groups.map((group) => [Number(group.key), group]))
  return groups
    .filter(({ lastAt }) => lastAt >= since)
    .slice(0, limit)
    .map((group) => {
      const { flows = 0, invoices = 0 } = byKey.get(Number(group.key) - length) ?? {}
      return { ...group, before: { flows, invoices } }
    })
}
