import { derLength } from '../../../certs/write-der.ts'
import type { Octets } from '../octets.ts'

/** One structure around the content of a CMS message. */
export interface Frame {
  readonly tag: number
  /** Encoded elements that stand before what it surrounds. */
  readonly before: readonly Uint8Array[]
  /** Encoded elements behind it; made when the content has passed. */
  readonly after?: {
    /** When that is known beforehand. */
    readonly bytes: number | undefined
    readonly make: () => Buffer
  }
}

export interface FramedContent {
  /** Outermost first. */
  readonly frames: readonly Frame[]
  /** Tag byte of the octet string when it is primitive. */
  readonly tag: number
  readonly octets: Octets
  /** Of the octets, when known: the message is then DER, else BER of indefinite lengths. */
  readonly bytes: number | undefined
}

const CONSTRUCTED = 0x20
const INDEFINITE = 0x80
const END_MARK = Buffer.alloc(2)
const OCTET_STRING = 0x04

/** Bytes of the whole message; undefined when it cannot be known before it is written. */
export function framedBytes(message: FramedContent): number | undefined {
  return measure(message)?.at(0)?.bytes
}

/** Writes the message while reading its content. */
export async function* framed(message: FramedContent): AsyncGenerator<Buffer> {
  const { frames, tag, octets, bytes } = message
  const measured = measure(message)
  const heads = frames.flatMap((frame, index) => {
    const length =
      measured === undefined ? Buffer.of(INDEFINITE) : derLength(measured[index]!.content)
    return [Buffer.of(frame.tag), length, ...frame.before]
  })
  const isDefinite = measured !== undefined && bytes !== undefined
  const head = isDefinite
    ? [Buffer.of(tag), derLength(bytes)]
    : [Buffer.of(tag | CONSTRUCTED, INDEFINITE)]
  yield Buffer.concat([...heads, ...head])
  for await (const piece of octets) {
    if (!isDefinite) yield Buffer.concat([Buffer.of(OCTET_STRING), derLength(piece.length)])
    yield piece
  }
  const tails = frames.toReversed().flatMap(({ after }) => {
    const made = after === undefined ? [] : [after.make()]
    return isDefinite ? made : [...made, END_MARK]
  })
  yield Buffer.concat(isDefinite ? tails : [END_MARK, ...tails])
}

interface Measure {
  /** Content alone, and with tag and length. */
  readonly content: number
  readonly bytes: number
}

/** Of each frame; undefined when one part's length is not known. */
function measure({ frames, bytes }: FramedContent): readonly Measure[] | undefined {
  if (bytes === undefined) return undefined
  let inner = 1 + derLength(bytes).length + bytes
  const measures: Measure[] = []
  for (const { before, after } of frames.toReversed()) {
    const afterBytes = after === undefined ? 0 : after.bytes
    if (afterBytes === undefined) return undefined
    const content = before.reduce((sum, part) => sum + part.length, 0) + inner + afterBytes
    inner = 1 + derLength(content).length + content
    measures.unshift({ content, bytes: inner })
  }
  return measures
}
