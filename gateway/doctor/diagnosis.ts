import type { BilingualText } from '../flow.ts'
import { PROBLEMS, type ProblemId } from './problems.ts'

/** One line of what `raccord doctor` says. */
export interface Diagnosis {
  /** What was looked at. */
  readonly subject: BilingualText
  /** What is wrong; absent = well. */
  readonly problem?: ProblemId
  /** What was seen. */
  readonly detail: BilingualText
  /** More to the point than the problem's own. */
  readonly remedy?: BilingualText
}

/** The same words in both languages: a name, an address, a message of a server. */
export const same = (text: string): BilingualText => ({ en: text, fr: text })

export const well = (
  subject: BilingualText | string,
  detail: BilingualText | string,
): Diagnosis => ({
  subject: typeof subject === 'string' ? same(subject) : subject,
  detail: typeof detail === 'string' ? same(detail) : detail,
})

/** @param more another subject than the problem's, a remedy more to the point */
export const found = (
  problem: ProblemId,
  detail: BilingualText | string,
  more: { readonly subject?: string; readonly remedy?: BilingualText } = {},
): Diagnosis => ({
  subject: more.subject === undefined ? PROBLEMS[problem].checked : same(more.subject),
  problem,
  detail: typeof detail === 'string' ? same(detail) : detail,
  ...(more.remedy === undefined ? {} : { remedy: more.remedy }),
})

/** What a thrown value says, without a stack. */
export function saidBy(error: unknown): string {
  if (error instanceof AggregateError && error.message === '') {
    return error.errors.map(saidBy).join(', ')
  }
  return error instanceof Error ? error.message : String(error)
}
