/** Why something could not be sent or fetched; the command line has an exit code for each. */
export type SendingFailure =
  /** Nobody answers there, or the line broke. */
  | 'unreachable'
  /** The other side said no: to the key, to the name, to the content. */
  | 'refused'
  /** No progress for too long. */
  | 'timed-out'
  /** The caller's signal. */
  | 'cancelled'
  /** Our own side: a file that cannot be read, a key that is none. */
  | 'local'

/** Thrown by the partner-side senders of every protocol. */
export class SendingError extends Error {
  override readonly name = 'SendingError'
  readonly failure: SendingFailure

  constructor(
    failure: SendingFailure,
    message: string,
    options: { readonly cause?: unknown } = {},
  ) {
    super(message, options)
    this.failure = failure
  }
}
