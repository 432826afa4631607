import { isDecimal, trimXml } from '../formats/simple-types.ts'

/** An exact decimal number: `units` × 10^-`scale`. Never a binary float (reference invoices §4.1). */
export interface Decimal {
  readonly units: bigint
  readonly scale: number
}

export const ZERO: Decimal = { units: 0n, scale: 0 }

/** Reads an xs:decimal; undefined when it is none. */
export function parseDecimal(text: string): Decimal | undefined {
  if (!isDecimal(text)) return undefined
  const trimmed = trimXml(text)
  const dot = trimmed.indexOf('.')
  const fraction = dot < 0 ? '' : trimmed.slice(dot + 1)
  const whole = (dot < 0 ? trimmed : trimmed.slice(0, dot)).replace('+', '')
  const digits = BigInt(whole.replace('-', '') + fraction)
  return { units: whole.startsWith('-') ? -digits : digits, scale: fraction.length }
}

export function add(left: Decimal, right: Decimal): Decimal {
  const scale = Math.max(left.scale, right.scale)
  return { units: unitsAt(left, scale) + unitsAt(right, scale), scale }
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  return add(left, { units: -right.units, scale: right.scale })
}

export function sum(numbers: readonly Decimal[]): Decimal {
  return numbers.reduce(add, ZERO)
}

export function equals(left: Decimal, right: Decimal): boolean {
  const scale = Math.max(left.scale, right.scale)
  return unitsAt(left, scale) === unitsAt(right, scale)
}

/** Two decimals, halves towards positive infinity: floor(x × 100 + 0.5) / 100. */
export function roundToCents(number: Decimal): Decimal {
  if (number.scale <= 2) return { units: unitsAt(number, 2), scale: 2 }
  const divisor = 10n ** BigInt(number.scale - 2)
  const doubled = 2n * number.units + divisor
  const quotient = doubled / (2n * divisor)
  // BigInt division goes towards zero; the floor of a negative one is one lower.
  const isExact = doubled % (2n * divisor) === 0n
  return { units: doubled < 0n && !isExact ? quotient - 1n : quotient, scale: 2 }
}

/** With at least two decimals, for messages. */
export function formatDecimal(number: Decimal): string {
  const scale = Math.max(2, number.scale)
  const units = unitsAt(number, scale)
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

const unitsAt = (number: Decimal, scale: number): bigint =>
  number.units * 10n ** BigInt(scale - number.scale)
