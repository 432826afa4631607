/** Lexical rules of the XML Schema types that invoices use (XML Schema part 2). */

/** Longer numbers are no amount of anything, and cost time to compute with. */
const MAX_NUMBER_CHARACTERS = 1_000

/** `text` without white space around it, as XPath's normalize-space sees its ends. */
export function trimXml(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isXmlSpace(text.charCodeAt(start))) start += 1
  while (end > start && isXmlSpace(text.charCodeAt(end - 1))) end -= 1
  return text.slice(start, end)
}

const isXmlSpace = (code: number): boolean =>
  code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

/** xs:decimal: no exponent, no infinity, no digit separator. */
export function isDecimal(text: string): boolean {
  return text.length <= MAX_NUMBER_CHARACTERS && /^[+-]?(\d+(\.\d*)?|\.\d+)$/.test(trimXml(text))
}

/** xs:boolean. */
export function isBoolean(text: string): boolean {
  return /^(true|false|0|1)$/.test(trimXml(text))
}

/** xs:date, with or without time zone; the day must exist. */
export function isDate(text: string): boolean {
  const match = /^-?(\d{4,9})-(\d\d)-(\d\d)(Z|[+-]\d\d:\d\d)?$/.exec(trimXml(text))
  if (match === null) return false
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])]
  const isLeap = (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0
  const days = [31, isLeap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
  return days !== undefined && day >= 1 && day <= days
}
