import { DerError, TAG, type DerElement } from './der.ts'

/** Values of primitive elements read by der.ts; each throws DerError `unexpected` for another. */

/** Longest object identifier that is read, in bytes of content. */
const MAX_OID_BYTES = 128

/** Dotted form. */
export function oidOf(element: DerElement): string {
  const { content } = element.as(TAG.oid, 'an object identifier')
  if (content.length === 0 || content.length > MAX_OID_BYTES || content.at(-1)! >= 0x80) {
    throw element.unexpected('a whole object identifier')
  }
  const numbers: bigint[] = []
  let value = 0n
  for (const byte of content) {
    value = (value << 7n) | BigInt(byte & 0x7f)
    if (byte < 0x80) {
      numbers.push(value)
      value = 0n
    }
  }
  const [first = 0n, ...rest] = numbers
  const root = first < 40n ? 0n : first < 80n ? 1n : 2n
  return [root, first - root * 40n, ...rest].join('.')
}

/** The bytes of an integer, two's complement, as they stand. */
export function integerBytes(element: DerElement): Buffer {
  const { content } = element.as(TAG.integer, 'an integer')
  if (content.length === 0) throw element.unexpected('a whole integer')
  return content
}

/** A small integer. */
export function smallInteger(element: DerElement): number {
  const bytes = integerBytes(element)
  if (bytes.length > 4) throw element.unexpected('a small integer')
  return bytes.readIntBE(0, bytes.length)
}

export function booleanOf(element: DerElement): boolean {
  const { content } = element.as(TAG.boolean, 'a boolean')
  if (content.length !== 1) throw element.unexpected('a whole boolean')
  return content[0] !== 0
}

export interface BitString {
  readonly bytes: Buffer
  readonly unusedBits: number
}

/** A primitive bit string. */
export function bitStringOf(element: DerElement): BitString {
  const { content } = element.as(TAG.bitString, 'a bit string')
  const unusedBits = content[0]
  if (element.isConstructed || unusedBits === undefined || unusedBits > 7) {
    throw element.unexpected('a whole bit string')
  }
  return { bytes: content.subarray(1), unusedBits }
}

/** True when bit `index` (0 = the first) is set. */
export function hasBit({ bytes, unusedBits }: BitString, index: number): boolean {
  if (index >= bytes.length * 8 - unusedBits) return false
  return (bytes[index >> 3]! & (0x80 >> (index & 7))) !== 0
}

/** An octet string; one that BER cut in segments, also nested ones, is joined. */
export function octetStringOf(element: DerElement): Buffer {
  return joinSegments(element.as(TAG.octetString, 'an octet string'))
}

/** The octets under an implicit tag, `[0] IMPLICIT OCTET STRING` for one. */
export function joinSegments(element: DerElement): Buffer {
  if (!element.isConstructed) return element.content
  return Buffer.concat(element.children().map(octetStringOf))
}

const UTC_TIME = /^(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(Z|[+-]\d{4})$/
const GENERALIZED_TIME = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?(?:\.\d+)?(Z|[+-]\d{4})$/

/** Milliseconds UTC of a UTCTime or GeneralizedTime (RFC 5280 §4.1.2.5; offsets are taken too). */
export function timeOf(element: DerElement): number {
  const isShort = element.is(TAG.utcTime)
  if (!isShort && !element.is(TAG.generalizedTime)) throw element.unexpected('a time')
  const match = (isShort ? UTC_TIME : GENERALIZED_TIME).exec(element.content.toString('latin1'))
  if (match === null) throw element.unexpected('a time as X.509 writes it')
  const [, yearText, ...texts] = match
  const zone = texts.pop()!
  const [month = 0, day = 0, hour = 0, minute = 0, second = 0] = texts.map((text) =>
    Number(text ?? 0),
  )
  const number = Number(yearText)
  const year = isShort ? number + (number < 50 ? 2000 : 1900) : number
  const time = new Date(0)
  time.setUTCFullYear(year, month - 1, day)
  time.setUTCHours(hour, minute, second)
  const isReal = time.getUTCMonth() === month - 1 && time.getUTCDate() === day && hour < 24
  if (!isReal || minute > 59 || second > 60) throw element.unexpected('a time that exists')
  if (zone === 'Z') return time.getTime()
  const minutes = Number(zone.slice(1, 3)) * 60 + Number(zone.slice(3))
  return time.getTime() - (zone.startsWith('-') ? -minutes : minutes) * 60_000
}

/** The text of any string type; undefined for another element. */
export function textOf(element: DerElement): string | undefined {
  if (element.tagClass !== 'universal' || element.isConstructed) return undefined
  const { content } = element
  switch (element.tag) {
    case TAG.utf8String:
      return content.toString('utf8')
    case TAG.numericString:
    case TAG.printableString:
    case TAG.ia5String:
    case TAG.visibleString:
    case TAG.teletexString:
      return content.toString('latin1')
    case TAG.bmpString:
      return content.length % 2 === 0
        ? Buffer.from(content).swap16().toString('utf16le')
        : undefined
    case TAG.universalString:
      return universalText(content)
    default:
      return undefined
  }
}

function universalText(content: Buffer): string | undefined {
  if (content.length % 4 !== 0) return undefined
  let text = ''
  for (let at = 0; at < content.length; at += 4) {
    const point = content.readUInt32BE(at)
    if (point > 0x10_ffff) return undefined
    text += String.fromCodePoint(point)
  }
  return text
}

/** `values` as a structure of exactly these parts. @throws DerError when there are more or fewer */
export function partsOf(
  element: DerElement,
  tag: number,
  minimum: number,
  what: string,
  maximum = minimum,
): readonly DerElement[] {
  const parts = element.as(tag, what).children()
  if (parts.length < minimum || parts.length > maximum) {
    throw new DerError('unexpected', element.offset, `Not ${what}: ${parts.length} parts`)
  }
  return parts
}
