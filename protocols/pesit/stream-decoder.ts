import { describeFpdu, describePreConnection } from './describe-fpdu.ts'
import type { FpduDescription } from './describe-fpdu.ts'
import { FrameReader, MAX_ENTITY_BYTES } from './frame-reader.ts'
import type { Frame, FrameReaderOptions } from './frame-reader.ts'
import { fpduNamed } from './fpdu-types.ts'
import { PesitFault } from './pesit-fault.ts'

/** `D7 C5 E2`, PES in EBCDIC; ACK0 and NAK0. */
const PRE_MARK = 0xd7c5e2c9
const ANSWER_MARKS: ReadonlySet<number> = new Set([0xc1c3d2f0, 0xd5c1d2f0])

/** What one direction of a recorded connection holds. */
export interface DecodedStream {
  readonly descriptions: readonly FpduDescription[]
  /** Why the end of the stream was not read; undefined when all of it was. */
  readonly fault: string | undefined
}

/**
 * Reads one direction of a recorded connection, of the requester or of the server, from its first
 * byte; framing and checksums are found out. Never throws.
 */
export function decodeStream(bytes: Buffer): DecodedStream {
  const descriptions: FpduDescription[] = []
  const options = guess(bytes)
  if (options === undefined) {
    return { descriptions, fault: 'the stream begins with no FPDU and no pre-connection' }
  }
  const reader = new FrameReader({ ...options, maxEntityBytes: MAX_ENTITY_BYTES })
  // A recorded answer says nothing of PI 1: the size of its first entity does.
  if (options.framing === 'prefix') reader.expectChecksum(hasChecksum(bytes, options))
  try {
    reader.push(bytes)
    for (let frame = reader.next(); frame !== undefined; frame = reader.next()) {
      descriptions.push(describeFrame(frame))
    }
  } catch (error) {
    if (error instanceof PesitFault) {
      return { descriptions, fault: `${error.diagnostic} ${error.message}` }
    }
    throw error
  }
  const left = reader.pendingBytes
  return { descriptions, fault: left === 0 ? undefined : `${left} bytes make no whole FPDU` }
}

function guess(bytes: Buffer): Omit<FrameReaderOptions, 'maxEntityBytes'> | undefined {
  if (bytes.length < 6) return undefined
  for (const [at, framing] of [
    [0, 'raw'],
    [2, 'prefix'],
  ] as const) {
    const mark = bytes.readUInt32BE(at)
    // What follows a pre-connection is CONNECT, whose framing the reader finds out.
    if (mark === PRE_MARK) return { framing: 'auto', first: 'pre-connection-or-fpdu' }
    if (ANSWER_MARKS.has(mark)) return { framing, first: 'pre-answer' }
  }
  if (isFpduHead(bytes, 2)) return { framing: 'prefix', first: 'fpdu' }
  if (isFpduHead(bytes, 0)) return { framing: 'raw', first: 'fpdu' }
  return undefined
}

function isFpduHead(bytes: Buffer, at: number): boolean {
  const [phase, code] = bytes.subarray(at + 2, at + 4)
  if (phase === undefined || code === undefined) return false
  return fpduNamed(phase, code) !== undefined && (at === 0 || innerLengthFits(bytes))
}

function innerLengthFits(bytes: Buffer): boolean {
  return bytes.readUInt16BE(2) >= 6 && bytes.readUInt16BE(2) <= bytes.readUInt16BE(0)
}

function hasChecksum(bytes: Buffer, { first }: Pick<FrameReaderOptions, 'first'>): boolean {
  const at = first === 'pre-answer' ? 6 : 0
  if (bytes.length < at + 4) return false
  return bytes.readUInt16BE(at) === bytes.readUInt16BE(at + 2) + 2
}

function describeFrame(frame: Frame): FpduDescription {
  switch (frame.kind) {
    case 'fpdu':
      return describeFpdu(frame.fpdu)
    case 'pre-connection':
      return describePreConnection(frame.message, frame.raw)
    case 'pre-answer': {
      const hex = frame.raw.toString('hex')
      return { name: frame.answer, summary: frame.answer, fields: {}, hex, verdicts: [] }
    }
    case 'damaged':
      return {
        name: 'DAMAGED',
        summary: `${frame.raw.length} bytes whose check bytes are wrong`,
        fields: {},
        hex: '',
        verdicts: ['1/100 the check bytes are wrong'],
      }
  }
}
