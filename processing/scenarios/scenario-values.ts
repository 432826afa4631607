import type { StepVerb } from '../../gateway/qualification/qualification.ts'

/** What a step is; the same words as the port's. */
export const STEP_VERBS = [
  'expect',
  'do',
  'check',
  'confirm',
] as const satisfies readonly StepVerb[]

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }

/** Seconds of `30s`, `10m`, `2h`, `1d`. */
export function stepSeconds(text: string): number {
  return Number(text.slice(0, -1)) * (UNIT_SECONDS[text.slice(-1)] ?? 1)
}
