import { FPDU_TYPES, fpduNamed, isDataFpdu } from './fpdu-types.ts'
import type { DataFpduName, FpduName, ParameterFpduName } from './fpdu-types.ts'
import { decodeUnits, encodeUnits } from './parameter-units.ts'
import type { ParameterUnit } from './parameter-units.ts'
import { structureFault, UnsendableValue } from './pesit-fault.ts'

/** Length (2), phase, type, ID.DST, octet 6 (specification §4.3.1; reference §3). */
export const FPDU_HEADER_BYTES = 6
/** What two bytes can say. */
export const MAX_FPDU_BYTES = 0xffff

interface FpduHeader<Name extends FpduName> {
  readonly name: Name
  /** Octet 5: the connection number of the receiver; 0 when not known. */
  readonly destination: number
  /** Octet 6: the sender's number, the number of articles of a DTF, else 0. */
  readonly octetSix: number
}

/** An FPDU that carries parameters. */
export interface ParameterFpdu extends FpduHeader<ParameterFpduName> {
  readonly units: readonly ParameterUnit[]
}

/** An FPDU that carries bytes of the file; never empty. */
export interface DataFpdu extends FpduHeader<DataFpduName> {
  readonly data: Buffer
}

export type Fpdu = ParameterFpdu | DataFpdu

export function hasData(fpdu: Fpdu): fpdu is DataFpdu {
  return 'data' in fpdu
}

/**
 * Decodes one FPDU. Its parameters are cut but not judged: `readParameters` does that.
 * @param bytes one whole FPDU, header included, nothing behind it; the FPDU has views into it
 * @throws PesitFault 3/311 for the header, an unknown type or a data FPDU without data; 3/318 for
 *   parameters that cannot be cut
 */
export function decodeFpdu(bytes: Buffer): Fpdu {
  if (bytes.length < FPDU_HEADER_BYTES) {
    throw structureFault(`an FPDU of ${bytes.length} bytes`)
  }
  const length = bytes.readUInt16BE(0)
  if (length !== bytes.length) {
    throw structureFault(`an FPDU says ${length} bytes and has ${bytes.length}`)
  }
  const phase = bytes.readUInt8(2)
  const code = bytes.readUInt8(3)
  const name = fpduNamed(phase, code)
  if (name === undefined) {
    throw structureFault(`no FPDU has phase ${phase} and type ${code}`)
  }
  const destination = bytes.readUInt8(4)
  const octetSix = bytes.readUInt8(5)
  const body = bytes.subarray(FPDU_HEADER_BYTES)
  if (!isDataFpdu(name)) {
    return { name, destination, octetSix, units: decodeUnits(body) }
  }
  if (body.length === 0) throw structureFault(`${name} without data`)
  return { name, destination, octetSix, data: body }
}

/**
 * The inverse of `decodeFpdu`.
 * @throws UnsendableValue when it would be longer than 65,535 bytes, or a value cannot be sent
 */
export function encodeFpdu(fpdu: Fpdu): Buffer {
  const body = hasData(fpdu) ? fpdu.data : encodeUnits(fpdu.units)
  return Buffer.concat([fpduHead(fpdu, body.length), body])
}

/**
 * The six bytes of the header alone, for data that is written from where it lies.
 * @throws UnsendableValue when the FPDU would be longer than 65,535 bytes
 */
export function fpduHead(fpdu: FpduHeader<FpduName>, bodyBytes: number): Buffer {
  const length = FPDU_HEADER_BYTES + bodyBytes
  if (length > MAX_FPDU_BYTES) {
    throw new UnsendableValue(`${fpdu.name} would have ${length} bytes`)
  }
  const { phase, code } = FPDU_TYPES[fpdu.name]
  return Buffer.from([length >> 8, length & 0xff, phase, code, fpdu.destination, fpdu.octetSix])
}
