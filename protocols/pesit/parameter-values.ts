import { decodeDiagnostic, encodeDiagnostic } from './diagnostics.ts'
import type { Diagnostic } from './diagnostics.ts'
import { parameterRow } from './parameter-table.ts'
import type {
  CompressionOption,
  ParameterCodings,
  ParameterKey,
  ParameterValues,
  SyncOption,
} from './parameter-table.ts'
import { parameterFault, UnsendableValue } from './pesit-fault.ts'

type Coding = keyof ParameterCodings

/** What `PARAMETERS[key]` may hold, undefined where it says nothing (a date that is none). */
type ReadValue = ParameterCodings[Coding] | undefined

const DATE = /^\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])([01]\d|2[0-3])[0-5]\d[0-5]\d$/
/** Two-digit years from here on are of the last century (reference §4). */
const CENTURY_YEAR = 70
const ASCII_TWO = 0x32

/**
 * Reads the value of one parameter.
 * @returns undefined for a date that cannot be one: "unknown", as seen in the field
 * @throws PesitFault 3/318 when it is longer than accepted, or not one of the legal values
 */
export function readValue<Key extends ParameterKey>(key: Key, value: Buffer): ParameterValues[Key] {
  const row = parameterRow(key)
  const limit = row.acceptedBytes ?? row.maxBytes
  if (value.length > limit) {
    throw parameterFault(
      `PI ${row.code} (${row.label}) has ${value.length} bytes, at most ${limit}`,
    )
  }
  const read: ReadValue = READERS[row.coding](value)
  if (read === undefined && row.coding !== 'date') {
    throw parameterFault(`PI ${row.code} (${row.label}) has ${value.length} bytes, which cannot be`)
  }
  if (row.symbols !== undefined && row.symbols[read as number] === undefined) {
    throw parameterFault(`PI ${row.code} (${row.label}) has the value ${Number(read)}`)
  }
  if (key === 'version' && read === ASCII_TWO) return 2 as ParameterValues[Key]
  return read as ParameterValues[Key]
}

/**
 * The bytes of a value; undefined when it is empty and the parameter must be left out.
 * @throws UnsendableValue when it is longer than the specification allows, or out of range
 */
export function writeValue<Key extends ParameterKey>(
  key: Key,
  value: NonNullable<ParameterValues[Key]>,
): Buffer | undefined {
  const row = parameterRow(key)
  const bytes = (WRITERS[row.coding] as (value: unknown) => Buffer)(value)
  if (bytes.length > row.maxBytes) {
    throw new UnsendableValue(
      `PI ${row.code} (${row.label}) would have ${bytes.length} bytes, at most ${row.maxBytes}`,
    )
  }
  if (row.symbols !== undefined && row.symbols[value as number] === undefined) {
    throw new UnsendableValue(`PI ${row.code} (${row.label}) has no value ${Number(value)}`)
  }
  return bytes.length === 0 ? undefined : bytes
}

const READERS: { readonly [Name in Coding]: (value: Buffer) => ReadValue } = {
  text: (value) => value.toString('latin1').replace(/ +$/, ''),
  number: (value) => readNumber(value),
  // Two characters, "2 ", are what the specification prints (conflict 8).
  version: (value) =>
    readNumber(value[0] === ASCII_TWO && value[1] === 0x20 ? value.subarray(0, 1) : value),
  count: (value) => (value.length === 0 ? 0n : BigInt(`0x${value.toString('hex')}`)),
  symbol: (value) => (value.length === 1 ? value[0] : undefined),
  // Masks of 8 to 16 bits: no bit beyond the eighth is defined (reference §4).
  mask: (value) => value[0],
  date: (value) => {
    const text = value.toString('latin1')
    return DATE.test(text) ? text : undefined
  },
  diagnostic: decodeDiagnostic,
  sync: (value) =>
    value.length === 3
      ? { intervalKib: value.readUInt16BE(0), window: value.readUInt8(2) }
      : undefined,
  compression: (value) => readCompression(value),
  bytes: (value) => Buffer.from(value),
}

function readNumber(value: Buffer): number {
  let read = 0
  for (const byte of value) read = read * 256 + byte
  return read
}

function readCompression(value: Buffer): CompressionOption | undefined {
  const isOn = value[0]
  const kind = value[1] ?? 0
  if (isOn === 0) return { isOn: false, kind: 0 }
  if (isOn !== 1 || kind < 1 || kind > 3) return undefined
  return { isOn: true, kind }
}

const WRITERS: {
  readonly [Name in Coding]: (value: never) => Buffer
} = {
  text: (value: string) => Buffer.from(value.replace(/ +$/, ''), 'latin1'),
  number: (value: number) => writeCount(BigInt(value)),
  version: (value: number) => writeCount(BigInt(value)),
  count: (value: bigint) => writeCount(value),
  symbol: (value: number) => Buffer.from([value]),
  mask: (value: number) => Buffer.from([value]),
  date: (value: string) => {
    if (!DATE.test(value)) throw new UnsendableValue(`${value} is not YYMMDDhhmmss`)
    return Buffer.from(value, 'latin1')
  },
  diagnostic: (value: Diagnostic) => encodeDiagnostic(value),
  sync: ({ intervalKib, window }: SyncOption) =>
    Buffer.from([intervalKib >> 8, intervalKib & 0xff, window]),
  compression: ({ isOn, kind }: CompressionOption) => Buffer.from([isOn ? 1 : 0, isOn ? kind : 0]),
  bytes: (value: Buffer) => value,
}

function writeCount(value: bigint): Buffer {
  if (value < 0n) throw new UnsendableValue(`${value} is below 0`)
  const hex = value.toString(16)
  return Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex')
}

/** `YYMMDDhhmmss` of a date, in local time as PeSIT has it (PI 51, 52). */
export function pesitDate(date: Date): string {
  const parts = [
    date.getFullYear() % 100,
    date.getMonth() + 1,
    date.getDate(),
    date.getHours(),
    date.getMinutes(),
    date.getSeconds(),
  ]
  return parts.map((part) => String(part).padStart(2, '0')).join('')
}

/** The date of a PI 51 or 52 that was read, in local time; years from 70 on are of the 1900s. */
export function dateOfPesit(text: string): Date {
  const [year = 0, month = 1, ...rest] = text.match(/\d\d/g)?.map(Number) ?? []
  const [day = 1, hour = 0, minute = 0, second = 0] = rest
  const century = year >= CENTURY_YEAR ? 1900 : 2000
  return new Date(century + year, month - 1, day, hour, minute, second)
}
