import type { Fpdu } from './fpdu.ts'
import type { FpduName } from './fpdu-types.ts'
import type { ParameterValues } from './parameter-table.ts'
import type { PesitRefusal } from './pesit-refusal.ts'
import type { PreAnswer } from './pre-connection.ts'

/** An FPDU of the server that is legal now. */
export interface Said {
  readonly name: FpduName
  readonly fpdu: Fpdu
  readonly values: ParameterValues
}

/** What came and nobody has asked for yet; a server owes one answer at a time. */
const MAX_WAITING = 16

/**
 * Questions and answers of a requester: what comes is taken by whoever looks after the data phase,
 * else it answers the question that is open, or the next one.
 */
export class RequesterDialogue {
  readonly #waiting: Said[] = []
  #answered: ((said: Said) => void) | undefined
  #failed: ((reason: PesitRefusal) => void) | undefined
  #end: PesitRefusal | undefined
  /** Takes what comes in the data phase. @returns true when it is nobody else's any more */
  #taker: ((said: Said) => boolean) | undefined
  #onChange: (() => void) | undefined
  #preAnswer: ((answer: PreAnswer) => void) | undefined

  /** Why the line has ended; undefined while it lives. */
  get end(): PesitRefusal | undefined {
    return this.#end
  }

  /** Whoever looks after the data phase; undefined when it is over. */
  setTaker(taker: ((said: Said) => boolean) | undefined, onChange?: () => void): void {
    this.#taker = taker
    this.#onChange = onChange
  }

  /** Something legal came. */
  say(said: Said): void {
    if (this.#taker?.(said) === true) return
    const answered = this.#answered
    if (answered === undefined) {
      if (this.#waiting.length < MAX_WAITING) this.#waiting.push(said)
      return
    }
    this.#clear()
    answered(said)
  }

  /** The line has ended; the first reason stays. */
  finish(reason: PesitRefusal): void {
    this.#end ??= reason
    const failed = this.#failed
    this.#clear()
    failed?.(this.#end)
    this.#onChange?.()
  }

  /**
   * The next thing the server says.
   * @throws PesitRefusal when the line ends before
   */
  next(): Promise<Said> {
    const first = this.#waiting.shift()
    if (first !== undefined) return Promise.resolve(first)
    if (this.#end !== undefined) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => {
      this.#answered = resolve
      this.#failed = reject
    })
  }

  /** ACK0 or NAK0 came. */
  preAnswered(answer: PreAnswer): void {
    this.#preAnswer?.(answer)
  }

  /** @throws PesitRefusal when the line ends before */
  nextPreAnswer(): Promise<PreAnswer> {
    if (this.#end !== undefined) return Promise.reject(this.#end)
    return new Promise((resolve, reject) => {
      this.#preAnswer = resolve
      this.#failed = reject
    })
  }

  /** The state is another one: whoever looks after the data phase looks again. */
  wake(): void {
    this.#onChange?.()
  }

  #clear(): void {
    this.#answered = undefined
    this.#failed = undefined
  }
}
