import { decompress } from './compression.ts'
import type { Compression } from './compression.ts'
import type { Counts } from './data-plan.ts'
import { diagnosticOf, isNegative, piNumber } from './fpdu.ts'
import type { Fpdu } from './fpdu.ts'
import { acknowledgeInterruption, resynchronise, TransferActions } from './interruptions.ts'
import type { TransferAction } from './interruptions.ts'
import { number } from './parameters.ts'
import type { PesitLink } from './pesit-link.ts'

/** How a side behaves while it receives data. */
export interface ReceivingManner {
  /** Whether to send ACK(SYN) for a point; always when absent. A promise is a slow disk. */
  readonly acknowledge?: (point: number) => boolean | Promise<boolean>
  /** Point to answer to the peer's RESYN; what it asked for when absent. */
  readonly answerResync?: (asked: number) => number
  readonly actions?: readonly TransferAction[]
}

export interface ReceivingTerms {
  readonly compression: Compression | undefined
  /** PI 32: longest article, uncompressed. */
  readonly maxArticleBytes: number
  readonly intervalKib: number
  readonly window: number
  readonly isResyncAllowed: boolean
}

const UNDEFINED_INTERVAL = 0xffff

/** What was received up to now, and at each of the points: enough to restart from. */
export interface Progress {
  readonly articles: Buffer[]
  readonly points: Map<number, Counts>
  dataBytes: number
  /** Highest point received, and highest acknowledged. */
  point: number
  acknowledgedPoint: number
}

export function noProgress(): Progress {
  return { articles: [], points: new Map(), dataBytes: 0, point: 0, acknowledgedPoint: 0 }
}

/** The side that receives file data, whoever opened the connection. */
export class DataReceiver {
  readonly progress: Progress
  readonly #link: PesitLink
  readonly #terms: ReceivingTerms
  readonly #manner: ReceivingManner
  readonly #actions: TransferActions
  #segments: Buffer[] = []
  #previous: Buffer | undefined
  #sinceSync = 0

  /** @param progress what an earlier attempt received */
  constructor(
    link: PesitLink,
    terms: ReceivingTerms,
    manner: ReceivingManner,
    progress: Progress = noProgress(),
  ) {
    this.#link = link
    this.#terms = terms
    this.#manner = manner
    this.#actions = new TransferActions(link, manner.actions)
    this.progress = progress
  }

  counts(): Counts {
    return { dataBytes: this.progress.dataBytes, articles: this.progress.articles.length }
  }

  /** Forgets everything after a point; 0 = everything. */
  goBackTo(point: number): void {
    const progress = this.progress
    const kept = point === 0 ? { articles: 0, dataBytes: 0 } : progress.points.get(point)
    if (kept === undefined) throw new Error(`no point ${point} was received`)
    progress.articles.length = kept.articles
    progress.dataBytes = kept.dataBytes
    progress.point = point
    progress.acknowledgedPoint = Math.min(progress.acknowledgedPoint, point)
    for (const later of progress.points.keys()) if (later > point) progress.points.delete(later)
    this.#segments = []
    this.#startAfresh()
  }

  /** Receives to DTF.END, again as often as either side resynchronises. @returns the DTF.END */
  async run(): Promise<Fpdu> {
    for (;;) {
      const fpdu = await this.#link.take(
        ...(['DTF', 'DTFDA', 'DTFMA', 'DTFFA', 'SYN', 'DTF.END', 'RESYN', 'IDT'] as const),
        ...(this.#terms.isResyncAllowed ? (['DAMAGED'] as const) : []),
      )
      const isEnd = await this.#received(fpdu)
      const rewind = await this.#actions.doDue(isEnd ? 'end' : this.progress.dataBytes)
      if (rewind !== undefined) this.goBackTo(rewind)
      else if (isEnd) return fpdu
    }
  }

