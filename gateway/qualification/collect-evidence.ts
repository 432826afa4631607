import { pipeline } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import type { Journal } from '../journal/journal.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import type { EvidenceDocument, EvidenceMessage, EvidenceSession } from './evidence.ts'
import type { RunDocument } from './qualification.ts'

export type CollectEvidence = (run: RunDocument) => Promise<EvidenceDocument>

/** A message longer than this is named by its SHA-256 alone. */
const MAX_MESSAGE_BYTES = 128 * 1024
const MAX_TRANSCRIPT_BYTES = 64 * 1024
/** A session that has just ended has its transcript stored a moment later. */
const TRANSCRIPT_LOOKS = 10
const TRANSCRIPT_LOOK_MILLISECONDS = 100
/** Of a run, at most. */
const MAX_MESSAGES = 200
const MAX_SESSIONS = 50

/** Gathers what proves a run. */
export function createCollectEvidence(
  journal: Journal,
  payloads: Pick<PayloadStore, 'read'>,
): CollectEvidence {
  return async (run) => {
    const seen = (kind: 'flows' | 'returns' | 'sessions' | 'faults'): string[] => [
      ...new Set(run.steps.flatMap((step) => step.seen[kind])),
    ]
    const [incoming, outgoing, sessions, faults] = await Promise.all([
      messagesIn(journal, seen('flows').slice(0, MAX_MESSAGES)),
      messagesOut(journal, seen('returns').slice(0, MAX_MESSAGES)),
      sessionsOf(journal, payloads, seen('sessions').slice(0, MAX_SESSIONS)),
      faultsOf(journal, seen('faults')),
    ])
    return {
      format: 'raccord-evidence-1',
      madeAt: new Date().toISOString(),
      run,
      messages: [
        ...(await messagesOf(payloads, 'in', incoming)),
        ...(await messagesOf(payloads, 'out', outgoing)),
      ],
      sessions,
      faults,
    }
  }
}

/** A flow, or a return flow. */
interface StoredMessage {
  readonly id: string
  readonly file_name: string
  readonly at: number
  readonly bytes: number
  readonly sha256: string
}

function messagesIn(journal: Journal, ids: readonly string[]): Promise<StoredMessage[]> {
  return journal.read(
    journal.db
      .selectFrom('flows')
      .select(['id', 'file_name', 'received_at as at', 'bytes', 'sha256'])
      .where('id', 'in', ids as never)
      .orderBy('id'),
  )
}

function messagesOut(journal: Journal, ids: readonly string[]): Promise<StoredMessage[]> {
  return journal.read(
    journal.db
      .selectFrom('return_flows')
      .select(['id', 'file_name', 'created_at as at', 'bytes', 'sha256'])
      .where('id', 'in', ids as never)
      .orderBy('id'),
  )
}

function messagesOf(
  payloads: Pick<PayloadStore, 'read'>,
  direction: EvidenceMessage['direction'],
  rows: readonly StoredMessage[],
): Promise<EvidenceMessage[]> {
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      direction,
      name: row.file_name,
      at: new Date(row.at).toISOString(),
      bytes: row.bytes,
      sha256: row.sha256,
      content: await contentOf(payloads, row),
    })),
  )
}

async function sessionsOf(
  journal: Journal,
  payloads: Pick<PayloadStore, 'read'>,
  ids: readonly string[],
): Promise<EvidenceSession[]> {
  if (ids.length === 0) return []
  const read = () =>
    journal.read(
      journal.db
        .selectFrom('sessions')
        .selectAll()
        .where('id', 'in', ids as never)
        .orderBy('id'),
    )
  let rows = await read()
  for (let look = 0; look < TRANSCRIPT_LOOKS; look += 1) {
    if (rows.every((row) => row.transcript_sha256 !== null)) break
    await sleep(TRANSCRIPT_LOOK_MILLISECONDS)
    rows = await read()
  }
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      peer: row.peer,
      startedAt: new Date(row.started_at).toISOString(),
      endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
      outcome: row.outcome,
      transcriptSha256: row.transcript_sha256,
      transcript: await transcriptOf(payloads, row),
    })),
  )
}

async function faultsOf(
  journal: Journal,
  ids: readonly string[],
): Promise<EvidenceDocument['faults']> {
  if (ids.length === 0) return []
  const rows = await journal.read(
    journal.db
      .selectFrom('faults')
      .select(['id', 'name', 'values_json', 'hits'])
      .where('id', 'in', ids as never),
  )
  return rows.map(({ values_json, ...row }) => ({
    ...row,
    values: JSON.parse(values_json) as Readonly<Record<string, string | number>>,
  }))
}

async function contentOf(
  payloads: Pick<PayloadStore, 'read'>,
  content: { readonly sha256: string; readonly bytes: number },
): Promise<string | null> {
  if (content.bytes > MAX_MESSAGE_BYTES) return null
  try {
    const pieces: Buffer[] = []
    for await (const piece of payloads.read(content)) pieces.push(piece as Buffer)
    return Buffer.concat(pieces).toString('base64')
  } catch {
    return null // retention has taken it: its SHA-256 stays
  }
}

/** The beginning of what crossed the wire; null when none was kept, or for too long. */
async function transcriptOf(
  payloads: Pick<PayloadStore, 'read'>,
  row: { readonly transcript_sha256: string | null; readonly transcript_bytes: number | null },
): Promise<string | null> {
  const { transcript_sha256: sha256, transcript_bytes: stored } = row
  if (sha256 === null || stored === null) return null
  try {
    const text = createGunzip()
    // What fails in the store is told by the loop.
    pipeline(payloads.read({ sha256, bytes: stored }), text, () => {})
    const pieces: Buffer[] = []
    let bytes = 0
    for await (const piece of text) {
      pieces.push(piece as Buffer)
      bytes += (piece as Buffer).length
      if (bytes >= MAX_TRANSCRIPT_BYTES) break
    }
    return Buffer.concat(pieces).subarray(0, MAX_TRANSCRIPT_BYTES).toString('utf8')
  } catch {
    return null
  }
}
