import type { ReadableContent } from '../listener.ts'
import { ArticleCompressor } from './compression.ts'
import type { CompressionKind } from './compression.ts'
import { articlesInBlock } from './data-cutting.ts'
import { fillSlots } from './fill-slots.ts'
import type { TrailTerms } from './sync-trail.ts'

/** Cuts a content into articles, and compresses each. */
export function compressArticles(
  compressor: ArticleCompressor,
  content: Buffer,
  articleBytes: number,
): readonly Buffer[] {
  const articles: Buffer[] = []
  for (let at = 0; at < content.length; at += articleBytes) {
    const article = content.subarray(at, at + articleBytes)
    // The last one is compared with in the next block, when these bytes are others.
    const isLast = at + articleBytes >= content.length
    articles.push(compressor.compress(isLast ? Buffer.from(article) : article))
  }
  return articles
}

/** What a part of a file counted for PI 27 when it went out: it is compressed once more. */
export async function countCompressed(
  content: ReadableContent,
  kind: CompressionKind,
  { offset, articleBytes, articlesPerPoint }: TrailTerms & { readonly offset: number },
  end: number,
): Promise<bigint> {
  const compressor = new ArticleCompressor(kind)
  const room = Buffer.allocUnsafe(articlesInBlock(articleBytes) * articleBytes)
  let count = 0n
  let since = 0
  for (let at = offset; at < end;) {
    const toPoint = articlesPerPoint === 0 ? Infinity : articlesPerPoint - since
    const bytes = Math.min(room.length, end - at, toPoint * articleBytes)
    const part = room.subarray(0, bytes)
    await fillSlots(content, [part], at)
    count += BigInt(bytesOf(compressArticles(compressor, part, articleBytes)))
    at += bytes
    since += Math.ceil(bytes / articleBytes)
    if (since === articlesPerPoint) {
      compressor.forget()
      since = 0
    }
  }
  return count
}

export function bytesOf(articles: readonly Buffer[]): number {
  return articles.reduce((sum, { length }) => sum + length, 0)
}
