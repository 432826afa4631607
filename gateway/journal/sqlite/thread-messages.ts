import type { SQLInputValue } from 'node:sqlite'
import type { ErrorCode } from '../../errors.ts'
import type { WriteResult } from '../journal.ts'

/** What the main thread and the journal's threads say to each other. */

export interface StatementMessage {
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
  readonly expectRows?: number
}

export interface WriteRequest {
  readonly id: number
  readonly statements: readonly StatementMessage[]
  /** Runs as it is, outside any group: a migration brings its own `begin` and `commit`. */
  readonly isScript?: true
}

export interface ReadRequest {
  readonly id: number
  readonly sql: string
  readonly parameters: readonly SQLInputValue[]
}

export type Rows = readonly Record<string, unknown>[]

/** A GatewayError on its way between threads. */
export interface Failure {
  readonly code: ErrorCode
  readonly message: string
}

export type Reply<Answer> =
  | { readonly id: number; readonly answer: Answer }
  | { readonly id: number; readonly failure: Failure }

export type WriteReply = Reply<WriteResult>
export type ReadReply = Reply<Rows>

/** First message of a thread: it is ready, or why it will never be. */
export type StartReport = { readonly started: true } | { readonly failure: Failure }

/** Last message to a thread: finish what came before, close, end. */
export type CloseRequest = 'close'

/** What a thread is started with. */
export interface ThreadSettings {
  /** Folder of the journal: its database and its lock. */
  readonly folder: string
}

export const DATABASE_FILE = 'journal.sqlite'
