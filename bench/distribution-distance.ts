/** Kolmogorov and Smirnov's distance of two samples: the widest gap of their shares. */
export function distributionDistance(one: readonly number[], other: readonly number[]): number {
  const shareBelow = (values: readonly number[], limit: number) =>
    values.filter((value) => value <= limit).length / values.length
  return Math.max(
    ...[...one, ...other].map((at) => Math.abs(shareBelow(one, at) - shareBelow(other, at))),
  )
}
