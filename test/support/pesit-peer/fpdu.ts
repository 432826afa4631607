import { FPDU_CODES, fpduName, isDataName } from './fpdu-catalogue.ts'
import type { FpduName, KnownFpduName } from './fpdu-catalogue.ts'
import { decodeParameters, encodeParameters } from './parameters.ts'
import type { Parameter } from './parameters.ts'

export const HEADER_BYTES = 6

/** One FPDU as sent or received. */
export interface Fpdu {
  readonly name: FpduName
  /** Octet 5: the receiver's connection number. */
  readonly destination: number
  /** Octet 6: the sender's number on connection FPDUs, the number of articles on a DTF, or 0. */
  readonly octet6: number
  /** Empty on data FPDUs. */
  readonly parameters: readonly Parameter[]
  /** Content of a data FPDU, empty on the others. */
  readonly data: Buffer
  /** The whole FPDU, header included, without prefix nor CRC. */
  readonly bytes: Buffer
}

export interface FpduHeader {
  readonly name: KnownFpduName
  readonly destination: number
  readonly octet6: number
}

/** @param content parameters in wire order, or the data of a DTF */
export function encodeFpdu(
  header: FpduHeader,
  content: Buffer | readonly (Parameter | undefined)[] = [],
): Fpdu {
  const body = Buffer.isBuffer(content) ? content : encodeParameters(content)
  const [phase, type] = FPDU_CODES[header.name]
  const bytes = Buffer.alloc(HEADER_BYTES + body.length)
  bytes.writeUInt16BE(bytes.length)
  bytes.set([phase, type, header.destination, header.octet6], 2)
  body.copy(bytes, HEADER_BYTES)
  return {
    ...header,
    parameters: Buffer.isBuffer(content) ? [] : content.filter((one) => one !== undefined),
    data: isDataName(header.name) ? body : Buffer.alloc(0),
    bytes,
  }
}

/** @throws Error when its parameters cannot be read */
export function decodeFpdu(bytes: Buffer): Fpdu {
  const [, , phase = 0, type = 0, destination = 0, octet6 = 0] = bytes
  const name = fpduName(phase, type)
  const body = bytes.subarray(HEADER_BYTES)
  const isData = isDataName(name)
  return {
    name,
    destination,
    octet6,
    parameters: isData || name === 'UNKNOWN' ? [] : decodeParameters(body),
    data: isData ? body : Buffer.alloc(0),
    bytes,
  }
}

/** Value of a PI, wherever it stands: at top level or in a group. */
export function piBytes(fpdu: Fpdu, pi: number): Buffer | undefined {
  for (const parameter of fpdu.parameters) {
    const found =
      'pgi' in parameter ? parameter.members.find((member) => member.pi === pi) : parameter
    if (found !== undefined && found.pi === pi) return found.value
  }
  return undefined
}

export function piNumber(fpdu: Fpdu, pi: number): number | undefined {
  const value = piBytes(fpdu, pi)
  return value === undefined ? undefined : Number(BigInt(`0x${value.toString('hex')}`))
}

/** Trailing blanks are not significant (reference §4). */
export function piText(fpdu: Fpdu, pi: number): string | undefined {
  return piBytes(fpdu, pi)?.toString('latin1').replace(/ +$/, '')
}

/** PI 2 as printed, `2/226`; undefined when absent. */
export function diagnosticOf(fpdu: Fpdu): string | undefined {
  const value = piBytes(fpdu, 2)
  if (value?.length !== 3) return undefined
  return `${value[0]}/${value.readUInt16BE(1).toString().padStart(3, '0')}`
}

/** A type of 2 or 3 refuses; 1 is a warning (reference §9). */
export function isNegative(fpdu: Fpdu): boolean {
  return (piBytes(fpdu, 2)?.[0] ?? 0) >= 2
}
