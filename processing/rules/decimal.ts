import { isDecimal, trimXml } from '../formats/simple-types.ts'

/**
 * An exact decimal number, never a binary float (reference invoices §4.1): a whole number of
 * millionths as long as that is exact in a JavaScript number, else digits of any length.
 */
export type Decimal = number | LongDecimal

/** `units` × 10^-`scale`. */
interface LongDecimal {
  readonly units: bigint
  readonly scale: number
}

const SCALE = 6
const ONE = 10 ** SCALE
const CENT = ONE / 100
/** A digit more may be added before a number leaves the exact ones. */
const MAX_UNITS = Number.MAX_SAFE_INTEGER

export const ZERO: Decimal = 0

/** Longer numbers are no amount of anything, and cost time to compute with. */
const MAX_DIGITS = 1_000

/** Reads an xs:decimal; undefined when it is none. */
export function parseDecimal(text: string): Decimal | undefined {
  if (!isDecimal(text)) return undefined
  const bytes = Buffer.from(trimXml(text))
  return readDecimal(bytes, 0, bytes.length)
}

/** Reads the xs:decimal that these bytes spell, white space around it or not; undefined = none. */
export function readDecimal(bytes: Uint8Array, start: number, end: number): Decimal | undefined {
  let at = start
  let last = end
  while (at < last && bytes[at]! <= 0x20) at += 1
  while (last > at && bytes[last - 1]! <= 0x20) last -= 1
  const sign = bytes[at]
  if (sign === MINUS || sign === PLUS) at += 1
  let units = 0
  let digits = 0
  let fraction = -1
  for (let index = at; index < last; index += 1) {
    const byte = bytes[index]!
    if (byte === DOT && fraction < 0) fraction = 0
    else if (byte >= 0x30 && byte <= 0x39) {
      digits += 1
      if (fraction >= 0) fraction += 1
      units = units * 10 + (byte - 0x30)
    } else return undefined
  }
  if (digits === 0 || digits > MAX_DIGITS) return undefined
  if (digits > 15 || fraction > SCALE) {
    return normal(longDecimal(bytes, at, last, sign === MINUS, Math.max(fraction, 0)))
  }
  const scaled = units * POWERS[SCALE - Math.max(fraction, 0)]!
  if (scaled > MAX_UNITS) {
    return longDecimal(bytes, at, last, sign === MINUS, Math.max(fraction, 0))
  }
  return sign === MINUS ? 0 - scaled : scaled
}

const MINUS = 0x2d
const PLUS = 0x2b
const DOT = 0x2e
const POWERS = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000] as const

function longDecimal(
  bytes: Uint8Array,
  start: number,
  end: number,
  isNegative: boolean,
  scale: number,
): LongDecimal {
  const digits = Buffer.from(bytes.subarray(start, end)).toString('latin1').replace('.', '')
  const units = BigInt(digits)
  return { units: isNegative ? -units : units, scale }
}

/** The exact value of a binary float, for rules that the artefacts compute in doubles. */
export function decimalOfDouble(double: number): Decimal {
  let scale = 0
  let rest = double
  while (!Number.isInteger(rest) && scale < 1_100) {
    rest *= 2
    scale += 1
  }
  if (!Number.isFinite(rest)) return ZERO
  // n / 2^k = n × 5^k / 10^k.
  return normal({ units: BigInt(rest) * 5n ** BigInt(scale), scale })
}

/** The binary float nearest to it, as xs:double reads it. */
export function doubleOf(number: Decimal): number {
  return typeof number === 'number' ? number / ONE : Number(formatDecimal(number))
}

export function add(left: Decimal, right: Decimal): Decimal {
  if (typeof left === 'number' && typeof right === 'number') {
    const sum = left + right
    if (sum <= MAX_UNITS && sum >= -MAX_UNITS) return sum
  }
  const scale = Math.max(scaleOf(left), scaleOf(right))
  return normal({ units: unitsAt(left, scale) + unitsAt(right, scale), scale })
}

export function negate(number: Decimal): Decimal {
  return typeof number === 'number' ? 0 - number : { units: -number.units, scale: number.scale }
}

export function subtract(left: Decimal, right: Decimal): Decimal {
  return add(left, negate(right))
}

