/**
 * The only source of "now". Business time (validity, purge, schedules, names, events) may be
 * moved by the simulator; durations use the monotonic clock; leases and logs the system's.
 */
export interface Clock {
  /** Business time, milliseconds UTC. */
  now(): number
}

/** Business time = system time + offset. */
export class OffsetClock implements Clock {
  #offsetMilliseconds = 0

  now(): number {
    return Date.now() + this.#offsetMilliseconds
  }

  /** Moves business time; 0 returns to the system's. */
  setOffset(milliseconds: number): void {
    this.#offsetMilliseconds = milliseconds
  }
}

/** A point on the monotonic clock, to measure a duration with. */
export function stopwatch(): () => number {
  const start = process.hrtime.bigint()
  return () => Number(process.hrtime.bigint() - start) / 1e6
}
