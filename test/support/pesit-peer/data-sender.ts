import { countsOf, indexAfterPoint } from './data-plan.ts'
import type { Counts, PlanStep } from './data-plan.ts'
import type { KnownFpduName } from './fpdu-catalogue.ts'
import { HEADER_BYTES, piNumber } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { acknowledgeInterruption, TransferActions } from './interruptions.ts'
import type { TransferAction } from './interruptions.ts'
import { diagnostic, number } from './parameters.ts'
import type { PesitLink } from './pesit-link.ts'

/** How a side packs what it sends: none of it is negotiated (reference §1, §8). */
export interface SendingManner {
  /** Most articles in one DTF, 1…255; 1 when absent. */
  readonly articlesPerDtf?: number
  /** Longer articles are cut into DTFDA, DTFMA, DTFFA of so many bytes; what PI 25 allows when absent. */
  readonly segmentBytes?: number
  /** Fill entities with several FPDUs. Never done with a CRC. */
  readonly isConcatenating?: boolean
  /** PI 2 of DTF.END; `0/000` when absent. */
  readonly endDiagnostic?: string
  /** Point to answer to the peer's RESYN; what it asked for when absent. */
  readonly answerResync?: (asked: number) => number
  readonly actions?: readonly TransferAction[]
}

const LENGTH_BYTES = 2

/** The side that sends file data, whoever opened the connection. */
export class DataSender {
  readonly #link: PesitLink
  readonly #steps: readonly PlanStep[]
  readonly #manner: SendingManner
  readonly #window: number
  readonly #actions: TransferActions
  #entity: Fpdu[] = []
  #articles: Buffer[] = []
  #sentPoint = 0
  #acknowledgedPoint = 0
  #dataBytes = 0
  #start = 0

  /** @param window PI 7 octet 3 as agreed; 0 = points are never acknowledged */
  constructor(link: PesitLink, steps: readonly PlanStep[], window: number, manner: SendingManner) {
    this.#link = link
    this.#steps = steps
    this.#window = window
    this.#manner = manner
    this.#actions = new TransferActions(link, manner.actions)
  }

  /** `whole`: of the file. `resumed`: of what follows the restart point. */
  counts(of: 'whole' | 'resumed' = 'whole'): Counts {
    return countsOf(of === 'whole' ? this.#steps : this.#steps.slice(this.#start))
  }

  /** A restart point that this file has (reference §10.1). */
  hasPoint(point: number): boolean {
    return indexAfterPoint(this.#steps, point) !== undefined
  }

  /**
   * Sends the data from a point to DTF.END, again as often as either side resynchronises.
   *
   * @param afterEnd what the requester says once DTF.END is out; a server says nothing
   * @param until the FPDU that ends the transfer
   * @returns that FPDU
   */
  async run(
    point: number,
    until: KnownFpduName,
    afterEnd: () => Promise<void> = async () => {},
  ): Promise<Fpdu> {
    this.#start = indexAfterPoint(this.#steps, point) ?? 0
    let from = point
    for (;;) {
      this.#sentPoint = from
      this.#acknowledgedPoint = from
      const ended = await this.#pass(from, until, afterEnd)
      if (typeof ended !== 'number') return ended
      from = ended
      this.#entity = []
      this.#articles = []
    }
  }

  async #pass(
    from: number,
    until: KnownFpduName,
    afterEnd: () => Promise<void>,
  ): Promise<Fpdu | number> {
    for (const step of this.#steps.slice(indexAfterPoint(this.#steps, from) ?? 0)) {
      const rewind = await this.#step(step)
      if (rewind !== undefined) return rewind
    }
    await this.#flushArticles()
    await this.#emit(
      this.#link.make('DTF.END', [diagnostic(this.#manner.endDiagnostic ?? '0/000')]),
    )
    await this.#flushEntity()
    const rewind = await this.#actions.doDue('end')
    if (rewind !== undefined) return rewind
    await afterEnd()
    for (;;) {
      const fpdu = await this.#link.take(until, 'ACK(SYN)', 'RESYN', 'IDT')
      if (fpdu.name === until) return fpdu
      const rewind = await this.#heard(fpdu)
      if (rewind !== undefined) return rewind
    }
  }

