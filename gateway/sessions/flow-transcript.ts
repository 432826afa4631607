import { createInterface } from 'node:readline'
import { pipeline } from 'node:stream'
import { createGunzip } from 'node:zlib'
import type { Selectable } from 'kysely'
import type { FlowId, ProtocolName, SessionId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { SessionsTable } from '../journal/schema.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import { linesOfFlow, type TranscriptLine } from './lines-of-flow.ts'

/** What crossed the wire in a session. Times are ISO 8601 UTC, business time. */
export interface SessionTranscript {
  readonly session: {
    readonly id: SessionId
    readonly protocol: ProtocolName
    readonly peer: string
    readonly startedAt: string
    readonly endedAt: string | null
    readonly outcome: string | null
    readonly fields: Readonly<Record<string, string>>
  }
  /** In their order; those of other flows of the same session are left out. */
  readonly entries: readonly TranscriptEntryDocument[]
  /** Rules of the protocol that the partner broke, by the entry that shows it. */
  readonly verdicts: readonly { readonly entry: number; readonly text: string }[]
}

/** What crossed the wire while a flow was received. */
export interface FlowTranscript extends SessionTranscript {
  readonly flowId: FlowId
  /** How many entries are of other flows of the session. */
  readonly othersLeftOut: number
}

export interface TranscriptEntryDocument {
  readonly at: string
  readonly direction: 'in' | 'out' | null
  readonly layer: string
  readonly name: string
  readonly summary: string
  readonly fields: Readonly<Record<string, string | number>>
  readonly hex: string | null
}

/**
 * Reads the transcript of the session that brought a flow.
 * @returns `open` while the session goes on, `missing` when none was kept, `removed` when it was past
 * its time (gateway/retention)
 */
export type TranscriptOf = (
  flow: FlowId,
) => Promise<FlowTranscript | 'open' | 'missing' | 'removed'>

/** More than a recorder keeps of one session: what is longer is not ours. */
const MAX_BYTES = 32 * 1024 * 1024

export function createTranscriptOf(
  journal: Journal,
  payloads: Pick<PayloadStore, 'read'>,
): TranscriptOf {
  return async (flowId) => {
    const [row] = await journal.read(
      journal.db
        .selectFrom('flows')
        .innerJoin('sessions', 'sessions.id', 'flows.session_id')
        .selectAll('sessions')
        .where('flows.id', '=', flowId),
    )
    const lines = await linesOf(payloads, row)
    if (row === undefined || typeof lines === 'string') {
      return typeof lines === 'string' ? lines : 'missing'
    }
    const own = linesOfFlow(lines, flowId)
    return { flowId, ...transcriptOf(row, own), othersLeftOut: lines.length - own.length }
  }
}

/** A session that is on record. */
export type SessionRow = Selectable<SessionsTable>

/** @returns `open` while the session goes on, `missing` when no transcript was kept, `removed` when its time was over */
export async function linesOf(
  payloads: Pick<PayloadStore, 'read'>,
  row: SessionRow | undefined,
): Promise<readonly TranscriptLine[] | 'open' | 'missing' | 'removed'> {
  if (row === undefined) return 'missing'
  if (row.transcript_removed_at !== null) return 'removed'
  const { transcript_sha256: sha256, transcript_bytes: bytes } = row
  // A transcript is stored just after the end of its session.
  if (sha256 === null || bytes === null) return row.ended_at === null ? 'open' : 'missing'
  return readLines(payloads.read({ sha256, bytes }))
}

/** The document of a session and of these lines of its transcript. */
export function transcriptOf(row: SessionRow, lines: readonly TranscriptLine[]): SessionTranscript {
  return {
    session: {
      id: row.id,
      protocol: row.protocol,
      peer: row.peer,
      startedAt: new Date(row.started_at).toISOString(),
      endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
      outcome: row.outcome,
      fields: JSON.parse(row.fields_json) as Record<string, string>,
    },
    entries: lines.map((line) => documentOf(line)),
    verdicts: lines.flatMap((line, entry) => verdictsOf(line).map((text) => ({ entry, text }))),
  }
}

async function readLines(stored: NodeJS.ReadableStream): Promise<readonly TranscriptLine[]> {
  const text = createGunzip()
  // What fails is told by the loop that reads the lines.
  pipeline(stored, text, () => {})
  const failed = new Promise<never>((_resolve, reject) => text.once('error', reject))
  const read = async (): Promise<readonly TranscriptLine[]> => {
    const lines: TranscriptLine[] = []
    let bytes = 0
    let isHeader = true
    for await (const line of createInterface({ input: text })) {
      bytes += line.length
      if (bytes > MAX_BYTES) break
      if (!isHeader && line !== '') lines.push(JSON.parse(line) as TranscriptLine)
      isHeader = false
    }
    return lines
  }
  return Promise.race([read(), failed])
}

function documentOf({
  t,
  dir,
  layer,
  name,
  summary,
  fields,
  hex,
}: TranscriptLine): TranscriptEntryDocument {
  return {
    at: new Date(t).toISOString(),
    direction: dir ?? null,
    layer,
    name,
    summary: summary ?? '',
    fields: fields ?? {},
    hex: hex ?? null,
  }
}

/** As protocols record them: fields `verdict 1`…, or an entry of its own. */
function verdictsOf({ name, summary, fields = {} }: TranscriptLine): readonly string[] {
  if (name === 'VERDICT') return [summary ?? '']
  return Object.entries(fields).flatMap(([field, text]) =>
    /^verdict \d+$/.test(field) ? [String(text)] : [],
  )
}
