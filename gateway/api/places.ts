import { GatewayError } from '../errors.ts'

/** So many go on at a time; the others wait for their turn. */
export class Places {
  readonly #what: string
  readonly #maxWaiting: number
  readonly #waiting = new Set<() => void>()
  #free: number

  constructor(what: string, options: { readonly atATime: number; readonly maxWaiting: number }) {
    this.#what = what
    this.#free = options.atATime
    this.#maxWaiting = options.maxWaiting
  }

  /**
   * Waits for a place.
   * @returns gives it back; undefined when who waited is gone
   * @throws GatewayError API_BUSY when too many wait
   */
  async enter(signal: AbortSignal): Promise<(() => void) | undefined> {
    if (signal.aborted) return undefined
    if (this.#free > 0) {
      this.#free -= 1
      return () => this.#leave()
    }
    if (this.#waiting.size >= this.#maxWaiting) {
      throw new GatewayError('API_BUSY', `${this.#waiting.size} others wait for ${this.#what}.`)
    }
    const isMine = await new Promise<boolean>((resolve) => {
      const turn = (): void => resolve(true)
      this.#waiting.add(turn)
      signal.addEventListener('abort', () => resolve(!this.#waiting.delete(turn)), { once: true })
    })
    if (!isMine) return undefined
    return () => this.#leave()
  }

  #leave(): void {
    const [next] = this.#waiting
    if (next === undefined) {
      this.#free += 1
      return
    }
    this.#waiting.delete(next)
    next()
  }
}
