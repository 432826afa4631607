import type { FlowId } from '../gateway/flow.ts'

/** One thing that crossed the wire, secrets masked by the listener before it is handed over. */
export interface TranscriptEntry {
  readonly direction: 'in' | 'out'
  /** `tcp`, `ssh`, `sftp`, `http`, `pesit`… */
  readonly layer: string
  /** Name of the message: `OPEN`, `FPDU.CONNECT`. */
  readonly name: string
  readonly summary: string
  readonly fields?: Readonly<Record<string, string | number>>
  readonly hex?: string
  readonly flowId?: FlowId
  /**
   * Which of the things that a session does one after the other it belongs to (a transfer, a
   * message), from 1; absent: to the session as a whole, or the protocol does them at once.
   */
  readonly exchange?: number
}

/**
 * What a session records of the wire: NDJSON, gzip, bounded (decisions B8). `record` never waits
 * and never throws; past the limit one `cut` record is written, head and tail are kept.
 */
export interface TranscriptWriter {
  record(entry: TranscriptEntry): void
}
