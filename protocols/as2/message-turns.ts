/** One after the other for the same key: a message posted again waits for what became of it first. */
export class MessageTurns {
  readonly #last = new Map<string, Promise<unknown>>()

  /** True while one is in hand for this key. */
  isBusy(key: string): boolean {
    return this.#last.has(key)
  }

  async take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key)
    const turn = before === undefined ? work() : before.then(work, work)
    this.#last.set(key, turn)
    try {
      return await turn
    } finally {
      if (this.#last.get(key) === turn) this.#last.delete(key)
    }
  }
}
