import type { StagedFile } from '../listener.ts'
import { ArticleReader } from './article-reader.ts'
import { ArticleDecompressor } from './compression.ts'
import type { CompressionKind, VerticalPad } from './compression.ts'
import { DiskWriter } from './disk-writer.ts'
import type { DataFpdu } from './fpdu.ts'
import type { TransferCounts } from './negotiation.ts'
import type { PesitLine } from './pesit-line.ts'
import { backMark, NOTHING_YET, placeMark } from './sync-places.ts'
import type { SyncPlace } from './sync-places.ts'

export interface IncomingFileOptions {
  readonly line: Pick<PesitLine, 'session' | 'wish' | 'pause' | 'resume'>
  readonly file: StagedFile
  /** Where the transfer begins: the point that ACK(WRITE) names. */
  readonly start: SyncPlace
  /** PI 32. */
  readonly maxArticleBytes: number
  readonly compression: CompressionKind | undefined
  readonly verticalPad: VerticalPad
  /** Each article is a line, whose end is added. */
  readonly isText: boolean
  /** The file may not be longer. */
  readonly maxBytes: number
  /** It is longer: the transfer has to end. Told once. */
  readonly onTooLong: () => void
  /** The disk took nothing more: likewise. */
  readonly onFailed: (error: unknown) => void
}

const LINE_END = Buffer.from('\n')

/**
 * A file that comes in by data FPDUs: articles out of them, content into staging, sync points
 * answered once the operating system has what is before them (decisions E3).
 */
export class IncomingFile {
  readonly file: StagedFile
  readonly start: SyncPlace
  readonly #options: IncomingFileOptions
  readonly #reader: ArticleReader
  readonly #disk: DiskWriter
  /** Those that a RESYN may go back to, and those not answered yet; oldest first. */
  #places: SyncPlace[]
  #unanswered: { readonly place: SyncPlace; isMarked: boolean }[] = []
  #writtenTo: number
  #isTooLong = false
  #isSilent = false

  constructor(options: IncomingFileOptions) {
    const { file, start, maxArticleBytes, compression, verticalPad } = options
    this.file = file
    this.start = start
    this.#options = options
    this.#places = [start]
    this.#writtenTo = start.offset
    this.#reader = new ArticleReader({
      maxArticleBytes,
      ...(compression === undefined
        ? {}
        : { decompressor: new ArticleDecompressor(compression, maxArticleBytes, verticalPad) }),
    })
    this.#reader.rewind(start)
    this.#disk = new DiskWriter({
      file,
      position: start.offset,
      onWritten: (position) => {
        this.#writtenTo = position
        this.#answer()
      },
      onFailed: options.onFailed,
      onFull: (isFull) => {
        if (isFull) options.line.pause()
        else options.line.resume()
      },
    })
  }

  /** PI 27 and 28 as they came, from the start of the file. */
  get counts(): TransferCounts {
    return { dataBytes: this.#reader.dataBytes, articles: this.#reader.articles }
  }

  /** Bytes of the file so far. */
  get bytes(): number {
    return this.#disk.position
  }

  get isWithinArticle(): boolean {
    return this.#reader.isWithinArticle
  }

  /** @throws PesitFault for articles that cannot be */
  data(fpdu: DataFpdu): void {
    for (const article of this.#reader.read(fpdu)) {
      this.#disk.add(article)
      if (this.#options.isText) this.#disk.add(LINE_END)
    }
    if (this.#disk.position > this.#options.maxBytes && !this.#isTooLong) {
      this.#isTooLong = true
      this.#options.onTooLong()
    }
  }

  /** SYN. @throws PesitFault within an article */
  syncPoint(point: number): void {
    this.#reader.passSyncPoint()
    const place = { point, offset: this.#disk.position, ...this.counts }
    this.#places.push(place)
    const unanswered = { place, isMarked: false }
    this.#unanswered.push(unanswered)
    this.#disk.push()
    this.file.mark(placeMark(place)).then(
      () => {
        unanswered.isMarked = true
        this.#answer()
      },
      (error: unknown) => this.#options.onFailed(error),
    )
  }

  /** No sync point is answered any more: a fault on demand. */
  fallSilent(): void {
    this.#isSilent = true
  }

  /** @returns whether the file can go back to this point */
  hasPoint(point: number): boolean {
    return point === 0 || this.#places.some((place) => place.point === point)
  }

  /** Back to a point, or to the start: everything behind it comes again. */
  goBack(point: number): void {
    const place = this.#places.find((one) => one.point === point) ?? NOTHING_YET
    this.#places = this.#places.filter((one) => one.point <= place.point)
    this.#unanswered = []
    this.file.mark(backMark(place.point)).catch(this.#options.onFailed)
    this.#disk.goBack(place.offset)
    this.#writtenTo = Math.min(this.#writtenTo, place.offset)
    this.#reader.rewind(place)
  }

  /** Resolves when everything that came is with the operating system, or could not be. */
  settled(): Promise<void> {
    return this.#disk.settled()
  }

  /** Takes nothing more. */
  stop(): void {
    this.#disk.stop()
    this.#unanswered = []
  }

  /** Acknowledging a point acknowledges all before it (reference §8.5). */
  #answer(): void {
    let last: SyncPlace | undefined
    for (;;) {
      const [first] = this.#unanswered
      if (first === undefined || !first.isMarked || first.place.offset > this.#writtenTo) break
      last = first.place
      this.#unanswered.shift()
    }
    if (last === undefined || this.#isSilent) return
    const { point } = last
    const { line } = this.#options
    const isAnswered =
      (line.session.terms?.sync.window ?? 0) === 0 || line.wish('ACK(SYN)', { syncPoint: point })
    // No RESYN goes back beyond what was answered; one that is on its way goes back to before it.
    if (!isAnswered) return
    this.#places = this.#places.filter((place) => place.point >= point)
  }
}
