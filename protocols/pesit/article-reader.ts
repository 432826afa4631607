import type { ArticleDecompressor } from './compression.ts'
import type { DataFpdu } from './fpdu.ts'
import { PesitFault, structureFault } from './pesit-fault.ts'

const ARTICLE_LENGTH_BYTES = 2

/**
 * The articles, or parts of one, that a data FPDU carries.
 *
 * A DTF that says one article is bare when its first two bytes are not its length: Connect:Express
 * and PeSIT Wizard send it either way (conflict 4; reference §8.2).
 * @throws PesitFault 3/311 when the lengths do not add up to the content and the number
 */
export function articlesOf({ name, octetSix, data }: DataFpdu): readonly Buffer[] {
  if (name !== 'DTF' || octetSix === 0) return [data]
  if (
    octetSix === 1 &&
    (data.length < ARTICLE_LENGTH_BYTES ||
      data.readUInt16BE(0) !== data.length - ARTICLE_LENGTH_BYTES)
  ) {
    return [data]
  }
  const articles: Buffer[] = []
  let at = 0
  while (articles.length < octetSix) {
    if (data.length - at < ARTICLE_LENGTH_BYTES) {
      throw structureFault(`a DTF says ${octetSix} articles and has ${articles.length}`)
    }
    const length = data.readUInt16BE(at)
    at += ARTICLE_LENGTH_BYTES
    if (length > data.length - at) throw structureFault('an article goes beyond its DTF')
    articles.push(data.subarray(at, at + length))
    at += length
  }
  if (at !== data.length) {
    throw structureFault(`${data.length - at} bytes after the ${octetSix} articles of a DTF`)
  }
  return articles
}

/** Bytes that count for PI 27 and for the sync interval: without the lengths of articles. */
export function dataBytesOf(articles: readonly Buffer[]): number {
  return articles.reduce((sum, { length }) => sum + length, 0)
}

export interface ArticleReaderOptions {
  /** PI 32: no article may be longer. */
  readonly maxArticleBytes: number
  /** When compression was agreed. */
  readonly decompressor?: ArticleDecompressor
}

/**
 * Makes articles of the data FPDUs of one transfer, whole or in segments, and counts what PI 27 and
 * PI 28 count. Bounded by the article length announced.
 */
export class ArticleReader {
  readonly #options: ArticleReaderOptions
  #segments: Buffer[] | undefined
  #segmentBytes = 0
  #dataBytes = 0n
  #articles = 0

  constructor(options: ArticleReaderOptions) {
    this.#options = options
  }

  /** PI 27: bytes in data FPDUs, compressed as they come, without lengths of articles. */
  get dataBytes(): bigint {
    return this.#dataBytes
  }

  /** PI 28: a segmented article counts once. */
  get articles(): number {
    return this.#articles
  }

  /** DTFDA came and DTFFA has not: no other FPDU of the sender may come. */
  get isWithinArticle(): boolean {
    return this.#segments !== undefined
  }

  /**
   * @returns the articles that are whole now, decompressed; views into the FPDU where possible
   * @throws PesitFault 3/311 for segments out of order, lengths that lie or a broken compression;
   *   2/220 for an article longer than announced
   */
  read(fpdu: DataFpdu): readonly Buffer[] {
    const parts = articlesOf(fpdu)
    this.#dataBytes += BigInt(dataBytesOf(parts))
    const articles = fpdu.name === 'DTF' ? this.#whole(parts) : this.#segment(fpdu.name, parts)
    this.#articles += articles.length
    return articles.map((article) => this.#open(article))
  }

  /** A sync point was set between articles: compression starts anew. @throws PesitFault 3/311 */
  passSyncPoint(): void {
    if (this.isWithinArticle) throw structureFault('a sync point within an article')
    this.#options.decompressor?.forget()
  }

  /** Back to a sync point: what was counted there. */
  rewind(counts: { readonly dataBytes: bigint; readonly articles: number }): void {
    this.#segments = undefined
    this.#dataBytes = counts.dataBytes
    this.#articles = counts.articles
    this.#options.decompressor?.forget()
  }

  #whole(articles: readonly Buffer[]): readonly Buffer[] {
    if (this.isWithinArticle) throw structureFault('a DTF within a segmented article')
    return articles
  }

  #segment(name: 'DTFDA' | 'DTFMA' | 'DTFFA', [data]: readonly Buffer[]): readonly Buffer[] {
    if (data === undefined) return []
    if ((name === 'DTFDA') === this.isWithinArticle) {
      throw structureFault(name === 'DTFDA' ? 'a DTFDA within an article' : `${name} without DTFDA`)
    }
    if (name === 'DTFDA') {
      this.#segments = []
      this.#segmentBytes = 0
    }
    this.#segmentBytes += data.length
    if (this.#segmentBytes > this.#maxSegmentedBytes) throw this.#tooLong(this.#segmentBytes)
    // A copy: segments come in FPDUs whose bytes do not stay.
    const segments = this.#segments ?? []
    segments.push(Buffer.from(data))
    if (name !== 'DTFFA') return []
    this.#segments = undefined
    return [Buffer.concat(segments)]
  }

  /** Compressed, an article may need one more byte in 63. */
  get #maxSegmentedBytes(): number {
    const { maxArticleBytes, decompressor } = this.#options
    return decompressor === undefined ? maxArticleBytes : 2 * maxArticleBytes + 1
  }

  #open(article: Buffer): Buffer {
    const { maxArticleBytes, decompressor } = this.#options
    if (decompressor !== undefined) return decompressor.decompress(article)
    if (article.length > maxArticleBytes) throw this.#tooLong(article.length)
    return article
  }

  #tooLong(bytes: number): PesitFault {
    return new PesitFault(
      '2/220',
      `an article of ${bytes} bytes, ${this.#options.maxArticleBytes} were announced`,
    )
  }
}
