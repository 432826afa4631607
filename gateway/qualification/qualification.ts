import type { Actor } from '../accounts/actor.ts'
import type {
  BilingualText,
  ConnectionId,
  Environment,
  ProtocolName,
  RunId,
  StoredContent,
} from '../flow.ts'
import type { CampaignResultId } from './campaign.ts'

/**
 * Qualification of a connection: scenarios, and runs of them. What the API asks;
 * processing/scenarios answers.
 */
export interface Qualification {
  /** The catalogue, in its order. */
  scenarios(): readonly ScenarioDocument[]
  scenario(id: string): ScenarioDocument | undefined
  /** Newest first. */
  list(criteria: RunCriteria): Promise<readonly RunDocument[]>
  /** @param name the id of a run, or a unique start of one; @throws GatewayError API_AMBIGUOUS */
  find(name: string, sirets: readonly string[] | undefined): Promise<RunDocument | undefined>
  /** Null = of no structure; undefined = there is no such run. */
  siretOf(name: string, sirets: readonly string[] | undefined): Promise<string | null | undefined>
  /**
   * Begins a run; it goes on by itself, whatever becomes of who asked.
   * @throws GatewayError API_NOT_FOUND, RUN_MOVE_ILLEGAL when one is under way, NOT_IN_PRODUCTION
   */
  start(order: RunOrder, by: Actor): Promise<RunDocument>
  /** Reads a scenario of one's own. @throws GatewayError API_REQUEST_INVALID with every fault */
  read(document: unknown): ScenarioDocument
  /** Ends it: not conclusive. @throws GatewayError RUN_MOVE_ILLEGAL when it has ended */
  cancel(id: RunId, by: Actor, reason?: string): Promise<RunDocument>
  /** Answers the question that waits. @throws GatewayError RUN_MOVE_ILLEGAL when none does */
  confirm(id: RunId, answer: ConfirmAnswer, by: Actor): Promise<RunDocument>
  /**
   * Puts a stored file to a question: the one that waits, else the last that was asked.
   * @throws GatewayError RUN_MOVE_ILLEGAL when there is none, or it has its fill
   */
  attach(id: RunId, file: AttachedFile, by: Actor): Promise<RunDocument>
  /**
   * What the open step waits for will not come: its time is over.
   * @throws GatewayError RUN_MOVE_ILLEGAL when no step waits
   */
  giveUp(id: RunId, by: Actor): Promise<RunDocument>
  /** Sets a verdict beside the result. @throws GatewayError RUN_MOVE_ILLEGAL while it runs */
  override(id: RunId, order: OverrideOrder, by: Actor): Promise<RunDocument>
  /** Calls back soon after any run changed. @returns ends it */
  subscribe(listener: () => void): () => void
}

export const RUN_VERDICTS = ['PASSED', 'FAILED', 'NOT_CONCLUSIVE'] as const
export type RunVerdict = (typeof RUN_VERDICTS)[number]
export const RUN_STATES = ['RUNNING', ...RUN_VERDICTS] as const
export type RunState = (typeof RUN_STATES)[number]
export const STEP_STATES = ['WAITING', ...RUN_STATES, 'SKIPPED'] as const
export type StepState = (typeof STEP_STATES)[number]
export const STEP_VERBS = ['expect', 'do', 'check', 'confirm'] as const
export type StepVerb = (typeof STEP_VERBS)[number]

export type StepValues = Readonly<Record<string, string | number>>

export interface ScenarioStep {
  readonly verb: StepVerb
  /** Of the table of step kinds. */
  readonly kind: string
  readonly values: StepValues
  /** Of `values`, those that a parameter of the scenario gives: its name, by theirs. */
  readonly inputs?: Readonly<Record<string, string>>
  /** How long it may take. */
  readonly withinSeconds: number
  /** What the partner, or the tester, has to do now. */
  readonly say: BilingualText
}

/** What a run may be given, and what it has been. */
export interface ScenarioParameter {
  readonly name: string
  readonly default: string | number
  readonly minimum?: number
  readonly maximum?: number
  readonly meaning: BilingualText
  readonly value: string | number
}

