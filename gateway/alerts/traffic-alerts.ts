import { sql } from 'kysely'
import { isOneOf } from '../journal/text-list.ts'
import { readPartnerHealth } from '../operations/partner-health.ts'
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
/** Partners whose rhythm is looked at. */
const MAX_PARTNERS = 2_000

/** Partners of whom too many flows are refused, whole or in part. */
export async function rejectionRates(ground: AlertGround): Promise<readonly AlertReading[]> {
  const { journal, now, settings } = ground
  const { rejectionHours, rejectionMinFlows, rejectionPercent } = settings
  const since = now - rejectionHours * HOUR
  const count = sql<number | string>`count(*)`.as('flows')
  const refused = await journal.read(
    journal.db
      .selectFrom('flow_rejections')
      .select(['connection_id', count])
      .where('dimension', '=', 'flow')
      .where('at', '>=', since)
      .where('at', '<=', now)
      .groupBy('connection_id'),
  )
  const ids = refused.map((row) => row.connection_id)
  if (ids.length === 0) return []
  const received = await journal.read(
    journal.db
      .selectFrom('flows')
      .select(['connection_id', count])
      .where((where) => isOneOf(journal, where.ref('connection_id'), ids))
      .where('received_at', '>=', since)
      .where('received_at', '<=', now)
      .where('replay_of', 'is', null)
      .groupBy('connection_id'),
  )
  const bad = new Map(refused.map((row) => [row.connection_id, Number(row.flows)]))
  const partners = openConnections(ground)
  return received.flatMap((row) => {
    const [flows, refusals] = [Number(row.flows), bad.get(row.connection_id) ?? 0]
    const partner = partners.get(row.connection_id)
    const percent = Math.min(100, Math.round((refusals * 100) / flows))
    const level = flows < rejectionMinFlows ? 0 : reached(percent, rejectionPercent)
    if (partner === undefined || level === 0) return []
    const who = partnerName(partner)
    const passed = rejectionPercent[level - 1]!
    return [
      {
        rule: 'rejection-rate' as const,
        subject: partner.id,
        connectionId: partner.id,
        level,
        severity: severityOf(level, rejectionPercent),
        facts: { partner: partner.applicationCode, flows, refused: refusals, percent },
        text: {
          title: {
            en: `${passed} % or more of the flows of ${who} are refused`,
            fr: `${passed} % ou plus des flux de ${who} sont rejetés`,
          },
          cause: {
            en: `Of the flows received within ${rejectionHours} hours, whole or in part.`,
            fr: `Parmi les flux reçus depuis ${rejectionHours} heures, en tout ou partie.`,
          },
          remedy: {
            en: `See which rules: raccord rejections --connection ${partner.applicationCode}; tell the partner, or correct the directory if it is ours.`,
            fr: `Voyez quelles règles : raccord rejections --connection ${partner.applicationCode} ; prévenez le partenaire, ou corrigez l’annuaire si l’erreur est nôtre.`,
          },
        },
      },
    ]
  })
}

/** Partners that should have sent something by now. */
export async function silentPartners(ground: AlertGround): Promise<readonly AlertReading[]> {
  const { journal, now, settings } = ground
  const partners = openConnections(ground)
  const health = await readPartnerHealth(journal, { sirets: undefined, now, limit: MAX_PARTNERS })
  return health.flatMap((one) => {
    const partner = partners.get(one.connectionId)
    if (partner === undefined) return []
    const hours = partner.overrides.noFlowHours ?? settings.noFlowHours
    // One that never came is not silent: its set time runs from its first flow.
    const isOverdue = hours > 0 && one.lastFlowAt !== null && now - one.lastFlowAt >= hours * HOUR
    const silentSince = hours > 0 ? null : one.silentSince
    if (!isOverdue && silentSince === null) return []
    const who = partnerName(partner)
    const last = one.lastFlowAt
    return [
      {
        rule: 'no-flow' as const,
        subject: partner.id,
        connectionId: partner.id,
        level: 1,
        severity: 'warning' as const,
        facts: {
          partner: partner.applicationCode,
          lastFlowAt: last === null ? null : new Date(last).toISOString(),
        },
        text: {
          title: { en: `No flow from ${who}`, fr: `Aucun flux de ${who}` },
          cause:
            silentSince === null
              ? {
                  en: `Nothing came for ${hours} hours; the last flow: ${shownTime(last!)}.`,
                  fr: `Rien depuis ${hours} heures ; dernier flux : ${shownTime(last!)}.`,
                }
              : {
                  en: `By its rhythm of the last four weeks it was expected by ${shownTime(silentSince)}.`,
                  fr: `D’après son rythme des quatre dernières semaines, il était attendu avant ${shownTime(silentSince)}.`,
                },
          remedy: {
            en: 'See whether it is refused at the door (raccord refusals), try the path (raccord connection probe), ask the partner.',
            fr: 'Voyez s’il est refusé à l’entrée (raccord refusals), essayez le chemin (raccord connection probe), interrogez le partenaire.',
          },
        },
      },
    ]
  })
}

/** The oldest flow that is not decided waits too long. */
export async function queueAge({
  journal,
  now,
  settings,
}: AlertGround): Promise<readonly AlertReading[]> {
  const [row] = await journal.read(
    journal.db
      .selectFrom('flows')
      .select(({ fn }) => [
        sql<number | string>`count(*)`.as('flows'),
        fn.min('received_at').as('oldest'),
      ])
      .where('finished_at', 'is', null),
  )
  const oldest = row?.oldest ?? null
  if (oldest === null) return []
  const seconds = Math.round((now - oldest) / 1_000)
  const level = reached(seconds, settings.queueAgeSeconds)
  if (level === 0) return []
  return [
    {
      rule: 'queue-age',
      subject: 'gateway',
      connectionId: null,
      level,
      severity: severityOf(level, settings.queueAgeSeconds),
      facts: { flows: Number(row?.flows ?? 0), oldest: new Date(oldest).toISOString() },
      text: {
        title: {
          en: `Flows wait undecided since ${shownTime(oldest)}`,
          fr: `Des flux attendent une décision depuis ${shownTime(oldest)}`,
        },
        cause: {
          en: 'No worker runs, or they cannot keep up, or one flow fails again and again.',
          fr: 'Aucun traitement ne tourne, ou il ne suit pas, ou un flux échoue sans cesse.',
        },
        remedy: {
          en: 'raccord flows list; raccord ready on each machine; look into the log of the workers, start more of them.',
          fr: 'raccord flows list ; raccord ready sur chaque machine ; voyez le journal des traitements, démarrez-en d’autres.',
        },
      },
    },
  ]
}
