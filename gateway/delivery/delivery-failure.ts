import type { DeliveryFailure } from '../../protocols/return-flow-sender.ts'

/** A `DeliveryFault` of the engine's own: parts of the gateway know the protocols' by type only. */
export class AttemptFault extends Error {
  override readonly name = 'DeliveryFault'
  readonly failure: DeliveryFailure

  constructor(failure: DeliveryFailure) {
    super(failure.message.en, { cause: failure.cause })
    this.failure = failure
  }
}

/** Longest text of an unexpected error that is kept. */
const MAX_TEXT = 500

/** Why an attempt came to nothing; whatever is not said to be final is tried again. */
export function failureOf(error: unknown): DeliveryFailure {
  if (error instanceof Error && error.name === 'DeliveryFault' && 'failure' in error) {
    return error.failure as DeliveryFailure
  }
  const text = (error instanceof Error ? error.message : String(error)).slice(0, MAX_TEXT)
  return { code: 'SENDER_FAILED', retry: true, message: { en: text, fr: text }, cause: error }
}
