import { RULES } from '../../processing/rules/rules.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'

/** As it is published; capitals do not matter. @throws CommandFailure when there is none */
export function knownRule(asked: string): string {
  const known = RULES.find(({ id }) => id.toUpperCase() === asked.toUpperCase())?.id
  if (known !== undefined) return known
  throw new CommandFailure(EXIT.usage, `There is no rule ${asked}.`, 'docs/rules.md lists them.')
}

/** @throws CommandFailure for what has not 14 digits */
export function requireSiret(siret: string): void {
  if (/^\d{14}$/.test(siret)) return
  throw new CommandFailure(EXIT.usage, `${siret} is no SIRET.`, 'It has 14 digits.')
}
