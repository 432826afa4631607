import { CommandFailure, EXIT } from './exit-codes.ts'

const UNIT_MILLISECONDS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
}

/** `500ms`, `30s`, `2m`, `1h`, `1d` in milliseconds. @throws CommandFailure usage */
export function parseDuration(text: string): number {
  const match = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text)
  const unit = UNIT_MILLISECONDS[match?.[2] ?? '']
  if (match === null || unit === undefined) {
    throw new CommandFailure(
      EXIT.usage,
      `${text} is not a duration.`,
      'Write it as 30s, 2m, 1h or 1d.',
    )
  }
  return Number(match[1]) * unit
}
