import type { AlertRuleName, AlertSettings } from '../../config/alert-settings.ts'
import type { Connection } from '../connections/connection.ts'
import type { BilingualText, ConnectionId, Environment } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'

/** What people read of an alert. */
export interface AlertText {
  readonly title: BilingualText
  readonly cause: BilingualText
  readonly remedy: BilingualText
}

/** Figures behind an alert, for programs. */
export type AlertFacts = Readonly<Record<string, string | number | null>>

/** Something that is wrong now. */
export interface AlertReading {
  readonly rule: AlertRuleName
  /** What it is about: id of a connection, `gateway`, `identity:as2`… */
  readonly subject: string
  readonly connectionId: ConnectionId | null
  /** How many thresholds are passed, from 1. */
  readonly level: number
  readonly severity: 'warning' | 'critical'
  readonly facts: AlertFacts
  readonly text: AlertText
}

/** What rules look at. */
export interface AlertGround {
  readonly journal: Journal
  /** Business time, milliseconds UTC. */
  readonly now: number
  readonly environment: Environment
  readonly settings: AlertSettings
  readonly connections: readonly Connection[]
  readonly ownCertificates: readonly OwnCertificate[]
}

/** A certificate of the gateway's own. */
export interface OwnCertificate {
  /** `as2`, `api-tls`…; `file:api` of a file in the settings. */
  readonly kind: string
  /** Milliseconds UTC. */
  readonly notAfter: number
}

/** How many of the thresholds, the least first, a figure has reached. */
export const reached = (figure: number, thresholds: readonly number[]): number =>
  thresholds.filter((threshold) => figure >= threshold).length

/** The same for a figure that falls: thresholds with the most first. */
export const fallenTo = (figure: number, thresholds: readonly number[]): number =>
  thresholds.filter((threshold) => figure <= threshold).length

/** The graver half of the thresholds is critical. */
export const severityOf = (level: number, thresholds: readonly number[]): 'warning' | 'critical' =>
  level * 2 > thresholds.length ? 'critical' : 'warning'

/** `ACM001 (Acmé)`, on one line: it stands in subjects of mails. */
export const partnerName = (one: {
  readonly applicationCode: string
  readonly name: string
}): string => `${one.applicationCode} (${one.name.replaceAll(/\s+/g, ' ').trim()})`

/** `2026-11-23 03:10 UTC`. */
export const shownTime = (at: number): string =>
  `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** Connections that are open, by id. */
export function openConnections({
  connections,
}: Pick<AlertGround, 'connections'>): ReadonlyMap<ConnectionId, Connection> {
  const open = connections.filter(({ state }) => state === 'ACTIVATED' || state === 'SENT_UPDATED')
  return new Map(open.map((one) => [one.id, one]))
}
