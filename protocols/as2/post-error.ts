import { SendingError } from '../sending.ts'

/** Something kept a POST from being answered well. */
export class PostError extends SendingError {
  /** Of the answer, when there was one. */
  readonly status: number | undefined
  /** The same POST may go well later (AS2 reference §2). */
  readonly isTransient: boolean
  /** Seconds that the other side asked us to wait. */
  readonly retryAfterSeconds: number | undefined

  constructor(
    failure: SendingError['failure'],
    message: string,
    facts: {
      readonly isTransient: boolean
      readonly status?: number
      readonly retryAfterSeconds?: number | undefined
      readonly cause?: unknown
    },
  ) {
    super(failure, message, { cause: facts.cause })
    this.status = facts.status
    this.isTransient = facts.isTransient
    this.retryAfterSeconds = facts.retryAfterSeconds
  }
}
