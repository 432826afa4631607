import type { BilingualText } from '../../gateway/flow.ts'
import type { StepValues, StepVerb } from '../../gateway/qualification/qualification.ts'
import { flowName, type StepParameter } from './step-parameter.ts'

/** One kind of step; docs/scenarios.md and the API read the same rows. */
export interface StepKindRow {
  readonly verb: StepVerb
  readonly parameters: Readonly<Record<string, StepParameter>>
  readonly meaning: BilingualText
  /** What must be done now, told to the tester unless the scenario says it in its own words. */
  readonly say: (values: StepValues) => BilingualText
  /** What the step passes with. */
  readonly expected: (values: StepValues) => BilingualText
  /** Unless the scenario says. */
  readonly withinSeconds: number
  /** It concerns every partner: a scenario that has it has to go on alone. */
  readonly isAlone?: true
}

/** What a partner has to do may wait for its day; what the gateway does may not. */
export const PARTNER_SECONDS = 900
export const GATEWAY_SECONDS = 120
export const TESTER_SECONDS = 86_400

/** Parameters of a step that is about one flow. */
export const FLOW = { flow: flowName() }

export const same = (en: string, fr: string) => (): BilingualText => ({ en, fr })
