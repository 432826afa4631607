/** One PI, or one PGI with its members (reference §4). */
export type Parameter = SingleParameter | ParameterGroup

export interface SingleParameter {
  readonly pi: number
  readonly value: Buffer
}

export interface ParameterGroup {
  readonly pgi: number
  readonly members: readonly SingleParameter[]
}

/** Codes that are groups: file identifier, logical, physical and historical attributes. */
const GROUPS = new Set([9, 30, 40, 50])

/** Unsigned, big-endian, as short as it can be (type N). */
export function number(pi: number, value: number | bigint): SingleParameter {
  const hex = value.toString(16)
  return { pi, value: Buffer.from(hex.length % 2 === 0 ? hex : `0${hex}`, 'hex') }
}

/** Characters (type C), ISO-8859-1. */
export function text(pi: number, value: string): SingleParameter {
  return { pi, value: Buffer.from(value, 'latin1') }
}

export function octets(pi: number, ...value: number[]): SingleParameter {
  return { pi, value: Buffer.from(value) }
}

/** PI 2 from its printed form: `3/304` is `03 01 30`. */
export function diagnostic(printed: string): SingleParameter {
  const [type = 0, reason = 0] = printed.split('/').map(Number)
  return octets(2, type, reason >> 8, reason & 0xff)
}

export function group(
  pgi: number,
  ...members: readonly (SingleParameter | undefined)[]
): ParameterGroup {
  return { pgi, members: members.filter((member) => member !== undefined) }
}

/** In the order given, whatever it is: order is the caller's affair, right or wrong. */
export function encodeParameters(parameters: readonly (Parameter | undefined)[]): Buffer {
  return Buffer.concat(
    parameters
      .filter((parameter) => parameter !== undefined)
      .map((parameter) =>
        'pgi' in parameter
          ? encodeUnit(parameter.pgi, encodeParameters(parameter.members))
          : encodeUnit(parameter.pi, parameter.value),
      ),
  )
}

function encodeUnit(code: number, value: Buffer): Buffer {
  const length =
    value.length <= 0xfe ? [value.length] : [0xff, value.length >> 8, value.length & 0xff]
  return Buffer.concat([Buffer.from([code, ...length]), value])
}

/** @throws Error when a length leaves its container or is 0 */
export function decodeParameters(bytes: Buffer): Parameter[] {
  return decodeUnits(bytes).map(({ pi, value }) => {
    if (!GROUPS.has(pi)) return { pi, value }
    const members = decodeUnits(value)
    if (members.some((member) => GROUPS.has(member.pi)))
      throw new Error(`PGI ${pi} holds another PGI`)
    return { pgi: pi, members }
  })
}

function decodeUnits(bytes: Buffer): SingleParameter[] {
  const units: SingleParameter[] = []
  let at = 0
  while (at < bytes.length) {
    const pi = bytes[at] ?? 0
    let length = bytes[at + 1] ?? 0
    at += 2
    if (length === 0xff && at + 2 <= bytes.length) {
      length = bytes.readUInt16BE(at)
      at += 2
    }
    if (length === 0) throw new Error(`PI ${pi} has length 0`)
    if (at + length > bytes.length) throw new Error(`PI ${pi} is longer than what holds it`)
    units.push({ pi, value: bytes.subarray(at, at + length) })
    at += length
  }
  return units
}
