import { sql } from 'kysely'
import { unreadReturns } from '../delivery/unread-returns.ts'
import type { Journal } from '../journal/journal.ts'
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
  const since = now - DAY
  const failed = await journal.read(failuresSinceGood(journal, since))
  const partners = openConnections(ground)
  const thresholds = settings.deliveryFailures
  return failed.flatMap((row) => {
    const failures = Number(row.failures)
    const isGivenUp = Number(row.given_up) > 0
    const level = isGivenUp ? thresholds.length : reached(failures, thresholds)
    const partner = partners.get(row.connection_id)
    if (partner === undefined || level === 0) return []
    const who = partnerName(partner)
    const first = shownTime(row.first)
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

/** By partner: how many attempts failed since the last that went well, and since when. */
function failuresSinceGood({ db }: Journal, since: number) {
  const attempts = (outcome: 'failed' | 'delivered') =>
    db
      .selectFrom('deliveries')
      .innerJoin('return_flows', 'return_flows.id', 'deliveries.return_flow_id')
      // As it stands in the index of failures.
      .where(sql<boolean>`deliveries.outcome = ${sql.lit(outcome)}`)
      .where('deliveries.at', '>=', since)
  return attempts('failed')
    .leftJoin(
      attempts('delivered')
        .select(({ fn }) => [
          'return_flows.connection_id as partner',
          fn.max('deliveries.at').as('good_at'),
        ])
        .groupBy('return_flows.connection_id')
        .as('good'),
      'good.partner',
      'return_flows.connection_id',
    )
    .where((where) =>
      where.or([
        where('good.good_at', 'is', null),
        where('deliveries.at', '>', where.ref('good.good_at')),
      ]),
    )
    .select(({ fn }) => [
      'return_flows.connection_id',
      sql<number | string>`count(*)`.as('failures'),
      sql<number | string>`sum(case when return_flows.state = 'FAILED' then 1 else 0 end)`.as(
        'given_up',
      ),
      fn.min('deliveries.at').as('first'),
    ])
    .groupBy('return_flows.connection_id')
}

/** Partners whose box nobody empties. */
export async function unreadReports(ground: AlertGround): Promise<readonly AlertReading[]> {
  const { journal, now, settings } = ground
  const waiting = await unreadReturns(journal)
  const partners = openConnections(ground)
  return [...waiting].flatMap(([id, unread]) => {
    const level = reached((now - unread.oldest) / HOUR, settings.unreadHours)
    const partner = partners.get(id)
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
          unread: unread.count,
          oldest: new Date(unread.oldest).toISOString(),
        },
        text: {
          title: {
            en: `${who} does not take its return flows`,
            fr: `${who} ne retire pas ses flux retour`,
          },
          cause: {
            en: `The oldest waits since ${shownTime(unread.oldest)}; what nobody takes is deleted in the end.`,
            fr: `Le plus ancien attend depuis ${shownTime(unread.oldest)} ; ce que personne ne retire finit supprimé.`,
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
