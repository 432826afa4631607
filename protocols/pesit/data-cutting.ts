import { dataRoom } from './data-block.ts'
import type { PackingTerms } from './data-block.ts'
import { ANY_INTERVAL, OWN_INTERVAL_KIB } from './negotiation.ts'
import { MAX_SYNC_POINT } from './session-state.ts'
import type { SessionState } from './session-state.ts'
import type { TrailTerms } from './sync-trail.ts'

/** Content in one block that is read and written at once; a block never goes beyond a sync point. */
const BLOCK_BYTES = 1024 * 1024
const MAX_ARTICLES_IN_BLOCK = 4_096

/** Articles of this length that one block takes. */
export function articlesInBlock(articleBytes: number): number {
  return Math.min(MAX_ARTICLES_IN_BLOCK, Math.max(1, Math.floor(BLOCK_BYTES / articleBytes)))
}

/**
 * How articles and points are cut by what is agreed now. Points are counted in content: where it is
 * compressed they lie so close that the interval holds whatever the content.
 * @param file `articleBytes` as PI 32 announced it; articles may be shorter
 */
export function cutTerms(
  { terms, compression, sync }: SessionState,
  { articleBytes: announced }: { readonly articleBytes: number },
  packing: PackingTerms,
): TrailTerms {
  const said = terms?.sync.intervalKib ?? 0
  const intervalBytes = (said === ANY_INTERVAL ? OWN_INTERVAL_KIB : said) * 1_024
  const isCompressed = compression?.isOn === true
  const worst = (bytes: number): number => (isCompressed ? compressedAtWorst(bytes) : bytes)
  const longest = [announced]
  if (!packing.segmentation) longest.push(fitting(dataRoom(packing), isCompressed))
  if (intervalBytes > 0) longest.push(fitting(intervalBytes, isCompressed))
  const articleBytes = Math.max(1, Math.min(...longest))
  const hasPoints = intervalBytes > 0 && sync.last < MAX_SYNC_POINT
  return {
    articleBytes,
    articlesPerPoint: hasPoints ? Math.max(1, Math.floor(intervalBytes / worst(articleBytes))) : 0,
    compression: compression ?? { isOn: false, kind: 0 },
  }
}

/** As `ArticleCompressor` takes room. */
function compressedAtWorst(bytes: number): number {
  return bytes + Math.ceil(bytes / 32) + 1
}

function fitting(room: number, isCompressed: boolean): number {
  return isCompressed ? Math.floor(((room - 2) * 32) / 33) : room
}
