import { compress } from './compression.ts'
import type { Compression } from './compression.ts'

/** Everything one transfer sends between WRITE or READ and DTF.END, in order. */
export type PlanStep =
  | { readonly kind: 'article'; readonly encoded: Buffer }
  | { readonly kind: 'syn'; readonly point: number }

export interface PlanOrder {
  readonly articles: readonly Buffer[]
  readonly compression: Compression | undefined
  /** PI 7 as agreed; 0 = no points, 65 535 = as the sender likes. */
  readonly intervalKib: number
  /** Points after these numbers of articles instead, whatever the interval. */
  readonly syncAfterArticles?: readonly number[] | undefined
}

export interface Counts {
  /** PI 27: without the lengths of multi-article DTFs, with compression headers. */
  readonly dataBytes: number
  /** PI 28. */
  readonly articles: number
}

const UNDEFINED_INTERVAL = 0xffff
/** Interval we take when the sender may choose (reference §8.5). */
const CHOSEN_INTERVAL_KIB = 1024

/** Fixed chunks, the last one shorter: a file as a stream (reference §8.4). */
export function cutIntoArticles(content: Buffer, articleBytes: number): Buffer[] {
  const articles: Buffer[] = []
  for (let at = 0; at < content.length; at += articleBytes)
    articles.push(content.subarray(at, at + articleBytes))
  return articles
}

/**
 * A point goes before the article that would exceed the interval, and never after the last one.
 * Compression starts afresh after each, so a plan can be taken up at any of its points.
 */
export function planData(order: PlanOrder): PlanStep[] {
  const { articles, compression, intervalKib, syncAfterArticles } = order
  const kib = intervalKib === UNDEFINED_INTERVAL ? CHOSEN_INTERVAL_KIB : intervalKib
  const limit = kib === 0 ? Infinity : kib * 1024
  const steps: PlanStep[] = []
  let point = 0
  let sinceSync = 0
  let previous: Buffer | undefined
  const encode = (article: Buffer): Buffer =>
    compression === undefined ? article : compress(article, compression, previous)
  for (const [index, article] of articles.entries()) {
    let encoded = encode(article)
    const isDue =
      syncAfterArticles === undefined
        ? sinceSync > 0 && sinceSync + encoded.length > limit
        : syncAfterArticles.includes(index)
    if (isDue) {
      point += 1
      steps.push({ kind: 'syn', point })
      sinceSync = 0
      previous = undefined
      encoded = encode(article)
    }
    steps.push({ kind: 'article', encoded })
    sinceSync += encoded.length
    previous = article
  }
  return steps
}

/** Index of the first step after a point; undefined when the plan has no such point. 0 = the start. */
export function indexAfterPoint(steps: readonly PlanStep[], point: number): number | undefined {
  if (point === 0) return 0
  const index = steps.findIndex((step) => step.kind === 'syn' && step.point === point)
  return index === -1 ? undefined : index + 1
}

export function countsOf(steps: readonly PlanStep[]): Counts {
  const articles = steps.filter((step) => step.kind === 'article')
  return {
    dataBytes: articles.reduce((sum, { encoded }) => sum + encoded.length, 0),
    articles: articles.length,
  }
}

/** PI 27 and 28 as a TRANS.END has them; either may be absent. */
export interface ClaimedCounts {
  readonly dataBytes: number | undefined
  readonly articles: number | undefined
}

/**
 * Faults of a TRANS.END. On a restart it may count the whole file or what was sent now: no source
 * says which (reference §15).
 *
 * @param before what an earlier attempt had sent
 */
export function countFaults(claimed: ClaimedCounts, whole: Counts, before: Counts): string[] {
  const isRight = (of: keyof Counts): boolean =>
    claimed[of] === undefined || claimed[of] === whole[of] || claimed[of] === whole[of] - before[of]
  if (isRight('dataBytes') && isRight('articles')) return []
  return [
    `TRANS.END counts ${claimed.dataBytes} and ${claimed.articles}, we ${whole.dataBytes} and ${whole.articles}`,
  ]
}
