/** Disjoint stretches beyond this many are no transfer but an attack on our memory. */
const MAX_EXTENTS = 1024

/** Which bytes of a file are there: stretches of `[start, end)`, disjoint, in order. */
export class Extents {
  readonly #stretches: { start: number; end: number }[] = []

  /** @param bytes how much is there from the beginning already */
  constructor(bytes = 0) {
    if (bytes > 0) this.#stretches.push({ start: 0, end: bytes })
  }

  /** Bytes that are there without a gap from the start. */
  get contiguous(): number {
    const first = this.#stretches[0]
    return first !== undefined && first.start === 0 ? first.end : 0
  }

  /** End of the last stretch. */
  get end(): number {
    return this.#stretches.at(-1)?.end ?? 0
  }

  /** Something is missing before the end. */
  get hasHole(): boolean {
    return this.contiguous !== this.end
  }

  /** @returns false when there would be more stretches than are kept account of */
  add(start: number, end: number): boolean {
    if (end <= start) return true
    const stretches = this.#stretches
    const last = stretches.at(-1)
    if (last !== undefined && last.end === start) {
      last.end = end
      return true
    }
    let from = 0
    while (from < stretches.length && stretches[from]!.end < start) from += 1
    let to = from
    let joined = { start, end }
    while (to < stretches.length && stretches[to]!.start <= end) {
      const other = stretches[to]!
      joined = { start: Math.min(joined.start, other.start), end: Math.max(joined.end, other.end) }
      to += 1
    }
    if (to === from && stretches.length >= MAX_EXTENTS) return false
    stretches.splice(from, to - from, joined)
    return true
  }

  /** Forgets what lies at or beyond `bytes`. */
  truncate(bytes: number): void {
    const stretches = this.#stretches
    while (stretches.length > 0 && stretches.at(-1)!.start >= bytes) stretches.pop()
    const last = stretches.at(-1)
    if (last !== undefined) last.end = Math.min(last.end, bytes)
  }
}
