import type { ReadableContent } from '../listener.ts'
import { packArticles } from './article-packer.ts'
import { ArticleCompressor } from './compression.ts'
import { bytesOf, compressArticles, countCompressed } from './compressed-articles.ts'
import { fillSlots } from './fill-slots.ts'
import { articlesInBlock, cutTerms } from './data-cutting.ts'
import { layOutBlock, sealChecksums, wireBytes } from './data-block.ts'
import type { PackingTerms } from './data-block.ts'
import { diagnostic } from './diagnostics.ts'
import type { Fpdu, ParameterFpdu } from './fpdu.ts'
import { makeUnits } from './fpdu-parameters.ts'
import type { FpduName } from './fpdu-types.ts'
import { frameFpdu } from './frame-writer.ts'
import { compressionKind } from './negotiation.ts'
import type { TransferCounts } from './negotiation.ts'
import type { ParameterValues } from './parameter-table.ts'
import type { PesitLine } from './pesit-line.ts'
import { isWindowFull, MAX_SYNC_POINT } from './session-state.ts'
import { continueTrail, FILE_START, placeOf } from './sync-trail.ts'
import type { FilePlace, SyncTrail, TrailTerms } from './sync-trail.ts'

/** What data goes out by: a machine and its socket. */
export type DataLine = Pick<PesitLine, 'session' | 'isOver' | 'wish' | 'wishBlock'>

/** A file that goes out, in a write by the requester or in a read by the server. */
export interface OutgoingFile {
  readonly content: ReadableContent
  /** Of the attempts before; empty for the first. */
  readonly trail: SyncTrail
  /** PI 32. */
  readonly articleBytes: number
  readonly packing: Omit<PackingTerms, 'destination' | 'maxEntityBytes' | 'hasChecksum'>
  /** Remembers, before data goes, where points lie: durable when a restart shall be possible. */
  readonly onTrail?: (trail: SyncTrail) => Promise<void>
  /**
   * Asked before the content goes out up to there.
   * @returns false when the state is another one by now
   */
  readonly onBlock?: (bytes: number) => Promise<boolean> | true
}

/** One is filled while one waits for the window and one for the socket. */
const BLOCKS = 3

interface ReadyBlock {
  readonly generation: number
  readonly fpdus: readonly Fpdu[]
  readonly wire: Buffer
  readonly room: Buffer
  /** Where the file stands behind it. */
  readonly after: FilePlace
  readonly dataBytes: bigint
  readonly sincePoint: number
}

/**
 * Sends the data of one transfer: articles, sync points with their sliding window, DTF.END; goes
 * back when the receiver wants to (RESYN). In constant memory, whatever the size.
 *
 * Its owner calls `told` for every FPDU that comes in the data phase, and `run` to begin and again
 * whenever the machine is back among the data.
 */
export class DataSender {
  readonly #line: DataLine
  readonly #file: OutgoingFile
  readonly #packing: PackingTerms
  readonly #terms: TrailTerms
  readonly #compressor: ArticleCompressor | undefined
  readonly #free: Buffer[] = []
  #blocks = 0
  #trail: SyncTrail
  #isTrailKept = false
  #place: FilePlace = FILE_START
  #dataBytes = 0n
  #sincePoint = 0
  #point = 0
  #atStart: TransferCounts = { dataBytes: 0n, articles: 0 }
  /** Grows when the file goes back: a block made before is of no use. */
  #generation = 0
  /** PI 27 at points that may be gone back to; known for compressed data only. */
  readonly #dataBytesAt = new Map<number, bigint>()
  #wake: () => void = () => {}

