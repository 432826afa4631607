/**
 * Kolmogorov and Smirnov's distance of two samples: the widest gap of their shares, 0 for samples
 * that lie alike and 1 for such as do not overlap.
 */
export function distributionDistance(one: readonly number[], other: readonly number[]): number {
  const shareBelow = (values: readonly number[], limit: number) =>
    values.filter((value) => value <= limit).length / values.length
  return Math.max(
    ...[...one, ...other].map((at) => Math.abs(shareBelow(one, at) - shareBelow(other, at))),
  )
}

/** The widest distance between any two of several samples, and from where on it says something. */
export function widestDistance(samples: readonly (readonly number[])[]): {
  readonly distance: number
  /** Samples of one distribution are further apart than this in one of a hundred pairs. */
  readonly critical: number
} {
  const distance = Math.max(
    ...samples.flatMap((one, index) =>
      samples.slice(index + 1).map((other) => distributionDistance(one, other)),
    ),
  )
  const size = Math.min(...samples.map(({ length }) => length))
  return { distance, critical: 1.63 * Math.sqrt(2 / size) }
}
