import type { Generated } from 'kysely'
import type { ConnectionId, RunId } from '../flow.ts'

/** Runs of qualification scenarios (gateway/qualification). Times are system time, ms UTC. */
export interface QualificationRunsTable {
  id: RunId
  /** Of the catalogue. */
  scenario: string
  /** The scenario as it was when the run began: a later catalogue changes no record. */
  scenario_json: string
  connection_id: ConnectionId
  /** 1 = our own partner side plays the partner. */
  is_self: number
  state: 'RUNNING' | 'PASSED' | 'FAILED' | 'NOT_CONCLUSIVE'
  /** Instead of the times of the steps; null = theirs. */
  patience_seconds: number | null
  started_at: number
  ended_at: number | null
  started_by: string
  /** What steps told later ones: flows by their names, faults put, the clock before. */
  memory_json: string
  /** Why it is not conclusive: `{en, fr}`. */
  note_json: string | null
  /** `{verdict, reason, by, at}`; beside the result, never in its place. */
  override_json: string | null
  /** Certificates, mode, versions when it began. */
  facts_json: string
  /** Of the process that runs it; until `lease_until`. */
  token: Generated<string | null>
  lease_until: Generated<number | null>
}

/** What a run's steps came to; unique (run_id, ordinal). */
export interface QualificationStepsTable {
  run_id: RunId
  /** From 1. */
  ordinal: number
  state: 'WAITING' | 'RUNNING' | 'PASSED' | 'FAILED' | 'NOT_CONCLUSIVE' | 'SKIPPED'
  started_at: number | null
  /** When it has failed, unless what is expected came. */
  deadline: number | null
  ended_at: number | null
  /** `{en, fr}` each. */
  expected_json: string
  got_json: string | null
  /** `{flows, returns, sessions, refusals}`: ids it looked at. */
  seen_json: string
  /** Of a `confirm`: `{isYes, comment, by, at}`. */
  answer_json: string | null
}
