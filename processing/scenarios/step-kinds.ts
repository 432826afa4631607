import { CHECK_KINDS } from './check-kinds.ts'
import { CONFIRM_KINDS } from './confirm-kinds.ts'
import { DO_KINDS } from './do-kinds.ts'
import { EXPECT_KINDS } from './expect-kinds.ts'
import type { StepKindRow } from './step-kind-row.ts'

/** Every kind of step there is. */
export const STEP_KINDS = {
  ...EXPECT_KINDS,
  ...DO_KINDS,
  ...CHECK_KINDS,
  ...CONFIRM_KINDS,
} as const satisfies Readonly<Record<string, StepKindRow>>

export type StepKind = keyof typeof STEP_KINDS

/** @returns undefined when there is no such kind */
export function findStepKind(name: string): StepKindRow | undefined {
  return Object.hasOwn(STEP_KINDS, name) ? STEP_KINDS[name as StepKind] : undefined
}
