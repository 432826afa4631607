import type { Generated } from 'kysely'
import type { ConnectionId, RunId } from '../flow.ts'
import type { CampaignResultId } from '../qualification/campaign.ts'
import type { AttachmentId } from '../qualification/qualification.ts'

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

/** A file that a person put to the answer of a `confirm` step; the content is a payload. */
export interface QualificationAttachmentsTable {
  id: AttachmentId
  run_id: RunId
  /** Of the step. */
  ordinal: number
  name: string
  media_type: string
  sha256: string
  bytes: number
  added_at: number
  added_by: string
}

/** Who has the token may watch that run in a browser, and nothing else. */
export interface RunViewsTable {
  token_sha256: string
  run_id: RunId
  created_by: string
  /** System time. */
  expires_at: number
}

/** Campaigns on connections: sets of scenarios that are run one after the other. */
export interface CampaignResultsTable {
  id: CampaignResultId
  /** Its id. */
  campaign: string
  /** The campaign as it was when it began. */
  campaign_json: string
  connection_id: ConnectionId
  /** 1 = our own partner side plays the partner. */
  is_self: number
  patience_seconds: number | null
  state: 'RUNNING' | 'PASSED' | 'FAILED' | 'NOT_CONCLUSIVE'
  started_at: number
  ended_at: number | null
  started_by: string
}

/** The scenarios of a campaign; unique (result_id, position). */
export interface CampaignItemsTable {
  result_id: CampaignResultId
  /** From 1. */
  position: number
  scenario: string
  run_id: RunId | null
  /** Frozen when the run ended; null: to come, or under way. */
  result: 'PASSED' | 'FAILED' | 'NOT_CONCLUSIVE' | 'NOT_RUN' | null
  /** `{en, fr}`. */
  note_json: string | null
}
