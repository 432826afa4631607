import { CHECKSUM_BYTES, fpduChecksum } from './checksum.ts'
import { encodeFpdu, fpduHead, FPDU_HEADER_BYTES } from './fpdu.ts'
import type { DataFpdu, Fpdu, ParameterFpdu } from './fpdu.ts'
import type { DataFpduName } from './fpdu-types.ts'
import type { FrameStyle } from './frame-writer.ts'

/** How articles travel; what is agreed with the partner beforehand or for this file. */
export interface PackingTerms extends FrameStyle {
  /** PI 25 as agreed. */
  readonly maxEntityBytes: number
  readonly multiArticle: boolean
  readonly segmentation: boolean
  readonly concatenation: boolean
  /** The connection number of the receiver. */
  readonly destination: number
}

/**
 * Data FPDUs laid out as they go on the wire, with room where the content belongs: it is read from
 * its file straight into `slots`, and no byte of it is copied.
 */
export interface DataBlock {
  /** Views into `wire`: what they hold is there once `slots` are filled. */
  readonly fpdus: readonly Fpdu[]
  readonly wire: Buffer
  readonly slots: readonly Buffer[]
}

const PREFIX_BYTES = 2
const ARTICLE_LENGTH_BYTES = 2
/** Octet 6 of a DTF. */
const MAX_ARTICLES = 255

/** Bytes of content that one data FPDU takes. */
export function dataRoom({ maxEntityBytes, hasChecksum }: PackingTerms): number {
  return maxEntityBytes - FPDU_HEADER_BYTES - (hasChecksum ? CHECKSUM_BYTES : 0)
}

/** Bytes on the wire that `articles` of this length take at most, one more FPDU behind them. */
export function wireBytes(articles: number, articleBytes: number, terms: PackingTerms): number {
  const around = PREFIX_BYTES + FPDU_HEADER_BYTES + CHECKSUM_BYTES + ARTICLE_LENGTH_BYTES
  const fpdusEach = Math.max(1, Math.ceil(articleBytes / dataRoom(terms)))
  return articles * (articleBytes + fpdusEach * around) + 4 * around
}

interface Plan {
  readonly name: DataFpduName
  readonly octetSix: number
  /** Bytes of each article, or of the one part of an article. */
  readonly lengths: readonly number[]
}

/**
 * Lays out articles of equal length, the last one being shorter when `contentBytes` says so.
 * @param room as `wireBytes` says
 * @param contentBytes at least 1
 * @param closing goes behind them, in the same entity where that may be: a SYN
 */
export function layOutBlock(
  room: Buffer,
  contentBytes: number,
  articleBytes: number,
  terms: PackingTerms,
  closing?: ParameterFpdu,
): DataBlock {
  const writer = new BlockWriter(room, terms)
  for (const plan of plansOf(contentBytes, articleBytes, terms)) writer.data(plan)
  if (closing !== undefined) writer.closing(closing)
  return writer.finish()
}

function* plansOf(contentBytes: number, articleBytes: number, terms: PackingTerms) {
  const room = dataRoom(terms)
  const perFpdu = terms.multiArticle
    ? Math.min(MAX_ARTICLES, Math.floor(room / (articleBytes + ARTICLE_LENGTH_BYTES)))
    : 1
  let left = contentBytes
  while (left > 0) {
    if (Math.min(left, articleBytes) > room) {
      const article = Math.min(left, articleBytes)
      yield* segments(article, room)
      left -= article
      continue
    }
    const lengths: number[] = []
    do {
      const article = Math.min(left, articleBytes)
      lengths.push(article)
      left -= article
    } while (left > 0 && lengths.length < perFpdu)
    yield { name: 'DTF', octetSix: lengths.length === 1 ? 0 : lengths.length, lengths } as const
  }
}

function* segments(article: number, room: number): Generator<Plan> {
  for (let at = 0; at < article; at += room) {
    const isLast = at + room >= article
    const name = at === 0 ? 'DTFDA' : isLast ? 'DTFFA' : 'DTFMA'
    yield { name, octetSix: 0, lengths: [Math.min(room, article - at)] }
  }
}

/** Puts FPDUs one behind the other, into entities as full as they may be. */
class BlockWriter {
  readonly #room: Buffer
  readonly #terms: PackingTerms
  readonly #fpdus: Fpdu[] = []
  readonly #slots: Buffer[] = []
  #at = 0
  /** Where the entity in hand begins, behind its prefix; undefined before the first. */
  #entity: number | undefined

  constructor(room: Buffer, terms: PackingTerms) {
    this.#room = room
    this.#terms = terms
  }

  data({ name, octetSix, lengths }: Plan): void {
    const { destination } = this.#terms
    const perArticle = octetSix === 0 ? 0 : ARTICLE_LENGTH_BYTES
    const bodyBytes = lengths.reduce((sum, length) => sum + length + perArticle, 0)
    this.#open(FPDU_HEADER_BYTES + bodyBytes)
    const head = fpduHead({ name, destination, octetSix }, bodyBytes)
    this.#at += head.copy(this.#room, this.#at)
    const body = this.#room.subarray(this.#at, this.#at + bodyBytes)
    for (const length of lengths) {
      if (perArticle > 0) this.#at = this.#room.writeUInt16BE(length, this.#at)
      this.#slots.push(this.#room.subarray(this.#at, this.#at + length))
      this.#at += length
    }
    const fpdu: DataFpdu = { name, destination, octetSix, data: body }
    this.#close(fpdu)
  }

  closing(fpdu: ParameterFpdu): void {
    const bytes = encodeFpdu(fpdu)
    this.#open(bytes.length)
    this.#at += bytes.copy(this.#room, this.#at)
    this.#close(fpdu)
  }

  finish(): DataBlock {
    this.#sayLength()
    return { fpdus: this.#fpdus, wire: this.#room.subarray(0, this.#at), slots: this.#slots }
  }

  #open(fpduBytes: number): void {
    const { framing, concatenation, hasChecksum, maxEntityBytes } = this.#terms
    const begun = this.#entity
    const fits =
      begun !== undefined &&
      concatenation &&
      !hasChecksum &&
      this.#at - begun + fpduBytes <= maxEntityBytes
    if (fits) return
    this.#sayLength()
    if (framing === 'prefix') this.#at += PREFIX_BYTES
    this.#entity = this.#at
  }

  #close(fpdu: Fpdu): void {
    this.#fpdus.push(fpdu)
    if (this.#terms.hasChecksum) this.#at += CHECKSUM_BYTES
  }

  #sayLength(): void {
    const begun = this.#entity
    if (begun === undefined || this.#terms.framing === 'raw') return
    this.#room.writeUInt16BE(this.#at - begun, begun - PREFIX_BYTES)
  }
}

/** Once the slots are filled: the check bytes behind each FPDU (PI 1). */
export function sealChecksums({ fpdus, wire }: DataBlock, { framing }: FrameStyle): void {
  let at = 0
  for (let count = 0; count < fpdus.length; count += 1) {
    if (framing === 'prefix') at += PREFIX_BYTES
    const end = at + wire.readUInt16BE(at)
    at = end + fpduChecksum(wire.subarray(at, end)).copy(wire, end)
  }
}
