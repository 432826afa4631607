import type { CompressionOption } from './parameter-table.ts'

/**
 * How sync points lie from one of them on, until the next piece begins: every so many articles of
 * one length. What is counted is the content before compression, so that the places of all points
 * follow from few numbers and nothing has to be recorded while data goes out.
 */
export interface TrailPiece {
  /** The point where it begins; 0 = the start of the file. */
  readonly point: number
  /** Place of that point: bytes of the content, and articles, before it. */
  readonly offset: number
  readonly articles: number
  /** All articles are as long, but for the last one of the file. */
  readonly articleBytes: number
  /** 0 = no points. */
  readonly articlesPerPoint: number
  /** What the data went out in (PI 21), which decides what was counted. */
  readonly compression: CompressionOption
}

/** Where every sync point of one file lies that was sent, over all its attempts. */
export type SyncTrail = readonly TrailPiece[]

/** A place in a file. */
export interface FilePlace {
  readonly offset: number
  readonly articles: number
}

export const FILE_START: FilePlace = { offset: 0, articles: 0 }

/** How articles and points are cut from now on. */
export type TrailTerms = Pick<TrailPiece, 'articleBytes' | 'articlesPerPoint' | 'compression'>

/**
 * Where a point lies.
 * @param contentBytes of the whole file
 * @returns undefined for a point that was never set
 */
export function placeOf(
  trail: SyncTrail,
  point: number,
  contentBytes: number,
): FilePlace | undefined {
  if (point === 0) return FILE_START
  const piece = trail.findLast((one) => one.point <= point)
  if (piece === undefined) return undefined
  const steps = point - piece.point
  if (steps > 0 && piece.articlesPerPoint === 0) return undefined
  const articles = steps * piece.articlesPerPoint
  const offset = piece.offset + articles * piece.articleBytes
  // A point lies between articles: none is set behind the last one.
  if (steps > 0 && offset >= contentBytes) return undefined
  return { offset, articles: piece.articles + articles }
}

/**
 * The trail of an attempt that begins at `point`: what came before it stays, what came behind is
 * sent again.
 * @throws RangeError when the point is not on the trail
 */
export function continueTrail(
  trail: SyncTrail,
  point: number,
  terms: TrailTerms,
  contentBytes: number,
): SyncTrail {
  const place = placeOf(trail, point, contentBytes)
  if (place === undefined) throw new RangeError(`point ${point} was never set`)
  return [...trail.filter((piece) => piece.point < point), { ...terms, point, ...place }]
}
