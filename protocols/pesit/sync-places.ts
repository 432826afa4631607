/** What a receiver remembers of a sync point: what was before it (reference §8.5). */
export interface SyncPlace {
  readonly point: number
  /** Bytes of the file. */
  readonly offset: number
  /** PI 27 and PI 28. */
  readonly dataBytes: bigint
  readonly articles: number
}

export const NOTHING_YET: SyncPlace = { point: 0, offset: 0, dataBytes: 0n, articles: 0 }

const HEADER = 1
const PLACE = 2
const BACK = 3
/** Kind, then: length of a text; point, offset, data bytes, articles; point. */
const HEADER_HEAD_BYTES = 5
const PLACE_BYTES = 1 + 4 + 8 + 8 + 4
const BACK_BYTES = 5

/** First of all: whose transfer this is. */
export function identityMark(identity: string): Buffer {
  const text = Buffer.from(identity)
  const head = Buffer.alloc(HEADER_HEAD_BYTES)
  head.writeUInt8(HEADER)
  head.writeUInt32BE(text.length, 1)
  return Buffer.concat([head, text])
}

export function placeMark({ point, offset, dataBytes, articles }: SyncPlace): Buffer {
  const mark = Buffer.allocUnsafe(PLACE_BYTES)
  mark.writeUInt8(PLACE)
  mark.writeUInt32BE(point, 1)
  mark.writeDoubleBE(offset, 5)
  mark.writeBigUInt64BE(dataBytes, 13)
  mark.writeUInt32BE(articles, 21)
  return mark
}

/** Points above this one are no more: the file went back to it. */
export function backMark(point: number): Buffer {
  const mark = Buffer.alloc(BACK_BYTES)
  mark.writeUInt8(BACK)
  mark.writeUInt32BE(point, 1)
  return mark
}

/**
 * The last point of a kept part that its bytes reach.
 * @param marks in the order they were written; a last one that was cut is left out
 * @param bytes of the part as it lies on disk
 * @param upTo no later point than this one
 * @returns undefined when the marks are another transfer's, or say nothing
 */
export function lastPlace(
  marks: Buffer,
  identity: string,
  bytes: number,
  upTo = Infinity,
): SyncPlace | undefined {
  let at = 0
  let isSame = false
  let places: SyncPlace[] = []
  while (at < marks.length) {
    const kind = marks.readUInt8(at)
    const left = marks.length - at
    if (kind === HEADER && left >= HEADER_HEAD_BYTES) {
      const end = at + HEADER_HEAD_BYTES + marks.readUInt32BE(at + 1)
      isSame = marks.subarray(at + HEADER_HEAD_BYTES, end).toString() === identity
      places = []
      at = end
    } else if (kind === PLACE && left >= PLACE_BYTES) {
      places.push({
        point: marks.readUInt32BE(at + 1),
        offset: marks.readDoubleBE(at + 5),
        dataBytes: marks.readBigUInt64BE(at + 13),
        articles: marks.readUInt32BE(at + 21),
      })
      at += PLACE_BYTES
    } else if (kind === BACK && left >= BACK_BYTES) {
      const point = marks.readUInt32BE(at + 1)
      while ((places.at(-1)?.point ?? 0) > point) places.pop()
      at += BACK_BYTES
    } else break
  }
  if (!isSame) return undefined
  return places.findLast(({ offset, point }) => offset <= bytes && point <= upTo) ?? NOTHING_YET
}
