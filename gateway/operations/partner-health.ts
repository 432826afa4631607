import { sql } from 'kysely'
import type { ConnectionId, ProtocolName } from '../flow.ts'
import { unreadReturns } from '../delivery/unread-returns.ts'
import type { Journal } from '../journal/journal.ts'
import { isOneOf } from '../journal/text-list.ts'
import { dayInParis, endOfDayInParis, startOfDayInParis } from '../paris-days.ts'
import { usualHourOf } from './usual-hour.ts'

/** How an active partner is; times are milliseconds UTC. */
export interface PartnerHealth {
  readonly connectionId: ConnectionId
  readonly applicationCode: string
  readonly name: string
  readonly protocol: ProtocolName
  readonly lastFlowAt: number | null
  /** Since when it was expected today, from its own history; null when it is not late. */
  readonly silentSince: number | null
  /** Reports it has not fetched, or that are not delivered yet. */
  readonly unread: number
  readonly oldestUnreadAt: number | null
  /** Attempts of the last 24 hours to bring it something (MDN, PeSIT) that failed. */
  readonly failures: number
  readonly lastFailure: { readonly at: number; readonly code: string } | null
}

/** Connections looked at for one answer. */
const MAX_LOOKED_AT = 2_000
const DAYS_OF_HISTORY = 28
const DAY = 86_400_000
const SLICE = 200

/** Health of the active partners, worst first. */
export async function readPartnerHealth(
  journal: Journal,
  {
    sirets,
    now,
    limit,
  }: {
    readonly sirets: readonly string[] | undefined
    readonly now: number
    readonly limit: number
  },
): Promise<PartnerHealth[]> {
  const { db } = journal
  const connections = await journal.read(
    db
      .selectFrom('connections')
      .select(['id', 'application_code', 'name', 'protocol'])
      .where('state', '=', 'ACTIVATED')
      .$if(sirets !== undefined, (query) =>
        query.where((where) => isOneOf(journal, where.ref('siret'), sirets!)),
      )
      .orderBy('application_code')
      .limit(MAX_LOOKED_AT),
  )
  const [unread, failures, firsts] = await Promise.all([
    unreadReturns(journal),
    readFailures(journal, now),
    readFirstFlows(
      journal,
      connections.map(({ id }) => id),
      now,
    ),
  ])
  return connections
    .map((connection): PartnerHealth => {
      const { id } = connection
      const waiting = unread.get(id)
      const failed = failures.get(id)
      const history = firsts.get(id)
      return {
        connectionId: id,
        applicationCode: connection.application_code,
        name: connection.name,
        protocol: connection.protocol,
        lastFlowAt: history?.lastAt ?? null,
        silentSince: usualHourOf(history?.firsts ?? [], now).silentSince,
        unread: waiting?.count ?? 0,
        oldestUnreadAt: waiting?.oldest ?? null,
        failures: failed?.count ?? 0,
        lastFailure: failed?.last ?? null,
      }
    })
    .toSorted(
      (one, other) =>
        other.failures - one.failures ||
        Number(other.silentSince !== null) - Number(one.silentSince !== null) ||
        (one.oldestUnreadAt ?? now) - (other.oldestUnreadAt ?? now),
    )
    .slice(0, limit)
}

async function readFailures(journal: Journal, now: number) {
  const rows = await journal.read(
    journal.db
      .selectFrom('deliveries')
      .innerJoin('return_flows', 'return_flows.id', 'deliveries.return_flow_id')
      .select(({ fn }) => [
        'connection_id',
        sql<number | string>`count(*)`.as('count'),
        fn.max('deliveries.at').as('last'),
        // That of the last attempt: milliseconds have as many digits in any year of interest.
        sql<string>`max(cast(deliveries.at as text) || ' ' || coalesce(failure_json, '{}'))`.as(
          'failure',
        ),
      ])
      .where('outcome', '=', 'failed')
      .where('deliveries.at', '>=', now - DAY)
      .groupBy('connection_id'),
  )
  return new Map(
    rows.map((row) => {
      const json = row.failure.slice(row.failure.indexOf(' ') + 1)
      const failure = JSON.parse(json) as { readonly code?: string }
      const last = { at: row.last, code: failure.code ?? 'UNKNOWN' }
      return [row.connection_id, { count: Number(row.count), last }]
    }),
  )
}

interface History {
  readonly lastAt: number | null
  /** First flow of each day in Paris, today first; null = none that day. */
  readonly firsts: readonly (number | null)[]
}

/** One look into the index a partner and day: what it costs does not go with the number of flows. */
async function readFirstFlows(
  journal: Journal,
  ids: readonly ConnectionId[],
  now: number,
): Promise<ReadonlyMap<ConnectionId, History>> {
  const days = lastDays(now)
  const received = days.map(
    ({ start, end }, index) =>
      sql`(select min(received_at) from flows where flows.connection_id = connections.id
        and received_at >= ${start} and received_at < ${end} and replay_of is null) as ${sql.ref(`d${index}`)}`,
  )
  const slices: (readonly ConnectionId[])[] = []
  for (let start = 0; start < ids.length; start += SLICE)
    slices.push(ids.slice(start, start + SLICE))
  const pages = await Promise.all(
    slices.map((slice) => {
      const query = sql<Readonly<Record<string, number | string | null>>>`
        select connections.id as id,
          (select max(received_at) from flows where flows.connection_id = connections.id
            and replay_of is null) as last,
          ${sql.join(received)}
        from connections where connections.id in (${sql.join(slice)})`
      return journal.read({ compile: () => query.compile(journal.db) })
    }),
  )
  const numeric = (value: number | string | null | undefined): number | null =>
    value === null || value === undefined ? null : Number(value)
  return new Map(
    pages
      .flat()
      .map((row) => [
        row['id'] as ConnectionId,
        { lastAt: numeric(row['last']), firsts: days.map((_, index) => numeric(row[`d${index}`])) },
      ]),
  )
}

/** Today and the days of history before it, in Paris. */
function lastDays(now: number) {
  const days: { readonly start: number; readonly end: number }[] = []
  let day = dayInParis(now)
  for (let index = 0; index <= DAYS_OF_HISTORY; index += 1) {
    const start = startOfDayInParis(day)
    days.push({ start, end: endOfDayInParis(day) })
    day = dayInParis(start - 1)
  }
  return days
}
