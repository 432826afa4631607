import { CHECKSUM_BYTES } from './checksum.ts'
import type { DataFpdu } from './fpdu.ts'
import { FPDU_HEADER_BYTES } from './fpdu.ts'
import { UnsendableValue } from './pesit-fault.ts'

const ARTICLE_LENGTH_BYTES = 2
/** Octet 6 of a DTF. */
const MAX_ARTICLES = 255

export interface PackingOptions {
  /** PI 25 as agreed. */
  readonly maxEntityBytes: number
  readonly hasChecksum: boolean
  /** Several articles in one DTF: agreed beforehand, not negotiated. */
  readonly multiArticle: boolean
  /** An article in several FPDUs: likewise. */
  readonly segmentation: boolean
  /** The connection number of the receiver. */
  readonly destination: number
}

/**
 * Packs articles of one file, compressed already where so agreed, into as few data FPDUs as the
 * partner's setting allows. An article alone is a bare DTF with octet 6 = 0 (reference §8.2).
 * @param articles none empty, but in a DTF of several
 * @throws UnsendableValue for an article that does not fit and may not be cut, or an empty one alone
 */
export function packArticles(
  articles: readonly Buffer[],
  options: PackingOptions,
): readonly DataFpdu[] {
  const room =
    options.maxEntityBytes - FPDU_HEADER_BYTES - (options.hasChecksum ? CHECKSUM_BYTES : 0)
  const fpdus: DataFpdu[] = []
  let waiting: Buffer[] = []
  let waitingBytes = 0
  const flush = (): void => {
    if (waiting.length > 0) fpdus.push(packed(waiting, options.destination))
    waiting = []
    waitingBytes = 0
  }
  for (const article of articles) {
    if (article.length > room) {
      flush()
      fpdus.push(...segments(article, room, options))
      continue
    }
    const size = ARTICLE_LENGTH_BYTES + article.length
    const isFull = waitingBytes + size > room || waiting.length === MAX_ARTICLES
    if (isFull || !options.multiArticle) flush()
    waiting.push(article)
    waitingBytes += size
  }
  flush()
  return fpdus
}

function packed(articles: readonly Buffer[], destination: number): DataFpdu {
  const [only] = articles
  if (articles.length === 1 && only !== undefined) {
    if (only.length === 0) throw new UnsendableValue('an empty article cannot travel alone')
    return { name: 'DTF', destination, octetSix: 0, data: only }
  }
  const parts = articles.flatMap((article) => [
    Buffer.from([article.length >> 8, article.length & 0xff]),
    article,
  ])
  return { name: 'DTF', destination, octetSix: articles.length, data: Buffer.concat(parts) }
}

function segments(
  article: Buffer,
  room: number,
  { segmentation, destination }: PackingOptions,
): readonly DataFpdu[] {
  if (!segmentation || room < 1) {
    throw new UnsendableValue(`an article of ${article.length} bytes where ${room} fit`)
  }
  const fpdus: DataFpdu[] = []
  for (let at = 0; at < article.length; at += room) {
    const isLast = at + room >= article.length
    const name = at === 0 ? 'DTFDA' : isLast ? 'DTFFA' : 'DTFMA'
    fpdus.push({ name, destination, octetSix: 0, data: article.subarray(at, at + room) })
  }
  return fpdus
}
