import type {
  BilingualText,
  ConnectionId,
  FlowId,
  ProtocolName,
  ReturnFlowId,
  RunId,
} from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import type { SeenByStep, StepValues } from '../../gateway/qualification/qualification.ts'

/** What steps do to the gateway, each for the run that is named as who does it. */
export interface ScenarioActions {
  /** Scoped to the connection, where the fault acts late enough to know it. */
  putFault(order: {
    readonly run: RunId
    readonly connectionId: ConnectionId
    readonly protocol: ProtocolName
    readonly name: string
    readonly values: Readonly<Record<string, string>>
    readonly next: number
  }): Promise<string>
  /** Whom a fault of the catalogue meets; undefined: there is none of that name. */
  faultReach(name: string): 'partner' | 'everybody' | undefined
  /** Ends what faults the run has put. */
  clearFaults(run: RunId): Promise<number>
  readonly clockOffsetMilliseconds: () => number
  moveClock(run: RunId, offsetMilliseconds: number): Promise<void>
  /** Withdraws reports that nobody fetched in time. */
  purgeReturns(): Promise<number>
  moveReturn(run: RunId, id: ReturnFlowId, move: string): Promise<void>
  moveInvoices(run: RunId, flow: FlowId, to: string): Promise<number>
  /** Of the gateway, for a protocol: the next key of each kind, beside the present one. */
  renewKey(protocol: ProtocolName, overlapMilliseconds: number): Promise<readonly RenewedKey[]>
  /** Takes back those that the run made and nobody uses yet. */
  withdrawKeys(keys: readonly RenewedKey[]): Promise<void>
  /** Fingerprint of the gateway's own key of a kind. */
  keyInUse(kind: string): string | undefined
  /** SHA-256 of the partner's certificates that are accepted now. */
  certificatesInForce(id: ConnectionId): Promise<readonly string[]>
  /** When the last of them ends: milliseconds UTC. */
  certificatesEnd(id: ConnectionId): Promise<number | undefined>
  /** SHA-256 of the partner's certificate that a flow came with, by its evidence. */
  certificateOf(
    id: ConnectionId,
    protocol: ProtocolName,
    evidence: Readonly<Record<string, string>>,
  ): Promise<string | undefined>
}

/** Fingerprints of a key of the gateway and of the one that follows it. */
export interface RenewedKey {
  readonly kind: string
  readonly present: string
  readonly next: string
  /** Made for the run. */
  readonly isOwn: boolean
}

/** What the steps of a run tell one another; kept with the run. */
export interface RunMemory {
  /** By the name the scenario gives. */
  readonly flows: Readonly<Record<string, FlowId>>
  /** Refusals at the door that a step has counted for itself. */
  readonly refusals: readonly string[]
  /** Times a flow came again that steps have counted. */
  readonly again: number
  /** Offset of the clock before the run moved it; null: it has not. */
  readonly clockBefore: number | null
  readonly clockTarget: number | null
  /** System time of that. */
  readonly clockMovedAt?: number
  readonly keys?: readonly RenewedKey[]
  /** The last flow that a step has counted without naming it, and all before. */
  readonly countedUntil?: FlowId
}

export const EMPTY_MEMORY: RunMemory = {
  flows: {},
  refusals: [],
  again: 0,
  clockBefore: null,
  clockTarget: null,
}

/** What a step is judged with. */
export interface Scene {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'read'>
  readonly actions: ScenarioActions
  readonly run: RunId
  readonly connection: {
    readonly id: ConnectionId
    readonly applicationCode: string
    readonly protocol: ProtocolName
  }
  readonly values: StepValues
  readonly memory: RunMemory
  /** System time, milliseconds UTC. */
  readonly runStartedAt: number
  readonly stepStartedAt: number
  readonly deadline: number
  /** Of a question. */
  readonly answer: { readonly isYes: boolean; readonly comment: string | null } | null
}

export interface StepOutcome {
  readonly state: 'WAITING' | 'PASSED' | 'FAILED' | 'NOT_CONCLUSIVE'
  /** So far. */
  readonly got?: BilingualText
  readonly seen?: Partial<SeenByStep>
  readonly remember?: Partial<RunMemory>
}

/** Looks once; asked again until it passes, fails, or its time is over. */
export type JudgeStep = (scene: Scene) => Promise<StepOutcome>

export const waiting = (en: string, fr: string, rest: Partial<StepOutcome> = {}): StepOutcome => ({
  ...rest,
  state: 'WAITING',
  got: { en, fr },
})
export const passed = (en: string, fr: string, rest: Partial<StepOutcome> = {}): StepOutcome => ({
  ...rest,
  state: 'PASSED',
  got: { en, fr },
})
export const failed = (en: string, fr: string, rest: Partial<StepOutcome> = {}): StepOutcome => ({
  ...rest,
  state: 'FAILED',
  got: { en, fr },
})
