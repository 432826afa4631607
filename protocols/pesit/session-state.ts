import type { CompressionOption, ParameterValues } from './parameter-table.ts'
import { ANY_INTERVAL, OWN_INTERVAL_KIB } from './negotiation.ts'
import type { ConnectionTerms } from './negotiation.ts'
import type { Role, StateName } from './session-states.ts'

/** Where the sync points of one transfer stand. */
export interface SyncProgress {
  /** Highest set by the sender. */
  readonly last: number
  /** Highest answered by the receiver. */
  readonly acknowledged: number
  /** Bytes of data since the last one. */
  readonly bytesSince: number
}

/** All that the machine knows of a connection: plain data, replaced at every step. */
export interface SessionState {
  readonly role: Role
  readonly state: StateName
  /** Our connection number, 1–255, and the peer's; 0 while not known. */
  readonly own: number
  readonly peer: number
  /** What CONNECT, then CREATE or SELECT, then ORF asked for; the answers are judged by it. */
  readonly asked: ParameterValues
  readonly terms: ConnectionTerms | undefined
  readonly direction: 'write' | 'read'
  /** An interruption that forbids to go on before DESELECT (PI 19 = 8, 12, 16; §10.3). */
  readonly isCancelled: boolean
  /** PI 25 as agreed for the file in hand. */
  readonly entityBytes: number
  readonly compression: CompressionOption | undefined
  readonly sync: SyncProgress
  /** The point that a RESYN under way asks for. */
  readonly resyncPoint: number
  readonly resyncs: number
}

const NO_PROGRESS: SyncProgress = { last: 0, acknowledged: 0, bytesSince: 0 }

/** A connection before its CONNECT. @param own our connection number, 1–255 */
export function newSession(role: Role, own: number): SessionState {
  return {
    role,
    state: 'CN01',
    own,
    peer: 0,
    asked: {},
    terms: undefined,
    direction: 'write',
    isCancelled: false,
    entityBytes: 0,
    compression: undefined,
    sync: NO_PROGRESS,
    resyncPoint: 0,
    resyncs: 0,
  }
}

/** At a point: nothing is under way. */
export function atPoint(point: number): SyncProgress {
  return { last: point, acknowledged: point, bytesSince: 0 }
}

/** Whether we are the side whose file it is. */
export function isSender({ role, direction }: SessionState): boolean {
  return (role === 'requester') === (direction === 'write')
}

/** Sender: as many points as the window allows are without an answer; data has to wait (§8.5). */
export function isWindowFull({ terms, sync }: SessionState): boolean {
  const window = terms?.sync.window ?? 0
  return window > 0 && sync.last - sync.acknowledged >= window
}

/** The last number a point may have; beyond it none is set (§13.2). */
export const MAX_SYNC_POINT = 999_999

/** Sender: bytes of data that may go before the next SYN; Infinity without sync points. */
export function bytesToSyncPoint({ terms, sync }: SessionState): number {
  const intervalKib = terms?.sync.intervalKib ?? 0
  if (intervalKib === 0 || sync.last >= MAX_SYNC_POINT) return Infinity
  const agreed = intervalKib === ANY_INTERVAL ? OWN_INTERVAL_KIB : intervalKib
  return Math.max(0, agreed * 1_024 - sync.bytesSince)
}
