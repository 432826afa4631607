import type { ErrorCode } from './errors.ts'
import type { ConnectionId, FlowId, ProtocolName, SessionId } from './flow.ts'

/** The closed list of points where a fault may be put (decisions B7). */
export type FaultPoint =
  | 'accept'
  | 'authenticate'
  | 'open'
  | 'data'
  /** One step of a protocol's dialogue, which `FaultContext.dialogue` names. */
  | 'dialogue'
  | 'before-commit'
  | 'before-acknowledge'
  | 'after-acknowledge'
  | `stage:${string}`
  | 'report'
  /** A flow that tells statuses of invoices (FEN1200A) is written. */
  | 'life-cycle'
  | 'deliver'
  | 'receipt'

/** Where a dialogue stands, in the protocol's own words. */
export interface DialogueStep {
  /** PeSIT: a phase, or `sync`, `write`, `restart`, `whole-message`; SFTP: `rename`. */
  readonly step: string
  /** PeSIT: the sync point that came. */
  readonly syncPoint?: number
  /** PeSIT: every FPDU of the session has its check bytes. */
  readonly hasChecksum?: boolean
  /** PeSIT: RESYN was agreed. */
  readonly mayResynchronise?: boolean
}

/** What is known at a point; a fault whose scope asks for more than is known does not act. */
export interface FaultContext {
  readonly protocol?: ProtocolName
  readonly connectionId?: ConnectionId
  readonly interfaceCode?: string
  /** Of the flow, up to where the transfer is. */
  readonly bytes?: number
  readonly dialogue?: DialogueStep
  /** Whoever asks again and again: what chance decides for it once holds to its end. */
  readonly asker?: object
  /** Whom the hit is told to: the timeline of the flow, or of what comes of the session. */
  readonly sessionId?: SessionId
  readonly flowId?: FlowId
}

/** What to do instead of going on; each point understands the actions that make sense there. */
export type FaultAction =
  | { readonly kind: 'delay'; readonly milliseconds: number }
  /** The line breaks; at `accept`: after so many bytes of the peer. */
  | { readonly kind: 'cut'; readonly afterBytes?: number }
  /** Only at `accept`: nothing is read and nothing said. */
  | { readonly kind: 'hang' }
  /** Only at `accept`: both ways together. */
  | { readonly kind: 'slow'; readonly bytesPerSecond: number }
  | { readonly kind: 'refuse'; readonly message: string }
  /** As if the gateway met this error of its own. */
  | { readonly kind: 'fail'; readonly code: ErrorCode }
  /** The protocol's or the pipeline's own: a name of the fault table and its parameter. */
  | { readonly kind: 'answer'; readonly name: string; readonly value?: string }
  | { readonly kind: 'crash' }

/** Asked at each point; `undefined` = go on as usual. */
export interface Faults {
  at(point: FaultPoint, context: FaultContext): FaultAction | undefined
}

/** The interface code that a name begins with, whether or not it is one. */
export function codeInName(fileName: string): string {
  return fileName.split('_', 1)[0] ?? ''
}

export const noFaults: Faults = { at: () => undefined }
