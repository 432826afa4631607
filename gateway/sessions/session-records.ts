import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { DoorRefusal, OpenSession, Sessions, SessionStart } from '../../protocols/listener.ts'
import type { Clock } from '../clock.ts'
import type { ConnectionId, ProcessId, RefusalId, SessionId, StoredContent } from '../flow.ts'
import { newId } from '../ids.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { PayloadStore } from '../payloads/payloads.ts'
import { closeAllSessions } from './lost-sessions.ts'
import { purgeRecords } from './record-purge.ts'
import { RecordedSession } from './recorded-session.ts'
import { RecordWriter } from './record-writer.ts'
import { SessionCutter } from './session-cutter.ts'
import { boundedText } from './bounded-text.ts'
import { TranscriptRecorder } from './transcript-recorder.ts'

export interface SessionRecordsOptions {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'put' | 'remove'>
  readonly clock: Clock
  readonly log: Logger
  /** Folder for transcripts of sessions that go on; emptied at start. */
  readonly folder: string
  /** Where several processes share the journal: whose sessions these are (process-lease.ts). */
  readonly processId?: ProcessId
  /** Why sessions of a connection are cut; undefined: they go on. */
  readonly blockedBecause?: (id: ConnectionId) => string | undefined
}

/** The records as the composition root holds them. */
export interface SessionRecords extends Sessions {
  /** Resolves when what happened so far is in the journal, transcripts of ended sessions too. */
  flush(): Promise<void>
  /** Removes the oldest rows and transcripts beyond the number kept. */
  purge(): Promise<number>
  close(): Promise<void>
}

/** Transcripts stored at a time: they must not take the disk from transfers. */
const STORING_AT_ONCE = 2
/** Ended sessions whose transcripts wait, at most; one more is recorded without. */
const MAX_WAITING_TRANSCRIPTS = 500
/** What sessions do is told so often. */
const TELL_MILLISECONDS = 1_000

export async function openSessionRecords(options: SessionRecordsOptions): Promise<SessionRecords> {
  await rm(options.folder, { recursive: true, force: true })
  await mkdir(options.folder, { recursive: true, mode: 0o700 })
  // One process alone has this journal (decisions B4): what is open there ended with the last one.
  if (options.journal.engine === 'sqlite') await closeAllSessions(options)
  return new JournalSessions(options)
}

class JournalSessions implements SessionRecords {
  readonly #options: SessionRecordsOptions
  readonly #writer: RecordWriter
  readonly #peers = new Map<SessionId, string>()
  readonly #open = new Map<SessionId, RecordedSession>()
  readonly #cutter: SessionCutter
  readonly #teller: NodeJS.Timeout
  readonly #lanes: Promise<void>[] = Array.from({ length: STORING_AT_ONCE }, () =>
    Promise.resolve(),
  )
  #nextLane = 0
  #waitingTranscripts = 0

  constructor(options: SessionRecordsOptions) {
    this.#options = options
    this.#writer = new RecordWriter(options)
    this.#cutter = new SessionCutter({ ...options, open: this.#open })
    this.#teller = setInterval(() => {
      for (const session of this.#open.values()) session.tell()
      this.#cutter.cutBlocked()
    }, TELL_MILLISECONDS)
    this.#teller.unref()
  }

  open(start: SessionStart): OpenSession {
    const id = newId('ses')
    const { clock, folder, processId } = this.#options
    this.#peers.set(id, start.peer)
    const session = new RecordedSession({
      id,
      start,
      processId: processId ?? null,
      now: () => clock.now(),
      transcript: new TranscriptRecorder({ path: join(folder, id), clock }),
      changed: (row) => this.#writer.session(row),
      ended: (transcript, header, stored) => this.#ended(id, transcript, header, stored),
    })
    this.#open.set(id, session)
    return session
  }

  refused(refusal: DoorRefusal): RefusalId {
    const id = newId('rfs')
    const { sessionId } = refusal
    const peer = refusal.peer ?? (sessionId === undefined ? undefined : this.#peers.get(sessionId))
    this.#writer.refusal({
      id,
      at: this.#options.clock.now(),
      protocol: refusal.protocol,
      peer: peer ?? 'unknown',
      session_id: sessionId ?? null,
      connection_id: refusal.connectionId ?? null,
      code: refusal.code,
      reason: boundedText(refusal.reason),
      offered: refusal.offered === undefined ? null : boundedText(refusal.offered),
      wanted: refusal.wanted === undefined ? null : boundedText(refusal.wanted),
      nearest_json: refusal.nearest === undefined ? null : JSON.stringify(refusal.nearest),
    })
    return id
  }

  async flush(): Promise<void> {
    await Promise.all(this.#lanes)
    await this.#writer.flush()
  }

  purge(): Promise<number> {
    return purgeRecords(this.#options)
  }

  async close(): Promise<void> {
    clearInterval(this.#teller)
    this.#cutter.close()
    await Promise.all(this.#lanes)
    await this.#writer.close()
  }

  #ended(
    id: SessionId,
    transcript: TranscriptRecorder,
    header: Readonly<Record<string, unknown>>,
    stored: (content: StoredContent) => void,
  ): Promise<void> {
    this.#peers.delete(id)
    this.#open.delete(id)
    if (transcript.isEmpty) return Promise.resolve()
    if (this.#waitingTranscripts >= MAX_WAITING_TRANSCRIPTS) {
      this.#options.log.warn({ sessionId: id }, 'a transcript was left out: too many at once')
      return transcript.discard()
    }
    this.#waitingTranscripts += 1
    const number = this.#nextLane
    this.#nextLane = (number + 1) % STORING_AT_ONCE
    const lane = (this.#lanes[number] ?? Promise.resolve()).then(async () => {
      const content = await this.#store(id, transcript, header)
      this.#waitingTranscripts -= 1
      if (content !== undefined) stored(content)
    })
    this.#lanes[number] = lane
    return lane
  }

  /** Never rejects: a session without its transcript is better than none. */
  async #store(
    id: SessionId,
    transcript: TranscriptRecorder,
    header: Readonly<Record<string, unknown>>,
  ): Promise<StoredContent | undefined> {
    try {
      const content = await this.#options.payloads.put(transcript.finish(header), {
        durable: false,
      })
      await transcript.discard()
      return content
    } catch (error) {
      this.#options.log.warn({ sessionId: id, err: error }, 'a transcript could not be stored')
      return undefined
    }
  }
}
