/** Work under one key is done one after the other; under different keys, at once. */
export class KeyedTurns {
  readonly #last = new Map<string, Promise<void>>()

  take<Result>(key: string, work: () => Promise<Result>): Promise<Result> {
    const before = this.#last.get(key)
    const result = before === undefined ? work() : before.then(work)
    const leave = (): void => {
      if (this.#last.get(key) === ended) this.#last.delete(key)
    }
    const ended: Promise<void> = result.then(leave, leave)
    this.#last.set(key, ended)
    return result
  }
}
