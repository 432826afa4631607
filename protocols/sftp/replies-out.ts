import type { Reply } from './replies.ts'

/** A request that waits for its reply. */
export interface Ticket {
  readonly id: number
  /** Bytes of receive window it holds. */
  readonly frameBytes: number
}

/** Where handles send replies to, in the order they want them on the wire. */
export interface RepliesOut {
  answer(ticket: Ticket, reply: Reply, sent?: () => void): void
  /** STATUS OK for each, in one piece. */
  answerOk(tickets: readonly Ticket[]): void
  /**
   * Replies already encoded, for these requests.
   * @param done called when the bytes may be overwritten
   */
  answerEncoded(tickets: readonly Ticket[], encoded: Buffer, done: () => void): void
  /** Resolves when more may be produced: what was sent is below the limit again, or all is over. */
  roomToSend(): Promise<void> | undefined
}
