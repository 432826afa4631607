import { FICTIONAL_SIREN, passesLuhn } from '../../gateway/siret.ts'
import type { Environment } from '../../gateway/flow.ts'

/** Identifiers of parties by their shape and check digits: reference invoices §8. */

/** 9 digits; the fictional one passes in qualification (decisions D8). */
export function isSiren(text: string, environment: Environment): boolean {
  if (!/^\d{9}$/.test(text)) return false
  if (text === FICTIONAL_SIREN) return environment === 'qualification'
  return passesLuhn(text)
}

/**
 * `FR`, two characters, SIREN. A numeric key is computed; keys with letters (never I nor O) are
 * judged by their shape. Monaco has SIRENs that start with 000 and follow no sum.
 */
export function isFrenchVat(text: string): boolean {
  const found = /^FR([0-9A-HJ-NP-Z]{2})(\d{9})$/.exec(text)
  if (found === null) return false
  const [, key = '', siren = ''] = found
  if (siren.startsWith('000')) return true
  if (!passesLuhn(siren)) return false
  return !/^\d{2}$/.test(key) || Number(key) === (12 + 3 * (Number(siren) % 97)) % 97
}

/** New Caledonia: 6 or 7 digits, then 3. */
export const isRidet = (text: string): boolean => /^\d{9,10}$/.test(text)

/** French Polynesia: 6 letters or digits, then 3 digits. */
export const isTahiti = (text: string): boolean => /^[A-Za-z0-9]{6}\d{3}$/.test(text)
