/** Settings `delivery.*` that say when a failed return flow is tried again (decisions B5). */
export interface BackOff {
  /** After the first failure, the second…; the last one stands for all that follow. */
  readonly retrySeconds: readonly number[]
  /** Failures after which it is given up. */
  readonly attempts: number
}

/**
 * Milliseconds to wait after a return flow has failed so often since it was offered; undefined:
 * it is given up.
 * @param failures this one included, from 1
 */
export function retryDelay(
  { retrySeconds, attempts }: BackOff,
  failures: number,
): number | undefined {
  if (failures >= attempts) return undefined
  const seconds = retrySeconds[Math.min(failures, retrySeconds.length) - 1] ?? 0
  return seconds * 1_000
}