  async #received(fpdu: Fpdu): Promise<boolean> {
    const link = this.#link
    if (this.#segments.length > 0 && fpdu.name !== 'DTFMA' && fpdu.name !== 'DTFFA')
      if (!['RESYN', 'IDT', 'DAMAGED'].includes(fpdu.name))
        return link.abort('3/311', `${fpdu.name} in the middle of an article`, fpdu)
    switch (fpdu.name) {
      case 'DAMAGED':
        this.goBackTo(await resynchronise(link, '1/100', this.progress.acknowledgedPoint))
        return false
      case 'DTF':
        await this.#dtf(fpdu)
        return false
      case 'DTFDA':
        this.#segments.push(fpdu.data)
        return false
      case 'DTFMA':
      case 'DTFFA':
        if (this.#segments.length === 0)
          return link.abort('3/311', `${fpdu.name} without DTFDA`, fpdu)
        this.#segments.push(fpdu.data)
        if (fpdu.name === 'DTFFA') await this.#article(Buffer.concat(this.#segments.splice(0)))
        return false
      case 'SYN':
        await this.#sync(fpdu)
        return false
      case 'RESYN': {
        const asked = piNumber(fpdu, 18) ?? 0
        if (!this.#terms.isResyncAllowed) link.violations.push('RESYN although PI 23 is not agreed')
        const point = this.#manner.answerResync?.(asked) ?? asked
        if (point !== 0 && !this.progress.points.has(point))
          return link.abort('2/218', `RESYN at point ${point}, unknown`, fpdu)
        await link.send('ACK(RESYN)', [number(18, point)])
        this.goBackTo(point)
        return false
      }
      case 'IDT':
        return acknowledgeInterruption(link, fpdu)
      default:
        if (isNegative(fpdu)) link.violations.push(`DTF.END with ${diagnosticOf(fpdu)}`)
        return true
    }
  }

  /** Octet 6: 0 = one bare article, N = N articles with their lengths (reference §8.2). */
  async #dtf(fpdu: Fpdu): Promise<void> {
    if (fpdu.octet6 === 0) return this.#article(fpdu.data)
    const articles = lengthPrefixed(fpdu.data)
    if (articles?.length === fpdu.octet6) {
      // Bare is the rule for one, unless it is empty: a DTF with no content is illegal.
      if (fpdu.octet6 === 1 && fpdu.data.length > 2)
        this.#link.violations.push('DTF of 1 article with its length')
      for (const article of articles) await this.#article(article)
      return
    }
    if (fpdu.octet6 > 1)
      return this.#link.abort('3/311', `DTF does not hold ${fpdu.octet6} articles`, fpdu)
    this.#link.violations.push('DTF of 1 article without its length')
    return this.#article(fpdu.data)
  }

  async #article(encoded: Buffer): Promise<void> {
    const { compression, maxArticleBytes } = this.#terms
    const article =
      compression === undefined ? encoded : await this.#decompressed(encoded, compression)
    if (article.length > maxArticleBytes)
      this.#link.violations.push(`article of ${article.length} bytes, PI 32 is ${maxArticleBytes}`)
    this.#previous = article
    this.progress.articles.push(article)
    this.progress.dataBytes += encoded.length
    this.#sinceSync += encoded.length
    const { intervalKib } = this.#terms
    const isBounded = intervalKib !== 0 && intervalKib !== UNDEFINED_INTERVAL
    // One article longer than the interval is no fault of its sender.
    if (isBounded && this.#sinceSync > Math.max(intervalKib * 1024, encoded.length))
      this.#link.violations.push(`${this.#sinceSync} bytes without a synchronisation point`)
  }

  async #decompressed(encoded: Buffer, compression: Compression): Promise<Buffer> {
    try {
      return decompress(encoded, compression, this.#previous)
    } catch (cause) {
      return this.#link.abort('3/311', (cause as Error).message)
    }
  }

  async #sync(fpdu: Fpdu): Promise<void> {
    const { progress } = this
    const point = piNumber(fpdu, 20) ?? 0
    if (this.#terms.intervalKib === 0) this.#link.violations.push('SYN although none were agreed')
    if (point !== progress.point + 1)
      return this.#link.abort('3/311', `SYN ${point} after ${progress.point}`, fpdu)
    progress.point = point
    progress.points.set(point, this.counts())
    this.#startAfresh()
    const { window } = this.#terms
    if (window === 0) {
      progress.acknowledgedPoint = point
      return
    }
    if (point - progress.acknowledgedPoint > window)
      this.#link.violations.push(`SYN ${point} beyond the window of ${window}`)
    if ((await this.#manner.acknowledge?.(point)) === false) return
    await this.#link.send('ACK(SYN)', [number(20, point)])
    progress.acknowledgedPoint = point
  }

  #startAfresh(): void {
    this.#previous = undefined
    this.#sinceSync = 0
  }
}

/** @returns undefined when the lengths do not add up to the content */
function lengthPrefixed(content: Buffer): Buffer[] | undefined {
  const articles: Buffer[] = []
  let at = 0
  while (at + 2 <= content.length) {
    const length = content.readUInt16BE(at)
    articles.push(content.subarray(at + 2, at + 2 + length))
    at += 2 + length
  }
  return at === content.length ? articles : undefined
}
