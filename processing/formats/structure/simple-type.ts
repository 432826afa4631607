import { isBoolean, isDate, isDateTime, isDecimal, isInteger, isTime } from './lexical-bytes.ts'
import { isLanguage, isNcName } from './lexical-text.ts'
import { isUri } from './uri.ts'

/** The types of XML Schema that our schemas use. */
export const BASE_TYPES = [
  'string',
  'normalizedString',
  'token',
  'anyURI',
  'language',
  'ID',
  'decimal',
  'integer',
  'boolean',
  'date',
  'time',
  'dateTime',
  'base64Binary',
] as const

export type BaseType = (typeof BASE_TYPES)[number]

/** What the text of an element or an attribute may be. */
export interface SimpleType {
  readonly base: BaseType
  /** The only values; undefined = any of the base type. */
  readonly values: readonly string[] | undefined
  /** In characters. */
  readonly minLength: number
  readonly maxLength: number
  readonly pattern: RegExp | undefined
  /** Any text will do. */
  readonly isFree: boolean
}

/** What a value breaks. */
export type ValueFault = BaseType | 'values' | 'length' | 'pattern'

/** Of a type of XML Schema by itself. */
export function baseSimpleType(base: BaseType): SimpleType {
  return {
    base,
    values: undefined,
    minLength: 0,
    maxLength: Number.POSITIVE_INFINITY,
    pattern: undefined,
    isFree: base === 'string' || base === 'normalizedString' || base === 'token',
  }
}

/**
 * What is wrong with a value, UTF-8 from `start` to before `end`; undefined = nothing. Base64 is
 * checked where it is read: here it always passes.
 */
export function valueFault(
  type: SimpleType,
  bytes: Uint8Array,
  start: number,
  end: number,
): ValueFault | undefined {
  if (type.isFree) return undefined
  if (!isOfBase(type.base, bytes, start, end)) return type.base
  const isBounded = type.minLength > 0 || type.maxLength !== Number.POSITIVE_INFINITY
  if (!isBounded && type.values === undefined && type.pattern === undefined) return undefined
  const value = normalized(type.base, bytes, start, end)
  if (type.values !== undefined && !type.values.includes(value)) return 'values'
  if (type.pattern !== undefined && !type.pattern.test(value)) return 'pattern'
  const length = isBounded ? Array.from(value).length : 0
  return isBounded && (length < type.minLength || length > type.maxLength) ? 'length' : undefined
}

function isOfBase(base: BaseType, bytes: Uint8Array, start: number, end: number): boolean {
  switch (base) {
    case 'decimal':
      return isDecimal(bytes, start, end)
    case 'date':
      return isDate(bytes, start, end)
    case 'boolean':
      return isBoolean(bytes, start, end)
    case 'integer':
      return isInteger(bytes, start, end)
    case 'time':
      return isTime(bytes, start, end)
    case 'dateTime':
      return isDateTime(bytes, start, end)
    case 'anyURI':
      return isUri(normalized(base, bytes, start, end))
    case 'language':
      return isLanguage(normalized(base, bytes, start, end))
    case 'ID':
      return isNcName(normalized(base, bytes, start, end))
    case 'string':
    case 'normalizedString':
    case 'token':
    case 'base64Binary':
      return true
  }
}

const UTF8 = new TextDecoder()

/** As text, its white space treated as the type has it. */
export function normalized(base: BaseType, bytes: Uint8Array, start: number, end: number): string {
  const text = UTF8.decode(bytes.subarray(start, end))
  if (base === 'string') return text
  if (base === 'normalizedString') return text.replaceAll(/[\t\n\r]/g, ' ')
  return text.replaceAll(/[ \t\n\r]+/g, ' ').replaceAll(/^ | $/g, '')
}
