import type { CampaignComparison, CampaignResult, CoverageRow } from './campaign.ts'
import { verdictOf, type RunDocument, type RunState } from './qualification.ts'

/** What proves one run or several: the runs, and what went over the wire in each. */
export interface EvidenceDocument {
  readonly format: 'raccord-evidence-2'
  /** SHA-256 of the file with 64 zeros in this place; see evidence-seal.ts. */
  readonly seal: string
  readonly madeAt: string
  /** Who had it made. */
  readonly madeBy: string
  /** Where the runs are those of a campaign. */
  readonly campaign: CampaignEvidence | null
  readonly runs: readonly RunEvidence[]
}

export interface CampaignEvidence {
  readonly result: CampaignResult
  /** With the last one before; null: it is the first. */
  readonly comparison: CampaignComparison | null
  readonly coverage: readonly CoverageRow[]
}

export interface RunEvidence {
  readonly run: RunDocument
  readonly messages: readonly EvidenceMessage[]
  readonly sessions: readonly EvidenceSession[]
  readonly refusals: readonly EvidenceRefusal[]
  readonly faults: readonly {
    readonly id: string
    readonly name: string
    readonly values: Readonly<Record<string, string | number>>
    readonly hits: number
  }[]
  readonly attachments: readonly EvidenceAttachment[]
}

/** Base64; null where it is too long to be carried along, or retention has taken it. */
type CarriedContent = string | null

/** A flow or a return flow of the run. */
export interface EvidenceMessage {
  readonly id: string
  readonly direction: 'in' | 'out'
  readonly name: string
  readonly at: string
  readonly bytes: number
  readonly sha256: string
  readonly content: CarriedContent
}

export interface EvidenceSession {
  readonly id: string
  readonly peer: string
  readonly startedAt: string
  readonly endedAt: string | null
  readonly outcome: string | null
  readonly transcriptSha256: string | null
  /** As it is stored, gzip. */
  readonly transcriptBytes: number | null
  /** Its beginning; null: not kept, or not yet. */
  readonly transcript: string | null
}

export interface EvidenceRefusal {
  readonly id: string
  readonly at: string
  readonly code: string
  readonly reason: string
  readonly offered: string | null
}

/** A file that a person put to an answer. */
export interface EvidenceAttachment {
  readonly id: string
  readonly step: number
  readonly name: string
  readonly mediaType: string
  readonly by: string
  readonly at: string
  readonly bytes: number
  readonly sha256: string
  readonly content: CarriedContent
}

/**
 * What all of it comes to: the worst of its runs, by the verdicts that count; of a campaign its own
 * result, unless a person judged one of its runs otherwise.
 */
export function evidenceVerdict(
  runs: readonly RunDocument[],
  campaign: Pick<CampaignEvidence, 'result'> | null | undefined,
): RunState {
  const isJudged = runs.some(({ override }) => override !== null)
  if (campaign !== null && campaign !== undefined && !isJudged) return campaign.result.state
  const verdicts = new Set(runs.map(verdictOf))
  const order = ['RUNNING', 'FAILED', 'NOT_CONCLUSIVE'] as const
  return order.find((one) => verdicts.has(one)) ?? (runs.length === 0 ? 'NOT_CONCLUSIVE' : 'PASSED')
}
