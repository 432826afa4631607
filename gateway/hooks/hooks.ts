import type { Connection } from '../connections/connection.ts'
import type { BackOff } from '../delivery/back-off.ts'
import type { ConnectionId } from '../flow.ts'
import type { Chore } from '../housekeeping.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { HookCollector } from './collect-calls.ts'
import { makeDueCalls } from './due-calls.ts'
import type { CallOptions } from './make-call.ts'

export interface HooksOptions extends Omit<CallOptions, 'signal'> {
  readonly journal: Journal
  readonly connections: {
    list(): readonly Connection[]
    find(id: ConnectionId): Connection | undefined
  }
  readonly settings: BackOff & { readonly callSeconds: number }
  readonly log: Logger
}

const CALLS_AT_A_TIME = 16

/** Calls the hooks of connections; stops with the chore in hand. */
export function hookChores(options: HooksOptions): readonly Chore[] {
  const { journal, connections } = options
  const collector = new HookCollector(journal, () => connections.list())
  return [
    { name: 'events that hooks wait for', everySeconds: 1, run: () => collector.collect() },
    { name: 'calls of hooks', everySeconds: 1, run: () => callDue(options) },
  ]
}

function callDue({ connections, ...options }: HooksOptions): Promise<number> {
  return makeDueCalls({
    ...options,
    table: 'hook_calls',
    atATime: CALLS_AT_A_TIME,
    target: ({ connection_id, hook }) => connections.find(connection_id)?.overrides.hooks?.[hook],
    told: ({ flow_id }) => ({ flowId: flow_id }),
  })
}
