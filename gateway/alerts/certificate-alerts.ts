import type { Connection } from '../connections/connection.ts'
import { dayInParis } from '../paris-days.ts'
import {
  fallenTo,
  openConnections,
  partnerName,
  severityOf,
  type AlertGround,
  type AlertReading,
} from './alert-reading.ts'

const DAY = 86_400_000
/** Of kinds that are files in the settings (own-certificates.ts). */
const FILE_PREFIX = 'file:'

/** Connections one part of which has no certificate beyond the days of the settings. */
export function partnerCertificates(ground: AlertGround): readonly AlertReading[] {
  const { now, settings } = ground
  const partners = [...openConnections(ground).values()]
  return partners.flatMap((connection) => {
    const end = lastDayOf(connection)
    const level = end === undefined ? 0 : levelOf(end, now, settings.certificateDays)
    if (end === undefined || level === 0) return []
    const who = partnerName(connection)
    const day = dayInParis(end)
    const isOver = end < now
    return [
      {
        rule: 'certificate-expiry' as const,
        subject: connection.id,
        connectionId: connection.id,
        level,
        severity: severityOf(level, settings.certificateDays),
        facts: { partner: connection.applicationCode, notAfter: new Date(end).toISOString() },
        text: {
          title: {
            en: `The certificate of ${who} ${isOver ? 'ended' : 'ends'} on ${day}`,
            fr: `Le certificat de ${who} ${isOver ? 'a expiré' : 'expire'} le ${day}`,
          },
          cause: {
            en: isOver
              ? 'It is over: the partner’s sessions are refused.'
              : 'No renewal is registered that holds longer; sessions are refused from then on.',
            fr: isOver
              ? 'Il n’est plus valide : les sessions du partenaire sont refusées.'
              : 'Aucun renouvellement n’est enregistré ; ensuite les sessions seront refusées.',
          },
          remedy: {
            en: 'Have the partner add the next certificate, with its first day of use, and activate the form (raccord connection show).',
            fr: 'Faites ajouter par le partenaire le certificat suivant, avec sa date d’utilisation, et activez le formulaire (raccord connection show).',
          },
        },
      },
    ]
  })
}

/**
 * Our own: the newest of each kind counts, one that waits to be used too. The gateway renews its own
 * keys 60 days before their end (file-identity.ts): what is told of is that it did not, a day later.
 */
export function ownCertificates(ground: AlertGround): readonly AlertReading[] {
  const { now, settings, ownCertificates: own } = ground
  const ends = new Map<string, number>()
  for (const { kind, notAfter } of own) {
    ends.set(kind, Math.max(ends.get(kind) ?? 0, notAfter))
  }
  return [...ends].flatMap(([kind, end]) => {
    const isFile = kind.startsWith(FILE_PREFIX)
    const patience = isFile ? 0 : DAY
    const level = levelOf(end, now, settings.certificateDays, patience)
    if (level === 0) return []
    const day = dayInParis(end)
    const isOver = end < now
    return [
      {
        rule: 'own-certificate-expiry' as const,
        subject: `identity:${kind}`,
        connectionId: null,
        level,
        severity: severityOf(level, settings.certificateDays),
        facts: { kind, notAfter: new Date(end).toISOString() },
        text: {
          title: {
            en: `Our own certificate “${kind}” ${isOver ? 'ended' : 'ends'} on ${day}`,
            fr: `Notre certificat « ${kind} » ${isOver ? 'a expiré' : 'expire'} le ${day}`,
          },
          cause: {
            en: isFile
              ? 'The settings name its file; nobody renews it by itself.'
              : 'The gateway has not renewed it; partners that pin it need time to learn of the next one.',
            fr: isFile
              ? 'Les réglages nomment son fichier ; personne ne le renouvelle tout seul.'
              : 'La passerelle ne l’a pas renouvelé ; les partenaires qui l’ont enregistré ont besoin de temps pour le suivant.',
          },
          remedy: {
            en: isFile
              ? 'Put the next certificate and its key in the place of the files.'
              : `raccord identity rotate ${kind} --overlap 30d, then send the partners the new one (their kits carry it); see in the log why it was not renewed.`,
            fr: isFile
              ? 'Mettez le certificat suivant et sa clé à la place des fichiers.'
              : `raccord identity rotate ${kind} --overlap 30d, puis transmettez le nouveau aux partenaires (leurs kits le contiennent) ; voyez dans le journal pourquoi il n’a pas été renouvelé.`,
          },
        },
      },
    ]
  })
}

/** The first of its parts, client and server, that has no certificate any more. */
function lastDayOf({ certificates }: Connection): number | undefined {
  const byPart = Map.groupBy(certificates, ({ part }) => part)
  const ends = [...byPart.values()].map((ones) => Math.max(...ones.map((one) => one.notAfter)))
  return ends.length === 0 ? undefined : Math.min(...ends)
}

/** Past its end it is one level more: that is told once more. */
const levelOf = (end: number, now: number, days: readonly number[], patience = 0): number =>
  fallenTo((end + patience - now) / DAY, days) + (end < now ? 1 : 0)
