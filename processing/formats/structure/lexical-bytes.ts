/**
 * Lexical rules of the XML Schema types that numbers, dates and flags have (XML Schema part 2), on
 * UTF-8 bytes from `start` to before `end`. White space around numbers and flags is left aside;
 * around a date or behind a time it is a fault, as for the validator partners compare with (libxml2).
 */

const SPACE = 0x20
const PLUS = 0x2b
const MINUS = 0x2d
const DOT = 0x2e
const ZERO = 0x30
const COLON = 0x3a
const CAPITAL_T = 0x54
const CAPITAL_Z = 0x5a

/** What a validator reckons years with is no longer. */
const MAX_YEAR_DIGITS = 9

export function isXmlSpace(byte: number): boolean {
  return byte === SPACE || byte === 0x0a || byte === 0x0d || byte === 0x09
}

/** A byte other than white space is there. */
export function hasInk(bytes: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) if (!isXmlSpace(bytes[at]!)) return true
  return false
}

const isDigit = (byte: number | undefined): boolean =>
  byte !== undefined && byte >= ZERO && byte <= 0x39

function skipSpace(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isXmlSpace(bytes[at]!)) at += 1
  return at
}

function skipSpaceBack(bytes: Uint8Array, start: number, end: number): number {
  let at = end
  while (at > start && isXmlSpace(bytes[at - 1]!)) at -= 1
  return at
}

function skipDigits(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isDigit(bytes[at])) at += 1
  return at
}

/** xs:decimal: no exponent, no infinity, no digit separator. */
export function isDecimal(bytes: Uint8Array, start: number, end: number): boolean {
  return isNumber(bytes, start, end, true)
}

/** xs:integer. */
export function isInteger(bytes: Uint8Array, start: number, end: number): boolean {
  return isNumber(bytes, start, end, false)
}

function isNumber(bytes: Uint8Array, start: number, end: number, mayHaveDot: boolean): boolean {
  let at = skipSpace(bytes, start, end)
  const last = skipSpaceBack(bytes, at, end)
  if (at < last && (bytes[at] === PLUS || bytes[at] === MINUS)) at += 1
  const whole = skipDigits(bytes, at, last)
  let digits = whole - at
  at = whole
  if (mayHaveDot && at < last && bytes[at] === DOT) {
    const fraction = skipDigits(bytes, at + 1, last)
    digits += fraction - at - 1
    at = fraction
  }
  return digits > 0 && at === last
}

/** xs:boolean: true, false, 1 or 0. */
export function isBoolean(bytes: Uint8Array, start: number, end: number): boolean {
  const at = skipSpace(bytes, start, end)
  const last = skipSpaceBack(bytes, at, end)
  switch (last - at) {
    case 1:
      return bytes[at] === ZERO || bytes[at] === ZERO + 1
    case 4:
      return isWord(bytes, at, 'true')
    case 5:
      return isWord(bytes, at, 'false')
    default:
      return false
  }
}

function isWord(bytes: Uint8Array, start: number, word: string): boolean {
  for (let at = 0; at < word.length; at += 1) {
    if (bytes[start + at] !== word.charCodeAt(at)) return false
  }
  return true
}

/** xs:date, with or without time zone; the day must exist. */
export function isDate(bytes: Uint8Array, start: number, end: number): boolean {
  const day = endOfDate(bytes, start, end)
  return day > 0 && endOfZone(bytes, day, end) === end
}

/** xs:time, with or without fraction and time zone. */
export function isTime(bytes: Uint8Array, start: number, end: number): boolean {
  const time = endOfTime(bytes, skipSpace(bytes, start, end), end)
  return time > 0 && endOfZone(bytes, time, end) === end
}

/** xs:dateTime, with or without fraction and time zone. */
export function isDateTime(bytes: Uint8Array, start: number, end: number): boolean {
  const day = endOfDate(bytes, start, end)
  if (day <= 0 || day === end || bytes[day] !== CAPITAL_T) return false
  const time = endOfTime(bytes, day + 1, end)
  return time > 0 && endOfZone(bytes, time, end) === end
}

/** Two digits as a number; -1 when they are none. */
function twoDigits(bytes: Uint8Array, at: number, end: number): number {
  if (at + 2 > end || !isDigit(bytes[at]) || !isDigit(bytes[at + 1])) return -1
  return (bytes[at]! - ZERO) * 10 + bytes[at + 1]! - ZERO
}

/** Where the date that begins at `start` ends; -1 when none does. */
function endOfDate(bytes: Uint8Array, start: number, end: number): number {
  const first = bytes[start] === MINUS ? start + 1 : start
  let at = skipDigits(bytes, first, end)
  const digits = at - first
  if (digits < 4 || digits > MAX_YEAR_DIGITS || (digits > 4 && bytes[first] === ZERO)) return -1
  // Whether the year is a leap year is told by its last four digits.
  let year = 0
  for (let one = at - 4; one < at; one += 1) year = year * 10 + bytes[one]! - ZERO
  if (year === 0 && digits === 4) return -1
  if (bytes[at] !== MINUS || bytes[at + 3] !== MINUS) return -1
  const month = twoDigits(bytes, at + 1, end)
  const day = twoDigits(bytes, at + 4, end)
  if (month < 1 || month > 12 || day < 1 || day > daysOf(month, year)) return -1
  at += 6
  return at
}

function daysOf(month: number, year: number): number {
  if (month !== 2) return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
  return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28
}

/** Where the time of day that begins at `start` ends; -1 when none does. */
function endOfTime(bytes: Uint8Array, start: number, end: number): number {
  const hour = twoDigits(bytes, start, end)
  const minute = twoDigits(bytes, start + 3, end)
  const second = twoDigits(bytes, start + 6, end)
  if (hour < 0 || minute < 0 || second < 0) return -1
  if (bytes[start + 2] !== COLON || bytes[start + 5] !== COLON) return -1
  if (minute > 59 || second > 59) return -1
  let at = start + 8
  let isWhole = true
  if (at < end && bytes[at] === DOT) {
    const fraction = skipDigits(bytes, at + 1, end)
    if (fraction === at + 1) return -1
    for (let one = at + 1; one < fraction; one += 1) if (bytes[one] !== ZERO) isWhole = false
    at = fraction
  }
  // Midnight at the end of a day may be written as hour 24.
  const isMidnight = hour === 24 && minute === 0 && second === 0 && isWhole
  return hour <= 23 || isMidnight ? at : -1
}

/** Where the time zone that begins at `start` ends: `start` when there is none; -1 = malformed. */
function endOfZone(bytes: Uint8Array, start: number, end: number): number {
  if (start === end) return start
  if (bytes[start] === CAPITAL_Z) return start + 1
  if (bytes[start] !== PLUS && bytes[start] !== MINUS) return -1
  const hour = twoDigits(bytes, start + 1, end)
  const minute = twoDigits(bytes, start + 4, end)
  if (hour < 0 || minute < 0 || bytes[start + 3] !== COLON) return -1
  return minute <= 59 && (hour <= 13 || (hour === 14 && minute === 0)) ? start + 6 : -1
}
