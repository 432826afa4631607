import { GROUPS } from './parameter-table.ts'
import { parameterFault, UnsendableValue } from './pesit-fault.ts'

/** One PI as it stands on the wire; the value is a view, not a copy. */
export interface PlainUnit {
  readonly code: number
  readonly value: Buffer
}

/** One PGI and the PIs inside. */
export interface GroupUnit {
  readonly code: number
  readonly members: readonly PlainUnit[]
}

export type ParameterUnit = PlainUnit | GroupUnit

/** LI of one byte up to here; above it is FF and two bytes (reference §4). */
const MAX_SHORT_LENGTH = 0xfe
const EXTENDED_LENGTH = 0xff
/** PIs and PGIs in one FPDU, members included: none legal has more than twenty (reference §13.2). */
export const MAX_UNITS = 64

export function isGroup(unit: ParameterUnit): unit is GroupUnit {
  return 'members' in unit
}

/**
 * Cuts the parameters of one FPDU into units; order, repetition and content are not judged here.
 * @param bytes what follows the header
 * @throws PesitFault 3/318 when a length is 0, not in its shortest form or beyond the end, groups
 *   are nested, or there are more than 64 units
 */
export function decodeUnits(bytes: Buffer): readonly ParameterUnit[] {
  let left = MAX_UNITS
  const count = (): void => {
    left -= 1
    if (left < 0) throw parameterFault(`more than ${MAX_UNITS} parameters in one FPDU`)
  }
  return cut(bytes).map(({ code, value }) => {
    count()
    if (GROUPS[code] === undefined) return { code, value }
    const members = cut(value)
    for (const member of members) {
      count()
      if (GROUPS[member.code] !== undefined) {
        throw parameterFault(`PGI ${member.code} inside PGI ${code}`)
      }
    }
    return { code, members }
  })
}

function cut(bytes: Buffer): readonly PlainUnit[] {
  const units: PlainUnit[] = []
  let at = 0
  while (at < bytes.length) {
    const code = bytes.readUInt8(at)
    const { length, headBytes } = readLength(bytes, at + 1, code)
    const start = at + 1 + headBytes
    if (length > bytes.length - start) {
      throw parameterFault(`PI ${code} says ${length} bytes where ${bytes.length - start} are left`)
    }
    units.push({ code, value: bytes.subarray(start, start + length) })
    if (units.length > MAX_UNITS) {
      throw parameterFault(`more than ${MAX_UNITS} parameters in one FPDU`)
    }
    at = start + length
  }
  return units
}

function readLength(
  bytes: Buffer,
  at: number,
  code: number,
): { readonly length: number; readonly headBytes: number } {
  const short = bytes[at]
  if (short === undefined) throw parameterFault(`PI ${code} has no length`)
  if (short === 0) throw parameterFault(`PI ${code} has the length 0`)
  if (short !== EXTENDED_LENGTH) return { length: short, headBytes: 1 }
  if (bytes.length - at < 3) throw parameterFault(`PI ${code} has half a length`)
  const length = bytes.readUInt16BE(at + 1)
  if (length <= MAX_SHORT_LENGTH) {
    throw parameterFault(`PI ${code} has an extended length of ${length}`)
  }
  return { length, headBytes: 3 }
}

/** The inverse of `decodeUnits`. @throws UnsendableValue when a value is empty or above 65,535 bytes */
export function encodeUnits(units: readonly ParameterUnit[]): Buffer {
  return Buffer.concat(
    units.flatMap((unit) => {
      const value = isGroup(unit) ? encodeUnits(unit.members) : unit.value
      return [unitHead(unit.code, value.length), value]
    }),
  )
}

function unitHead(code: number, length: number): Buffer {
  if (length === 0 || length > 0xffff) {
    throw new UnsendableValue(`PI ${code} cannot have ${length} bytes`)
  }
  if (length <= MAX_SHORT_LENGTH) return Buffer.from([code, length])
  return Buffer.from([code, EXTENDED_LENGTH, length >> 8, length & 0xff])
}
