import { sql } from 'kysely'
import type { Journal } from '../journal/journal.ts'
import { isOneOf } from '../journal/text-list.ts'
import {
  openConnections,
  partnerName,
  reached,
  severityOf,
  shownTime,
  type AlertGround,
  type AlertReading,
} from './alert-reading.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR

/** Failed attempts looked at, the newest first. */
const MAX_FAILURES = 5_000

/** Partners to whom nothing was brought since several attempts failed, or something was given up. */
export async function failingDeliveries(ground: AlertGround): Promise<readonly AlertReading[]> {
  const { journal, now, settings } = ground
  const since = now - DAY
  const failed = await journal.read(
    attempts(journal, since, 'failed')
      .select(['return_flows.connection_id', 'return_flows.state', 'deliveries.at'])
      .orderBy('deliveries.at', 'desc')
      .limit(MAX_FAILURES),
  )
  if (failed.length === 0) return []
  const ids = [...new Set(failed.map((row) => row.connection_id))]
  const good = await journal.read(
    attempts(journal, since, 'delivered')
      .select(({ fn }) => ['return_flows.connection_id', fn.max('deliveries.at').as('at')])
      .where((where) => isOneOf(journal, where.ref('return_flows.connection_id'), ids))
      .groupBy('return_flows.connection_id'),
  )
  const lastGood = new Map(good.map((row) => [row.connection_id, row.at]))
  const partners = openConnections(ground)
  return ids.flatMap((id) => {
    const after = failed.filter(
      (row) => row.connection_id === id && row.at > (lastGood.get(id) ?? 0),
    )
    const failures = after.length
    const isGivenUp = after.some(({ state }) => state === 'FAILED')
    const thresholds = settings.deliveryFailures
    const level = isGivenUp ? thresholds.length : reached(failures, thresholds)
    const partner = partners.get(id)
    if (partner === undefined || level === 0) return []
    const who = partnerName(partner)
    const first = shownTime(after.at(-1)!.at)
    return [
      {
        rule: 'delivery-failing' as const,
        subject: partner.id,
        connectionId: partner.id,
        level,
        severity: isGivenUp ? ('critical' as const) : severityOf(level, thresholds),
        facts: { partner: partner.applicationCode, failures, givenUp: isGivenUp ? 1 : 0 },
        text: {
          title: {
            en: `Return flows do not reach ${who}`,
            fr: `Les flux retour n’atteignent pas ${who}`,
          },
          cause: {
            en: `Attempts fail since ${first}; ${isGivenUp ? 'at least one return flow was given up' : 'they are tried again'}.`,
            fr: `Les essais échouent depuis ${first} ; ${isGivenUp ? 'au moins un flux retour est abandonné' : 'ils sont répétés'}.`,
          },
          remedy: {
            en: `raccord returns list --connection ${partner.applicationCode} says why; raccord connection probe ${partner.applicationCode}; then raccord returns resend.`,
            fr: `raccord returns list --connection ${partner.applicationCode} dit pourquoi ; raccord connection probe ${partner.applicationCode} ; puis raccord returns resend.`,
          },
        },
      },
    ]
  })
}

function attempts({ db }: Journal, since: number, outcome: 'failed' | 'delivered') {
  return (
    db
      .selectFrom('deliveries')
      .innerJoin('return_flows', 'return_flows.id', 'deliveries.return_flow_id')
      // As it stands in the index of failures.
      .where(sql<boolean>`deliveries.outcome = ${sql.lit(outcome)}`)
      .where('deliveries.at', '>=', since)
  )
}

/** Partners whose box nobody empties. */
export async function unreadReports(ground: AlertGround): Promise<readonly AlertReading[]> {
  const { journal, now, settings } = ground
  const rows = await journal.read(
    journal.db
      .selectFrom('return_flows')
      .select(({ fn }) => [
        'connection_id',
        sql<number | string>`count(*)`.as('count'),
        fn.min('created_at').as('oldest'),
      ])
      .where('state', 'in', ['OFFERED', 'SENDING'])
      .groupBy('connection_id'),
  )
  const partners = openConnections(ground)
  return rows.flatMap((row) => {
    const level = reached((now - row.oldest) / HOUR, settings.unreadHours)
    const partner = partners.get(row.connection_id)
    if (partner === undefined || level === 0) return []
    const who = partnerName(partner)
    return [
      {
        rule: 'reports-unread' as const,
        subject: partner.id,
        connectionId: partner.id,
        level,
        severity: severityOf(level, settings.unreadHours),
        facts: {
          partner: partner.applicationCode,
          unread: Number(row.count),
          oldest: new Date(row.oldest).toISOString(),
        },
        text: {
          title: {
            en: `${who} does not take its return flows`,
            fr: `${who} ne retire pas ses flux retour`,
          },
          cause: {
            en: `The oldest waits since ${shownTime(row.oldest)}; what nobody takes is deleted in the end.`,
            fr: `Le plus ancien attend depuis ${shownTime(row.oldest)} ; ce que personne ne retire finit supprimé.`,
          },
          remedy: {
            en: 'Ask the partner to fetch its box, or look why it is not reached (raccord returns list).',
            fr: 'Demandez au partenaire de relever sa boîte, ou voyez pourquoi il n’est pas atteint (raccord returns list).',
          },
        },
      },
    ]
  })
}