export interface ScenarioDocument {
  readonly id: string
  readonly title: BilingualText
  readonly purpose: BilingualText
  readonly protocols: readonly ProtocolName[]
  /** How the connection has to be; what is not said does not matter. */
  readonly needs: {
    /** A mode it must have for a code at least. */
    readonly mode?: 'PARTIAL' | 'COMPLETE'
    /** Recipients that the directory does not have are refused: setting `directory.unknown`. */
    readonly unknownRecipients?: 'refuse'
    /** A code it must have subscribed to. */
    readonly code?: string
    /** Receipts at a URL are given: setting `as2.asyncMdn` of the connection. */
    readonly asyncMdn?: 'honour'
  }
  /** It moves the clock or breaks the door for all: no other run may go on beside it. */
  readonly isAlone: boolean
  /** Numbers of test cases in the plans of others. */
  readonly references: readonly string[]
  readonly parameters?: readonly ScenarioParameter[]
  readonly steps: readonly ScenarioStep[]
}

export interface RunOrder {
  /** Of the catalogue; absent: `document`. */
  readonly scenario?: string
  /** A scenario of one's own, as docs/scenarios.md describes it. */
  readonly document?: unknown
  /** Values of its parameters. */
  readonly inputs?: StepValues
  readonly connectionId: ConnectionId
  /** Our own partner side plays the partner. */
  readonly isSelf: boolean
  /** Instead of the times of the steps. */
  readonly patienceSeconds?: number
  /** The place in a campaign that it is run for. */
  readonly campaign?: { readonly result: CampaignResultId; readonly position: number }
}

export interface ConfirmAnswer {
  readonly isYes: boolean
  readonly comment?: string
}

export type AttachmentId = `att_${string}`

/** A file for a question; its content is in the payload store already. */
export interface AttachedFile extends StoredContent {
  readonly name: string
  readonly mediaType: string
}

export interface OverrideOrder {
  readonly verdict: RunVerdict
  readonly reason: string
}

export interface RunCriteria {
  readonly sirets?: readonly string[] | undefined
  readonly connectionId?: ConnectionId | undefined
  readonly scenario?: string | undefined
  readonly state?: RunState | undefined
  readonly before?: string | undefined
  readonly limit: number
}

/** Ids of what a step looked at. */
export interface SeenByStep {
  readonly flows: readonly string[]
  readonly returns: readonly string[]
  readonly sessions: readonly string[]
  readonly refusals: readonly string[]
  readonly faults: readonly string[]
}

export interface StepDocument extends ScenarioStep {
  readonly ordinal: number
  readonly state: StepState
  readonly expected: BilingualText
  readonly got: BilingualText | null
  readonly startedAt: string | null
  readonly deadline: string | null
  readonly endedAt: string | null
  readonly seen: SeenByStep
  readonly answer: {
    readonly isYes: boolean
    readonly comment: string | null
    readonly by: string
    readonly at: string
  } | null
  /** What people put to a question, oldest first. */
  readonly attachments: readonly (AttachedFile & {
    readonly id: AttachmentId
    readonly by: string
    readonly at: string
  })[]
}

/** A person's verdict, beside the result. */
interface Judgement {
  readonly verdict: RunVerdict
  readonly reason: string
  readonly by: string
  readonly at: string
}

export interface RunOverride extends Judgement {
  /** Those that it replaced, oldest first. */
  readonly earlier?: readonly Judgement[]
}

export interface RunDocument {
  readonly id: RunId
  readonly scenario: Omit<ScenarioDocument, 'steps'>
  readonly connectionId: ConnectionId
  readonly applicationCode: string
  readonly protocol: ProtocolName
  readonly isSelf: boolean
  readonly state: RunState
  /** Why it is not conclusive. */
  readonly note: BilingualText | null
  readonly override: RunOverride | null
  readonly startedAt: string
  readonly endedAt: string | null
  readonly startedBy: string
  readonly facts: RunFacts
  readonly steps: readonly StepDocument[]
}

/** How things were when the run began. */
export interface RunFacts {
  readonly versions: { readonly raccord: string; readonly node: string }
  /** Business time ahead of the system's. */
  readonly clockOffsetMilliseconds: number
  /** Interface codes and modes of the connection. */
  readonly codes: Readonly<Record<string, string>>
  readonly partner: string
  readonly certificates: readonly {
    readonly subject: string
    readonly sha256: string
    readonly notAfter: string
  }[]
  /** What the partner knows the gateway by; absent in runs of older programs. */
  readonly gatewayKeys?: readonly { readonly kind: string; readonly fingerprint: string }[]
  /** Absent in runs of older programs. */
  readonly environment?: Environment
}

/** The result that counts: the override where there is one. */
export function verdictOf(run: Pick<RunDocument, 'state' | 'override'>): RunState {
  return run.override?.verdict ?? run.state
}
