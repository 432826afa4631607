import { z } from 'zod'
import type { ErrorDetail } from '../errors.ts'

/** Where of a request a fault is. */
export type RequestPart = 'path' | 'query' | 'body' | 'header'

/** More would help nobody: a body of a thousand wrong members has one cause. */
const MAX_FAULTS = 50

const EN = z.locales.en().localeError
const FR = z.locales.fr().localeError

type Issue = z.core.$ZodIssue

/**
 * What a part of a request says, or every fault of it in both languages. A message that a schema
 * brings itself is in English in both.
 */
export function parsePart<Output>(
  part: RequestPart,
  schema: z.ZodType<Output>,
  value: unknown,
): { readonly data: Output } | { readonly faults: readonly ErrorDetail[] } {
  const parsed = schema.safeParse(value, { error: EN, reportInput: false })
  if (parsed.success) return { data: parsed.data }
  const french = schema.safeParse(value, { error: FR }).error?.issues ?? []
  const faults = parsed.error.issues
    .slice(0, MAX_FAULTS)
    .map((issue, index) => faultOf(part, issue, french[index] ?? issue))
  return { faults }
}

function faultOf(part: RequestPart, issue: Issue, french: Issue): ErrorDetail {
  return {
    field: fieldOf(part, issue),
    code: issue.code,
    message: { en: issue.message, fr: french.message },
  }
}

/** A member nobody asked for is named itself, not the object that has it. */
function fieldOf(part: RequestPart, issue: Issue): string {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const path = [...issue.path, ...unknown].map((step) => String(step).slice(0, 80)).join('.')
  return path === '' ? part : path
}
