import type { OpenSession, SessionStart, SessionTask } from '../../protocols/listener.ts'
import type { TranscriptWriter } from '../../protocols/transcript.ts'
import type { ConnectionId, ProcessId, SessionId, StoredContent } from '../flow.ts'
import { boundedText } from './bounded-text.ts'
import type { SessionRow } from './record-writer.ts'
import type { TranscriptRecorder } from './transcript-recorder.ts'

const MAX_FIELDS = 32
/** Files in hand that a row names. */
const MAX_TASKS = 20

export interface RecordedSessionOptions {
  readonly id: SessionId
  readonly start: SessionStart
  readonly processId: ProcessId | null
  readonly now: () => number
  readonly transcript: TranscriptRecorder
  readonly changed: (row: SessionRow) => void
  /** Stores the transcript, as far as possible, and tells its address. */
  readonly ended: (
    transcript: TranscriptRecorder,
    header: Readonly<Record<string, unknown>>,
    stored: (content: StoredContent) => void,
  ) => Promise<void>
}

/** One session as it is recorded: its row changes with it, its transcript goes with its end. */
export class RecordedSession implements OpenSession {
  readonly id: SessionId
  readonly #options: RecordedSessionOptions
  #row: SessionRow
  #fields: Readonly<Record<string, string>> = {}
  readonly #tasks = new Set<SessionTask>()
  #closed: Promise<void> | undefined

  constructor(options: RecordedSessionOptions) {
    this.id = options.id
    this.#options = options
    this.#row = {
      id: options.id,
      protocol: options.start.protocol,
      peer: options.start.peer,
      connection_id: null,
      started_at: options.now(),
      ended_at: null,
      outcome: null,
      fields_json: '{}',
      transcript_sha256: null,
      transcript_bytes: null,
      process_id: options.processId,
      bytes_in: null,
      bytes_out: null,
      doing_json: null,
    }
    this.#change({})
  }

  get transcript(): TranscriptWriter {
    return this.#options.transcript
  }

  /** Whose it is, once known. */
  get connectionId(): ConnectionId | null {
    return this.#row.connection_id ?? null
  }

  /** Ends it at once, where it has a line of its own. */
  cut(reason: string): void {
    this.#options.start.line?.cut(reason)
  }

  carries(task: SessionTask): () => void {
    this.#tasks.add(task)
    return () => void this.#tasks.delete(task)
  }

  /** Tells what it carries and how many bytes went, when that has changed. */
  tell(): void {
    const now = this.#activity()
    const { bytes_in, bytes_out, doing_json } = this.#row
    const isSame =
      now.bytes_in === bytes_in && now.bytes_out === bytes_out && now.doing_json === doing_json
    if (!isSame) this.#change(now)
  }

  note(facts: Parameters<OpenSession['note']>[0]): void {
    const merged = Object.entries({ ...this.#fields, ...facts.fields }).slice(0, MAX_FIELDS)
    this.#fields = Object.fromEntries(merged.map(([name, value]) => [name, boundedText(value)]))
    this.#change({
      fields_json: JSON.stringify(this.#fields),
      ...(facts.connectionId === undefined ? {} : { connection_id: facts.connectionId }),
    })
  }

  close(outcome: string): Promise<void> {
    this.#closed ??= this.#close(outcome)
    return this.#closed
  }

  #close(outcome: string): Promise<void> {
    this.#tasks.clear()
    this.#change({
      ...this.#activity(),
      ended_at: this.#options.now(),
      outcome: boundedText(outcome),
    })
    const { id, protocol, peer, connection_id, started_at, ended_at } = this.#row
    const header = {
      sessionId: id,
      protocol,
      peer,
      connectionId: connection_id,
      startedAt: started_at,
      endedAt: ended_at,
      outcome,
      fields: this.#fields,
    }
    return this.#options.ended(this.#options.transcript, header, ({ sha256, bytes }) => {
      this.#change({ transcript_sha256: sha256, transcript_bytes: bytes })
    })
  }

  #activity() {
    const bytes = this.#options.start.line?.bytes()
    const tasks = [...this.#tasks].slice(0, MAX_TASKS)
    return {
      bytes_in: bytes?.in ?? null,
      bytes_out: bytes?.out ?? null,
      doing_json:
        tasks.length === 0
          ? null
          : JSON.stringify(tasks.map((task) => ({ ...task, name: boundedText(task.name) }))),
    }
  }

  #change(change: Partial<SessionRow>): void {
    this.#row = { ...this.#row, ...change }
    this.#options.changed(this.#row)
  }
}
