import type { ConnectionId, FlowId } from '../flow.ts'

/** A call that a hook asks for. */
export interface NewCall {
  readonly connectionId: ConnectionId
  readonly flowId: FlowId
  /** Place of the hook among those of its connection, from 0. */
  readonly hook: number
  /** What tells it from other calls of this hook for this flow: it is made once. */
  readonly key: string
  readonly body: unknown
}
