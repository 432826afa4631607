import type { Selectable } from 'kysely'
import type { AlertRuleName } from '../../config/alert-settings.ts'
import type { AlertId, BilingualText, ConnectionId } from '../flow.ts'
import type { AlertsTable } from '../journal/alert-tables.ts'
import type { AlertFacts, AlertText } from './alert-reading.ts'
import { ALERT_RULES } from './alert-rules.ts'

/** An alert as the API, webhooks and live streams show it; times are ISO 8601. */
export interface AlertDocument {
  readonly id: AlertId
  readonly rule: AlertRuleName
  readonly ruleLabel: BilingualText
  readonly subject: string
  readonly connectionId: ConnectionId | null
  readonly state: 'OPEN' | 'RESOLVED'
  readonly severity: 'warning' | 'critical'
  /** How many thresholds are passed, from 1. */
  readonly level: number
  readonly title: BilingualText
  readonly cause: BilingualText
  readonly remedy: BilingualText
  readonly facts: AlertFacts
  readonly openedAt: string
  readonly changedAt: string
  readonly resolvedAt: string | null
  readonly acknowledged: Acknowledgement | null
  /** Nobody was told of it: it is, or was, silenced. */
  readonly isSilenced: boolean
}

/** Who deals with it. */
export interface Acknowledgement {
  readonly by: string
  readonly at: string
  readonly note: string
}

export function alertDocument(row: Selectable<AlertsTable>): AlertDocument {
  const text = JSON.parse(row.text_json) as AlertText
  return {
    id: row.id,
    rule: row.rule,
    // One of a newer program's rules has no row here.
    ruleLabel: ALERT_RULES[row.rule]?.label ?? { en: row.rule, fr: row.rule },
    subject: row.subject,
    connectionId: row.connection_id,
    state: row.state,
    severity: row.severity,
    level: row.level,
    ...text,
    facts: JSON.parse(row.facts_json) as AlertFacts,
    openedAt: new Date(row.opened_at).toISOString(),
    changedAt: new Date(row.changed_at).toISOString(),
    resolvedAt: row.resolved_at === null ? null : new Date(row.resolved_at).toISOString(),
    acknowledged: row.ack_json === null ? null : (JSON.parse(row.ack_json) as Acknowledgement),
    isSilenced: row.told_level === null,
  }
}
