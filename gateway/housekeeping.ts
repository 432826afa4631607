import type { Logger } from './logger.ts'

/** Something that is looked at again and again while the gateway runs. */
export interface Chore {
  readonly name: string
  readonly everySeconds: number
  /** Resolves to how many things it dealt with. */
  run(): Promise<number>
}

/** Runs chores one after the other, each at its own interval; a failed one is tried next time. */
export class Housekeeping {
  readonly #timers: NodeJS.Timeout[] = []
  readonly #log: Logger
  readonly #waiting = new Set<Chore>()
  #last: Promise<void> = Promise.resolve()
  #isStopping = false

  constructor(log: Logger) {
    this.#log = log
  }

  start(chores: readonly Chore[]): void {
    for (const chore of chores) {
      const timer = setInterval(() => this.#enqueue(chore), chore.everySeconds * 1_000)
      timer.unref()
      this.#timers.push(timer)
      this.#enqueue(chore)
    }
  }

  /** Starts nothing more and waits for the chore in hand. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    this.#isStopping = true
    await this.#last
  }

  /** One that waits already, behind a slow one, does not wait twice. */
  #enqueue(chore: Chore): void {
    if (this.#waiting.has(chore)) return
    this.#waiting.add(chore)
    this.#last = this.#last.then(async () => {
      this.#waiting.delete(chore)
      if (this.#isStopping) return
      try {
        const count = await chore.run()
        if (count > 0) this.#log.info({ chore: chore.name, count }, 'housekeeping done')
      } catch (error) {
        this.#log.error({ err: error, chore: chore.name }, 'housekeeping failed')
      }
    })
  }
}
