import { pipeline } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { createGunzip } from 'node:zlib'
import type { Journal } from '../journal/journal.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import { UNSEALED } from './evidence-seal.ts'
import type {
  CampaignEvidence,
  EvidenceAttachment,
  EvidenceDocument,
  EvidenceMessage,
  EvidenceRefusal,
  EvidenceSession,
  RunEvidence,
} from './evidence.ts'
import type { RunDocument, SeenByStep } from './qualification.ts'

export interface EvidenceOrder {
  readonly runs: readonly RunDocument[]
  readonly campaign?: CampaignEvidence | null
  /** Who has it made. */
  readonly by: string
  /**
   * `all` unless said. `shown`: what a page shows, attachments and transcripts. `none`: neither
   * contents nor transcripts, and no waiting for those of a session that goes on.
   */
  readonly carries?: EvidenceContents
}

type EvidenceContents = 'all' | 'shown' | 'none'

export type CollectEvidence = (order: EvidenceOrder) => Promise<EvidenceDocument>

/** A content longer than this is named by its SHA-256 alone; the zip has it whole. */
const MAX_CONTENT_BYTES = 1024 * 1024
const MAX_TRANSCRIPT_BYTES = 64 * 1024
/** Of one evidence document: contents, then transcripts, until they are used up. */
const BUDGET_BYTES = 24 * 1024 * 1024
/** A session that has just ended has its transcript stored a moment later. */
const TRANSCRIPT_LOOKS = 10
const TRANSCRIPT_LOOK_MILLISECONDS = 100
/** Of a run, at most. */
const MAX_MESSAGES = 1_000
const MAX_SESSIONS = 100