  /** @param file as CREATE or ACK(SELECT) announced it, in a session where ORF is answered */
  constructor(line: DataLine, file: OutgoingFile) {
    const { session } = line
    this.#line = line
    this.#file = file
    this.#trail = file.trail
    this.#packing = {
      ...file.packing,
      maxEntityBytes: session.entityBytes,
      hasChecksum: session.terms?.hasChecksum === true,
      destination: session.peer,
    }
    const kind = compressionKind(session.compression)
    this.#compressor = kind && new ArticleCompressor(kind)
    this.#terms = cutTerms(session, file, this.#packing)
  }

  /** What has gone: PI 27 and 28. */
  get counts(): TransferCounts {
    return { dataBytes: this.#dataBytes, articles: this.#place.articles }
  }

  /** What had gone where this attempt began. */
  get countsAtStart(): TransferCounts {
    return this.#atStart
  }

  /** Bytes of the content behind us. */
  get offset(): number {
    return this.#place.offset
  }

  get trail(): SyncTrail {
    return this.#trail
  }

  /** Whether a transfer can begin at this point, which the receiver chose. */
  canStartAt(point: number): boolean {
    return placeOf(this.#trail, point, this.#file.content.bytes) !== undefined
  }

  /** Stands at a point, before `run`. Counts what was sent up to there, as it was sent. */
  async startAt(point: number): Promise<void> {
    const place = this.#goTo(point)
    this.#dataBytes = await this.#countBefore(place)
    this.#dataBytesAt.set(point, this.#dataBytes)
    this.#atStart = this.counts
  }

  /**
   * Sends until DTF.END is out (`ended`), or until the state is another one (`stopped`).
   * @throws whatever reading the content does
   */
  async run(): Promise<'ended' | 'stopped'> {
    let ready: ReadyBlock | undefined
    while (this.#isAmongData()) {
      if (!this.#isTrailKept) {
        this.#isTrailKept = true
        await this.#file.onTrail?.(this.#trail)
      } else if (ready === undefined) {
        const atEnd = this.#place.offset >= this.#file.content.bytes
        if (atEnd && this.#end()) return 'ended'
        if (!atEnd) ready = await this.#prepare()
      } else if (ready.generation !== this.#generation) {
        this.#giveBack(ready.room)
        ready = undefined
      } else if (isWindowFull(this.#line.session)) {
        await this.#change()
      } else {
        const passes = this.#file.onBlock?.(ready.after.offset) ?? true
        const isMeant = passes === true || (await passes)
        if (isMeant && ready.generation === this.#generation) this.#send(ready)
        else this.#giveBack(ready.room)
        ready = undefined
      }
    }
    if (ready !== undefined) this.#giveBack(ready.room)
    return 'stopped'
  }

  /** Something came: the window may be open, or the receiver wants to go back. */
  told(name: FpduName, values: ParameterValues): void {
    if (name === 'ACK(SYN)') this.#forgetBefore(this.#line.session.sync.acknowledged)
    if (name === 'RESYN') this.#goBack(values.restartPoint ?? 0)
    this.wake()
  }

  /** The line has ended, or the state is another one: whoever waits looks again. */
  wake(): void {
    this.#wake()
  }

  #isAmongData(): boolean {
    const { state } = this.#line.session
    if (this.#line.isOver) return false
    return state === 'TDE02' || state === 'TDL02'
  }

  #end(): boolean {
    return this.#line.wish('DTF.END', { diagnostic: diagnostic('0/000') })
  }

  #change(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  /** RESYN: back to its point, or to the start when there is no such point any more. */
  #goBack(wanted: number): void {
    const isKnown =
      placeOf(this.#trail, wanted, this.#file.content.bytes) !== undefined &&
      (this.#compressor === undefined || this.#dataBytesAt.has(wanted))
    const point = isKnown ? wanted : 0
    const place = this.#goTo(point)
    this.#dataBytes =
      this.#compressor === undefined ? BigInt(place.offset) : (this.#dataBytesAt.get(point) ?? 0n)
    if (this.#atStart.dataBytes > this.#dataBytes) this.#atStart = this.counts
    this.#line.wish('ACK(RESYN)', { restartPoint: point })
  }

  #goTo(point: number): FilePlace {
    this.#trail = continueTrail(this.#trail, point, this.#terms, this.#file.content.bytes)
    this.#isTrailKept = false
    this.#place = placeOf(this.#trail, point, this.#file.content.bytes) ?? FILE_START
    this.#point = point
    this.#sincePoint = 0
    this.#generation += 1
    this.#compressor?.forget()
    return this.#place
  }

  #forgetBefore(point: number): void {
    for (const known of this.#dataBytesAt.keys()) {
      if (known < point) this.#dataBytesAt.delete(known)
    }
  }

  #send(block: ReadyBlock): void {
    const syncPoint = this.#point + 1
    const isOut = this.#line.wishBlock(
      block.fpdus,
      () => ({ syncPoint }),
      block.wire,
      () => this.#giveBack(block.room),
    )
    if (!isOut) {
      this.#giveBack(block.room)
      return
    }
    this.#place = block.after
    this.#dataBytes += block.dataBytes
    this.#sincePoint = block.sincePoint
    if (block.sincePoint === 0 && this.#terms.articlesPerPoint > 0) {
      this.#point += 1
      if (this.#compressor !== undefined) this.#dataBytesAt.set(this.#point, this.#dataBytes)
    }
  }

  /** The next block, as far as the next sync point. Undefined when the state became another one. */
  async #prepare(): Promise<ReadyBlock | undefined> {
    const room = await this.#takeRoom()
    if (room === undefined) return undefined
    const { content } = this.#file
    const { articleBytes, articlesPerPoint } = this.#terms
    const generation = this.#generation
    const place = this.#place
    const left = content.bytes - place.offset
    const mayPoint = articlesPerPoint > 0 && this.#point < MAX_SYNC_POINT
    const articles = Math.min(
      Math.ceil(left / articleBytes),
      articlesInBlock(articleBytes),
      mayPoint ? articlesPerPoint - this.#sincePoint : Infinity,
    )
    const bytes = Math.min(left, articles * articleBytes)
    const since = this.#sincePoint + articles
    const isAtPoint = mayPoint && since === articlesPerPoint && bytes < left
    const syn = isAtPoint ? this.#syn(this.#point + 1) : undefined
    const made = await (this.#compressor === undefined
      ? this.#plain(room, place, bytes, syn)
      : this.#compressed(this.#compressor, room, place, bytes, syn))
    return {
      ...made,
      generation,
      room,
      after: { offset: place.offset + bytes, articles: place.articles + articles },
      sincePoint: isAtPoint ? 0 : since,
    }
  }

  async #plain(
    room: Buffer,
    { offset }: FilePlace,
    bytes: number,
    syn: ParameterFpdu | undefined,
  ): Promise<Pick<ReadyBlock, 'fpdus' | 'wire' | 'dataBytes'>> {
    const { articleBytes } = this.#terms
    const block = layOutBlock(room, bytes, articleBytes, this.#packing, syn)
    await fillSlots(this.#file.content, block.slots, offset)
    if (this.#packing.hasChecksum) sealChecksums(block, this.#packing)
    return { fpdus: block.fpdus, wire: block.wire, dataBytes: BigInt(bytes) }
  }

  async #compressed(
    compressor: ArticleCompressor,
    room: Buffer,
    { offset }: FilePlace,
    bytes: number,
    syn: ParameterFpdu | undefined,
  ): Promise<Pick<ReadyBlock, 'fpdus' | 'wire' | 'dataBytes'>> {
    const content = room.subarray(0, bytes)
    const generation = this.#generation
    await fillSlots(this.#file.content, [content], offset)
    // Gone back meanwhile: what is compressed next must not refer to this.
    if (generation !== this.#generation) return { fpdus: [], wire: content, dataBytes: 0n }
    const articles = compressArticles(compressor, content, this.#terms.articleBytes)
    const fpdus: readonly Fpdu[] = [...packArticles(articles, this.#packing), ...(syn ? [syn] : [])]
    if (syn !== undefined) compressor.forget()
    return {
      fpdus,
      wire: Buffer.concat(fpdus.map((fpdu) => frameFpdu(fpdu, this.#packing))),
      dataBytes: BigInt(bytesOf(articles)),
    }
  }

  #syn(syncPoint: number): ParameterFpdu {
    const units = makeUnits('SYN', { syncPoint })
    return { name: 'SYN', destination: this.#packing.destination, octetSix: 0, units }
  }

  async #takeRoom(): Promise<Buffer | undefined> {
    while (this.#free.length === 0 && this.#blocks === BLOCKS) {
      if (!this.#isAmongData()) return undefined
      await this.#change()
    }
    const free = this.#free.pop()
    if (free !== undefined) return free
    this.#blocks += 1
    const { articleBytes, articlesPerPoint } = this.#terms
    const articles = Math.min(
      articlesInBlock(articleBytes),
      articlesPerPoint === 0 ? Infinity : articlesPerPoint,
      Math.ceil(this.#file.content.bytes / articleBytes),
    )
    return Buffer.allocUnsafeSlow(wireBytes(articles, articleBytes, this.#packing))
  }

  #giveBack(room: Buffer): void {
    this.#free.push(room)
    this.#wake()
  }

  /** PI 27 up to a place: compressed parts are compressed once more, as nothing of them was kept. */
  async #countBefore(place: FilePlace): Promise<bigint> {
    let count = 0n
    const pieces = this.#trail.filter(({ offset }) => offset < place.offset)
    for (const [at, piece] of pieces.entries()) {
      const end = pieces[at + 1]?.offset ?? place.offset
      const kind = compressionKind(piece.compression)
      count +=
        kind === undefined
          ? BigInt(end - piece.offset)
          : await countCompressed(this.#file.content, kind, piece, end)
    }
    return count
  }
}