  async #step(step: PlanStep): Promise<number | undefined> {
    if (step.kind === 'article') await this.#article(step.encoded)
    else {
      await this.#flushArticles()
      await this.#emit(this.#link.make('SYN', [number(20, step.point)]))
      this.#sentPoint = step.point
    }
    const acted = await this.#actions.doDue(this.#dataBytes)
    if (acted !== undefined) return acted
    for (let fpdu = await this.#link.poll(); fpdu; fpdu = await this.#link.poll()) {
      const rewind = await this.#heard(fpdu)
      if (rewind !== undefined) return rewind
    }
    while (this.#isWindowFull()) {
      await this.#flushEntity()
      const rewind = await this.#heard(await this.#link.take('ACK(SYN)', 'RESYN', 'IDT'))
      if (rewind !== undefined) return rewind
    }
    return undefined
  }

  #isWindowFull(): boolean {
    return this.#window > 0 && this.#sentPoint - this.#acknowledgedPoint >= this.#window
  }

  /** What the receiver may say at any moment. @returns the point to go back to, after a RESYN */
  async #heard(fpdu: Fpdu): Promise<number | undefined> {
    const link = this.#link
    if (fpdu.name === 'ACK(SYN)') {
      const point = piNumber(fpdu, 20) ?? 0
      if (this.#window === 0) link.violations.push('ACK(SYN) although the window is 0')
      if (point > this.#sentPoint || point <= this.#acknowledgedPoint)
        link.violations.push(
          `ACK(SYN) ${point}: sent ${this.#sentPoint}, acknowledged ${this.#acknowledgedPoint}`,
        )
      this.#acknowledgedPoint = Math.max(this.#acknowledgedPoint, point)
      return undefined
    }
    if (fpdu.name === 'IDT') return acknowledgeInterruption(link, fpdu)
    if (fpdu.name !== 'RESYN')
      return link.abort('3/311', `${fpdu.name} came while we send data`, fpdu)
    const asked = piNumber(fpdu, 18) ?? 0
    const point = this.#manner.answerResync?.(asked) ?? asked
    if (!this.hasPoint(point)) return link.abort('2/218', `RESYN at point ${point}, unknown`, fpdu)
    await link.send('ACK(RESYN)', [number(18, point)])
    return point
  }

  async #article(encoded: Buffer): Promise<void> {
    const room = this.#link.maxEntityBytes - HEADER_BYTES - (this.#link.reader.hasCrc ? 2 : 0)
    const longest = Math.min(room, this.#manner.segmentBytes ?? Infinity)
    if (encoded.length > longest) {
      await this.#flushArticles()
      await this.#segments(encoded, longest)
      return
    }
    const pending = this.#articles.reduce((sum, one) => sum + LENGTH_BYTES + one.length, 0)
    const isFull = this.#articles.length >= (this.#manner.articlesPerDtf ?? 1)
    if (isFull || pending + LENGTH_BYTES + encoded.length > room) await this.#flushArticles()
    this.#articles.push(encoded)
    this.#dataBytes += encoded.length
    if ((this.#manner.articlesPerDtf ?? 1) === 1) await this.#flushArticles()
  }

  async #segments(encoded: Buffer, longest: number): Promise<void> {
    for (let at = 0; at < encoded.length; at += longest) {
      const piece = encoded.subarray(at, at + longest)
      const name = at === 0 ? 'DTFDA' : at + longest >= encoded.length ? 'DTFFA' : 'DTFMA'
      await this.#emit(this.#link.make(name, piece))
      this.#dataBytes += piece.length
    }
  }

  async #flushArticles(): Promise<void> {
    const articles = this.#articles
    this.#articles = []
    const [first] = articles
    if (first === undefined) return
    // One article goes bare; an empty one cannot, a DTF with no content being illegal.
    if (articles.length === 1 && first.length > 0) return this.#emit(this.#link.make('DTF', first))
    const content = articles.flatMap((one) => [
      Buffer.from([one.length >> 8, one.length & 0xff]),
      one,
    ])
    return this.#emit(this.#link.make('DTF', Buffer.concat(content), articles.length))
  }

  async #emit(fpdu: Fpdu): Promise<void> {
    if (this.#manner.isConcatenating !== true || this.#link.reader.hasCrc)
      return this.#link.sendEntity([fpdu])
    const held = this.#entity.reduce((sum, { bytes }) => sum + bytes.length, 0)
    if (held + fpdu.bytes.length > this.#link.maxEntityBytes) await this.#flushEntity()
    this.#entity.push(fpdu)
  }

  async #flushEntity(): Promise<void> {
    const entity = this.#entity
    this.#entity = []
    if (entity.length > 0) await this.#link.sendEntity(entity)
  }
}
