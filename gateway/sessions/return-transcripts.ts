import type { DeliveryDocument, ReturnFlowId, SessionId } from '../flow.ts'
import type { ReturnDocument } from '../delivery/return-documents.ts'
import type { Journal } from '../journal/journal.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import { linesOf, transcriptOf, type SessionTranscript } from './flow-transcript.ts'

/** What crossed the wire at each attempt to hand a return flow over. */
export interface ReturnTranscripts {
  readonly returnId: ReturnFlowId
  /** Attempts whose transcript is kept, oldest first. */
  readonly attempts: readonly (SessionTranscript & { readonly attempt: number })[]
  /** Attempts that have none: the session goes on, it was too long ago, or there was no line. */
  readonly without: readonly number[]
}

export type TranscriptsOfReturn = (
  returnFlow: Pick<ReturnDocument, 'id' | 'deliveries'>,
) => Promise<ReturnTranscripts>

/** Of many attempts the last ones. */
const MAX_ATTEMPTS = 20

export function createTranscriptsOfReturn(
  journal: Journal,
  payloads: Pick<PayloadStore, 'read'>,
): TranscriptsOfReturn {
  return async ({ id, deliveries }) => {
    const attempts: ReturnTranscripts['attempts'][number][] = []
    const without: number[] = []
    for (const delivery of deliveries.slice(-MAX_ATTEMPTS)) {
      const sessionId = sessionOf(delivery)
      const [row] =
        sessionId === undefined
          ? []
          : await journal.read(
              journal.db.selectFrom('sessions').selectAll().where('id', '=', sessionId),
            )
      const lines = await linesOf(payloads, row)
      if (row === undefined || typeof lines === 'string') {
        without.push(delivery.attempt)
      } else attempts.push({ attempt: delivery.attempt, ...transcriptOf(row, lines) })
    }
    return { returnId: id, attempts, without }
  }
}

/** As protocols note it in the proof of an attempt, or with its failure. */
function sessionOf({ proof, failure }: DeliveryDocument): SessionId | undefined {
  const evidence = { ...proof?.evidence, ...failure?.evidence }
  return evidence['sessionId'] as SessionId | undefined
}