/** Gathers what proves runs. */
export function createCollectEvidence(
  journal: Journal,
  payloads: Pick<PayloadStore, 'read'>,
): CollectEvidence {
  return async ({ runs, by, campaign = null, carries = 'all' }) => {
    const collector = new Collector(journal, payloads, carries)
    const collected: RunEvidence[] = []
    for (const run of runs) collected.push(await collector.collect(run))
    return {
      format: 'raccord-evidence-2',
      seal: UNSEALED,
      madeAt: new Date().toISOString(),
      madeBy: by,
      campaign,
      runs: collected,
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

class Collector {
  readonly #journal: Journal
  readonly #payloads: Pick<PayloadStore, 'read'>
  readonly #carries: EvidenceContents
  #left = BUDGET_BYTES

  constructor(journal: Journal, payloads: Pick<PayloadStore, 'read'>, carries: EvidenceContents) {
    this.#journal = journal
    this.#payloads = payloads
    this.#carries = carries
  }

  async collect(run: RunDocument): Promise<RunEvidence> {
    const seen = (kind: keyof SeenByStep): string[] => [
      ...new Set(run.steps.flatMap((step) => step.seen[kind])),
    ]
    const incoming = await this.#rows(seen('flows').slice(0, MAX_MESSAGES), 'flows')
    const outgoing = await this.#rows(seen('returns').slice(0, MAX_MESSAGES), 'return_flows')
    return {
      run,
      messages: [
        ...(await this.#messages('in', incoming)),
        ...(await this.#messages('out', outgoing)),
      ],
      sessions: await this.#sessions(seen('sessions').slice(0, MAX_SESSIONS)),
      refusals: await this.#refusals(seen('refusals').slice(0, MAX_MESSAGES)),
      faults: await this.#faults(seen('faults')),
      attachments: await this.#attachments(run),
    }
  }

  async #rows(
    ids: readonly string[],
    table: 'flows' | 'return_flows',
  ): Promise<readonly StoredMessage[]> {
    if (ids.length === 0) return []
    const { db } = this.#journal
    if (table === 'flows') {
      return this.#journal.read(
        db
          .selectFrom('flows')
          .select(['id', 'file_name', 'received_at as at', 'bytes', 'sha256'])
          .where('id', 'in', ids as never)
          .orderBy('id'),
      )
    }
    return this.#journal.read(
      db
        .selectFrom('return_flows')
        .select(['id', 'file_name', 'created_at as at', 'bytes', 'sha256'])
        .where('id', 'in', ids as never)
        .orderBy('id'),
    )
  }

  async #messages(
    direction: EvidenceMessage['direction'],
    rows: readonly StoredMessage[],
  ): Promise<EvidenceMessage[]> {
    const messages: EvidenceMessage[] = []
    for (const row of rows) {
      messages.push({
        id: row.id,
        direction,
        name: row.file_name,
        at: isoOf(row.at),
        bytes: row.bytes,
        sha256: row.sha256,
        content: this.#carries === 'all' ? await this.#content(row) : null,
      })
    }
    return messages
  }

  async #sessions(ids: readonly string[]): Promise<EvidenceSession[]> {
    if (ids.length === 0) return []
    const read = () =>
      this.#journal.read(
        this.#journal.db
          .selectFrom('sessions')
          .selectAll()
          .where('id', 'in', ids as never)
          .orderBy('id'),
      )
    let rows = await read()
    for (let look = 0; look < TRANSCRIPT_LOOKS && this.#carries !== 'none'; look += 1) {
      if (rows.every((row) => row.transcript_sha256 !== null)) break
      await sleep(TRANSCRIPT_LOOK_MILLISECONDS)
      rows = await read()
    }
    const sessions: EvidenceSession[] = []
    for (const row of rows) {
      sessions.push({
        id: row.id,
        peer: row.peer,
        startedAt: isoOf(row.started_at),
        endedAt: row.ended_at === null ? null : isoOf(row.ended_at),
        outcome: row.outcome,
        transcriptSha256: row.transcript_sha256,
        transcriptBytes: row.transcript_bytes,
        transcript: await this.#transcript(row),
      })
    }
    return sessions
  }

  async #refusals(ids: readonly string[]): Promise<EvidenceRefusal[]> {
    if (ids.length === 0) return []
    const rows = await this.#journal.read(
      this.#journal.db
        .selectFrom('refusals')
        .select(['id', 'at', 'code', 'reason', 'offered'])
        .where('id', 'in', ids as never)
        .orderBy('id'),
    )
    return rows.map(({ at, ...row }) => ({ ...row, at: isoOf(at) }))
  }

  async #faults(ids: readonly string[]): Promise<RunEvidence['faults']> {
    if (ids.length === 0) return []
    const rows = await this.#journal.read(
      this.#journal.db
        .selectFrom('faults')
        .select(['id', 'name', 'values_json', 'hits'])
        .where('id', 'in', ids as never),
    )
    return rows.map(({ values_json, ...row }) => ({
      ...row,
      values: JSON.parse(values_json) as Readonly<Record<string, string | number>>,
    }))
  }

  async #attachments({ steps }: RunDocument): Promise<EvidenceAttachment[]> {
    const attachments: EvidenceAttachment[] = []
    for (const { ordinal, attachments: own } of steps) {
      for (const one of own) {
        attachments.push({ ...one, step: ordinal, content: await this.#content(one) })
      }
    }
    return attachments
  }

  async #content(content: { readonly sha256: string; readonly bytes: number }) {
    if (this.#carries === 'none' || content.bytes > Math.min(MAX_CONTENT_BYTES, this.#left))
      return null
    try {
      const pieces: Buffer[] = []
      for await (const piece of this.#payloads.read(content)) pieces.push(piece as Buffer)
      this.#left -= content.bytes
      return Buffer.concat(pieces).toString('base64')
    } catch {
      return null // retention has taken it: its SHA-256 stays
    }
  }

  /** The beginning of what crossed the wire; null when none was kept, or for too long. */
  async #transcript(row: {
    readonly transcript_sha256: string | null
    readonly transcript_bytes: number | null
  }): Promise<string | null> {
    const { transcript_sha256: sha256, transcript_bytes: stored } = row
    if (this.#carries === 'none' || sha256 === null || stored === null) return null
    const most = Math.min(MAX_TRANSCRIPT_BYTES, this.#left)
    if (most <= 0) return null
    try {
      const text = createGunzip()
      // What fails in the store is told by the loop.
      pipeline(this.#payloads.read({ sha256, bytes: stored }), text, () => {})
      const pieces: Buffer[] = []
      let bytes = 0
      for await (const piece of text) {
        pieces.push(piece as Buffer)
        bytes += (piece as Buffer).length
        if (bytes >= most) break
      }
      this.#left -= Math.min(bytes, most)
      return Buffer.concat(pieces).subarray(0, most).toString('utf8')
    } catch {
      return null
    }
  }
}

const isoOf = (milliseconds: number): string => new Date(milliseconds).toISOString()
