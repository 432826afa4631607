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
      messagesIn(journal, payloads, seen('flows').slice(0, MAX_MESSAGES)),
      messagesOut(journal, payloads, seen('returns').slice(0, MAX_MESSAGES)),
      sessionsOf(journal, payloads, seen('sessions').slice(0, MAX_SESSIONS)),
      faultsOf(journal, seen('faults')),
    ])
    return {
      format: 'raccord-evidence-1',
      madeAt: new Date().toISOString(),
      run,
      messages: [...incoming, ...outgoing],
      sessions,
      faults,
    }
  }
}

async function messagesIn(
  journal: Journal,
  payloads: Pick<PayloadStore, 'read'>,
  ids: readonly string[],
): Promise<EvidenceMessage[]> {
  if (ids.length === 0) return []
  const rows = await journal.read(
    journal.db
      .selectFrom('flows')
      .select(['id', 'file_name', 'received_at', 'bytes', 'sha256'])
      .where('id', 'in', ids as never)
      .orderBy('id'),
  )
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      direction: 'in' as const,
      name: row.file_name,
      at: new Date(row.received_at).toISOString(),
      bytes: row.bytes,
      sha256: row.sha256,
      content: await contentOf(payloads, row),
    })),
  )
}

async function messagesOut(
  journal: Journal,
  payloads: Pick<PayloadStore, 'read'>,
  ids: readonly string[],
): Promise<EvidenceMessage[]> {
  if (ids.length === 0) return []
  const rows = await journal.read(
    journal.db
      .selectFrom('return_flows')
      .select(['id', 'file_name', 'created_at', 'bytes', 'sha256'])
      .where('id', 'in', ids as never)
      .orderBy('id'),
  )
  return Promise.all(
    rows.map(async (row) => ({
      id: row.id,
      direction: 'out' as const,
      name: row.file_name,
      at: new Date(row.created_at).toISOString(),
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
      transcript:
        row.transcript_sha256 === null
          ? null
          : await startOf(payloads, row.transcript_sha256, MAX_TRANSCRIPT_BYTES),
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

async function startOf(
  payloads: Pick<PayloadStore, 'read'>,
  sha256: string,
  maxBytes: number,
): Promise<string | null> {
  try {
    const pieces: Buffer[] = []
    let bytes = 0
    // A transcript is stored without its length: the address is what it is read by.
    for await (const piece of payloads.read({ sha256, bytes: 0 }).pipe(createGunzip())) {
      pieces.push(piece as Buffer)
      bytes += (piece as Buffer).length
      if (bytes >= maxBytes) break
    }
    return Buffer.concat(pieces).subarray(0, maxBytes).toString('utf8')
  } catch {
    return null
  }
}
