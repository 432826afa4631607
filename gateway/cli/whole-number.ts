import { CommandFailure, EXIT } from './exit-codes.ts'

/** The number an option was given. @throws CommandFailure usage, naming option and range */
export function wholeNumber(
  text: string,
  option: string,
  range: { readonly minimum: number; readonly maximum: number },
): number {
  const value = Number(text)
  if (/^\d+$/.test(text) && value >= range.minimum && value <= range.maximum) return value
  throw new CommandFailure(
    EXIT.usage,
    `${option} ${text}: a whole number from ${range.minimum} to ${range.maximum} is wanted.`,
  )
}
