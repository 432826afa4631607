/** Time without a byte from the peer after which it is asked for a sign of life. */
const SILENCE_MILLISECONDS = 15_000
/** Questions left unanswered before the peer is taken for gone. */
const MAX_UNANSWERED = 3

/** Says when a peer that is silent is to be asked, and when to give it up. Any byte is an answer. */
export class Keepalive {
  #heardAt: number
  #hasHeard = false
  #unanswered = 0

  /** @param now milliseconds of the monotonic clock */
  constructor(now: number) {
    this.#heardAt = now
  }

  heard(): void {
    this.#hasHeard = true
  }

  /** To be called about once a second. */
  due(now: number): 'ping' | 'end' | undefined {
    if (this.#hasHeard) {
      this.#hasHeard = false
      this.#heardAt = now
      this.#unanswered = 0
    }
    if (now - this.#heardAt < SILENCE_MILLISECONDS * (this.#unanswered + 1)) return undefined
    if (this.#unanswered >= MAX_UNANSWERED) return 'end'
    this.#unanswered += 1
    return 'ping'
  }
}