export function sum(numbers: readonly Decimal[]): Decimal {
  let total: Decimal = ZERO
  for (const number of numbers) total = add(total, number)
  return total
}

/** Negative, 0 or positive, as `left` is less than, equal to or greater than `right`. */
export function compare(left: Decimal, right: Decimal): number {
  if (typeof left === 'number' && typeof right === 'number') return left - right
  const scale = Math.max(scaleOf(left), scaleOf(right))
  const [a, b] = [unitsAt(left, scale), unitsAt(right, scale)]
  return a < b ? -1 : a > b ? 1 : 0
}

export function equals(left: Decimal, right: Decimal): boolean {
  return compare(left, right) === 0
}

export function absolute(number: Decimal): Decimal {
  return compare(number, ZERO) < 0 ? negate(number) : number
}

/** `number` × `rate` / 100. */
export function percentOf(number: Decimal, rate: Decimal): Decimal {
  if (typeof number === 'number' && typeof rate === 'number') {
    // Both in hundredths, as amounts and rates usually are: their product is in millionths.
    const product = (number / CENT) * (rate / CENT)
    const isExact = number % CENT === 0 && rate % CENT === 0
    if (isExact && product <= MAX_UNITS && product >= -MAX_UNITS) return product
  }
  const scale = scaleOf(number) + scaleOf(rate)
  return normal({
    units: unitsAt(number, scaleOf(number)) * unitsAt(rate, scaleOf(rate)),
    scale: scale + 2,
  })
}

/** Two decimals, halves towards positive infinity: floor(x × 100 + 0.5) / 100. */
export function roundToCents(number: Decimal): Decimal {
  return roundTo(number, 2)
}

/** No decimals, halves towards positive infinity. */
export function roundToWhole(number: Decimal): Decimal {
  return roundTo(number, 0)
}

function roundTo(number: Decimal, places: 0 | 2): Decimal {
  if (typeof number === 'number') {
    const unit = places === 2 ? CENT : ONE
    const rest = number % unit
    if (rest === 0) return number
    const floor = number - (rest < 0 ? rest + unit : rest)
    const rounded = number - floor >= unit / 2 ? floor + unit : floor
    if (rounded <= MAX_UNITS && rounded >= -MAX_UNITS) return rounded
  }
  const scale = scaleOf(number)
  if (scale <= places) return number
  const divisor = 10n ** BigInt(scale - places)
  const doubled = 2n * unitsAt(number, scale) + divisor
  const quotient = doubled / (2n * divisor)
  // BigInt division goes towards zero; the floor of a negative one is one lower.
  const isExact = doubled % (2n * divisor) === 0n
  return normal({ units: doubled < 0n && !isExact ? quotient - 1n : quotient, scale: places })
}

/** With at least two decimals, for messages. */
export function formatDecimal(number: Decimal): string {
  let scale = scaleOf(number)
  let units = unitsAt(number, scale)
  while (scale > 2 && units % 10n === 0n) {
    units /= 10n
    scale -= 1
  }
  if (scale < 2) {
    units *= 10n ** BigInt(2 - scale)
    scale = 2
  }
  const digits = String(units < 0n ? -units : units).padStart(scale + 1, '0')
  return `${units < 0n ? '-' : ''}${digits.slice(0, -scale)}.${digits.slice(-scale)}`
}

/** The short form whenever there is one, so that few numbers are long ones. */
function normal(number: LongDecimal): Decimal {
  const { units, scale } = number
  const divisor = scale > SCALE ? 10n ** BigInt(scale - SCALE) : 1n
  if (divisor > 1n && units % divisor !== 0n) return number
  const short = scale > SCALE ? units / divisor : units * 10n ** BigInt(SCALE - scale)
  const isShort = short <= BigInt(MAX_UNITS) && short >= -BigInt(MAX_UNITS)
  return isShort ? Number(short) : number
}

const scaleOf = (number: Decimal): number => (typeof number === 'number' ? SCALE : number.scale)

function unitsAt(number: Decimal, scale: number): bigint {
  if (typeof number === 'number') return BigInt(number) * 10n ** BigInt(scale - SCALE)
  return number.units * 10n ** BigInt(scale - number.scale)
}
