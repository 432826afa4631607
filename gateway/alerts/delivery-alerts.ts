import { sql } from 'kysely'
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

/** Partners to whom nothing was brought since several attempts failed, or something was given up. */
export async function failingDeliveries(ground: AlertGround): Promise<readonly AlertReading[]> {
  const { journal, now, settings } = ground
  const { db } = journal
  const since = now - DAY
  const rows = await journal.read(
    db
      .selectFrom('deliveries')
      .innerJoin('return_flows', 'return_flows.id', 'deliveries.return_flow_id')
      .select([
        'return_flows.connection_id',
        sql<number | string>`count(*)`.as('failures'),
        sql<number | string>`max(case when return_flows.state = 'FAILED' then 1 else 0 end)`.as(
          'given_up',
        ),
        sql<number | string>`min(deliveries.at)`.as('first'),
      ])
      .where('deliveries.outcome', '=', 'failed')
      .where('deliveries.at', '>=', since)
      .where('deliveries.at', '>', (where) =>
        where
          .selectFrom('deliveries as good')
          .innerJoin('return_flows as brought', 'brought.id', 'good.return_flow_id')
          .select(sql<number>`coalesce(max(good.at), 0)`.as('at'))
          .where('good.outcome', '=', 'delivered')
          .where('good.at', '>=', since)
          .whereRef('brought.connection_id', '=', 'return_flows.connection_id'),
      )
      .groupBy('return_flows.connection_id'),
  )
  const partners = openConnections(ground)
  return rows.flatMap((row) => {
    const failures = Number(row.failures)
    const isGivenUp = Number(row.given_up) === 1
    const thresholds = settings.deliveryFailures
    const level = isGivenUp ? thresholds.length : reached(failures, thresholds)
    const partner = partners.get(row.connection_id)
    if (partner === undefined || level === 0) return []
    const who = partnerName(partner)
    const first = shownTime(Number(row.first))
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
