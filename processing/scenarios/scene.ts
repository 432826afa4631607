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
  /** Ends what faults the run has put. */
  clearFaults(run: RunId): Promise<number>
  readonly clockOffsetMilliseconds: () => number
  moveClock(run: RunId, offsetMilliseconds: number): Promise<void>
  /** Withdraws reports that nobody fetched in time. */
  purgeReturns(): Promise<number>
  moveReturn(run: RunId, id: ReturnFlowId, move: string): Promise<void>
  moveInvoices(run: RunId, flow: FlowId, to: string): Promise<number>
  /** Of the gateway, for a protocol. @returns fingerprints of those made */
  renewKey(protocol: ProtocolName, overlapMilliseconds: number): Promise<readonly string[]>
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
