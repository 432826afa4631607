import type { Journal } from '../journal/journal.ts'
import type { PayloadStore } from '../payloads/payloads.ts'

/**
 * The newest that are kept of each. Anybody who can reach a port makes such rows, so their number
 * must have an end; a session also has its transcript, one disk block at least: 80 MB in all.
 */
const KEPT_SESSIONS = 20_000
const KEPT_REFUSALS = 50_000
const ROWS_PER_ROUND = 500

/** Removes the oldest sessions, with their transcripts, and refusals; resolves to how many. */
export async function purgeRecords(options: {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'remove'>
  readonly keptSessions?: number
  readonly keptRefusals?: number
}): Promise<number> {
  const { journal, payloads } = options
  let removed = 0
  for (;;) {
    const sessions = await journal.read(
      journal.db
        .selectFrom('sessions')
        .select(['id', 'transcript_sha256'])
        .orderBy('id', 'desc')
        .offset(options.keptSessions ?? KEPT_SESSIONS)
        .limit(ROWS_PER_ROUND),
    )
    const refusals = await journal.read(
      journal.db
        .selectFrom('refusals')
        .select('id')
        .orderBy('id', 'desc')
        .offset(options.keptRefusals ?? KEPT_REFUSALS)
        .limit(ROWS_PER_ROUND),
    )
    if (sessions.length + refusals.length === 0) return removed
    const oldSessions = sessions.map((row) => row.id)
    const oldRefusals = refusals.map((row) => row.id)
    await journal.write([
      ...(oldSessions.length === 0
        ? []
        : [{ query: journal.db.deleteFrom('sessions').where('id', 'in', oldSessions) }]),
      ...(oldRefusals.length === 0
        ? []
        : [{ query: journal.db.deleteFrom('refusals').where('id', 'in', oldRefusals) }]),
    ])
    // After the rows: what is left when this is cut short is named by nothing, and swept.
    for (const { transcript_sha256: transcript } of sessions) {
      if (transcript !== null) await payloads.remove(transcript)
    }
    removed += sessions.length + refusals.length
  }
}
