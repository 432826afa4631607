import { parseDuration } from './duration.ts'

/**
 * An age (`1h`, `2d`) or a time (ISO 8601) as the API takes it.
 * @throws CommandFailure usage
 */
export function momentText(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (/^\d{4}-/.test(text) && !Number.isNaN(Date.parse(text))) return new Date(text).toISOString()
  return new Date(Date.now() - parseDuration(text)).toISOString()
}
