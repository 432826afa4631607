import type { ConnectionId, ProtocolName } from './flow.ts'

/** The closed list of points where a fault may be put (decisions B7). */
export type FaultPoint =
  | 'accept'
  | 'authenticate'
  | 'open'
  | 'data'
  | 'before-commit'
  | 'before-acknowledge'
  | 'after-acknowledge'
  | `stage:${string}`
  | 'report'
  | 'deliver'
  | 'receipt'

export interface FaultContext {
  readonly protocol?: ProtocolName
  readonly connectionId?: ConnectionId
  readonly interfaceCode?: string
  readonly bytes?: number
}

/** What to do instead of going on; each point understands the actions that make sense there. */
export type FaultAction =
  | { readonly kind: 'delay'; readonly milliseconds: number }
  | { readonly kind: 'cut' }
  | { readonly kind: 'refuse'; readonly message: string }
  | { readonly kind: 'crash' }

/** Asked at each point; `undefined` = go on as usual. */
export interface Faults {
  at(point: FaultPoint, context: FaultContext): FaultAction | undefined
}

export const noFaults: Faults = { at: () => undefined }
