import type { Generated } from 'kysely'
import type { AlertRuleName } from '../../config/alert-settings.ts'
import type { AlertCallId, AlertId, ConnectionId, SilenceId } from '../flow.ts'

/** What is wrong or was (gateway/alerts). Times are business time unless said, ms UTC. */
export interface AlertsTable {
  id: AlertId
  rule: AlertRuleName
  /** What it is about: id of a connection, `gateway`, `identity:as2`… One is open of a rule and subject. */
  subject: string
  connection_id: ConnectionId | null
  state: 'OPEN' | 'RESOLVED'
  severity: 'warning' | 'critical'
  /** How many thresholds are passed, from 1. */
  level: number
  /** Figures behind it. */
  facts_json: string
  /** `{title, cause, remedy}`, each `{en, fr}`. */
  text_json: string
  opened_at: number
  /** System time of the last change: what live streams go on from. */
  changed_at: number
  resolved_at: number | null
  /** The gravest level that somebody was told of; null: nobody was, it is silenced. */
  told_level: Generated<number | null>
  /** `{by, at, note}`. */
  ack_json: Generated<string | null>
}

/** Alerts that nobody is told of for a while. Times are business time. */
export interface AlertSilencesTable {
  id: SilenceId
  /** Null: every rule. */
  rule: AlertRuleName | null
  /** Null: every partner, and what is about none. */
  connection_id: ConnectionId | null
  until: number
  reason: string
  created_at: number
  created_by: string
  /** Ended before its time. */
  ended_at: Generated<number | null>
}

/** Calls of webhooks, one for each thing that is told. Times are integer ms, system time. */
export interface AlertCallsTable {
  id: AlertCallId
  /** Unique: alert, event, level and webhook. */
  key: string
  /** Place of the webhook among those of the settings, from 0. */
  webhook: number
  body_json: string
  state: 'WAITING' | 'DONE' | 'FAILED'
  attempts: number
  next_attempt_at: number
  created_at: number
  ended_at: Generated<number | null>
  failure: Generated<string | null>
}
