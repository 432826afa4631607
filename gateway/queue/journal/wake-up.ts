/** A sleep that can be cut short; a ring while nobody sleeps cuts the next one. */
export class WakeUp {
  #isRung = false
  #end: (() => void) | undefined

  ring(): void {
    this.#isRung = true
    this.#end?.()
  }

  async wait(milliseconds: number): Promise<void> {
    if (!this.#isRung) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, milliseconds)
        this.#end = () => {
          clearTimeout(timer)
          resolve()
        }
      })
      this.#end = undefined
    }
    this.#isRung = false
  }
}
