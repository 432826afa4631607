import type { Environment } from './flow.ts'

/** SIREN of the fictional structures of qualification; their SIRETs are zero-padded numbers. */
export const FICTIONAL_SIREN = '000000000'
/** Its establishments have check digits of their own. */
const LA_POSTE_SIREN = '356000000'

/**
 * 14 digits with the right check digits: Luhn over all and over the first nine; La Poste's
 * establishments by their own sum. SIREN 000000000 is fictional: in qualification it passes whatever
 * follows, in production it is none (decisions D8).
 */
export function isSiret(text: string, environment: Environment): boolean {
  if (!/^\d{14}$/.test(text)) return false
  const siren = sirenOf(text)
  if (siren === FICTIONAL_SIREN) return environment === 'qualification'
  if (siren === LA_POSTE_SIREN && digitSum(text) % 5 === 0) return true
  return passesLuhn(text) && passesLuhn(siren)
}

/** The legal unit of an establishment: the first nine digits. */
export function sirenOf(siret: string): string {
  return siret.slice(0, 9)
}

/** From the right, every second digit doubled (less 9 above 9): the sum ends with 0. */
export function passesLuhn(digits: string): boolean {
  let total = 0
  for (let index = 0; index < digits.length; index += 1) {
    const digit = Number(digits[digits.length - 1 - index])
    const doubled = index % 2 === 1 ? 2 * digit : digit
    total += doubled > 9 ? doubled - 9 : doubled
  }
  return total % 10 === 0
}

const digitSum = (digits: string): number =>
  Array.from(digits).reduce((total, digit) => total + Number(digit), 0)
