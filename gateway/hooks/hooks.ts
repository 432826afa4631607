import type { Selectable } from 'kysely'
import type { Connection } from '../connections/connection.ts'
import { retryDelay, type BackOff } from '../delivery/back-off.ts'
import type { ConnectionId } from '../flow.ts'
import type { Chore } from '../housekeeping.ts'
import type { HookCallsTable } from '../journal/hook-table.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { HookCollector } from './collect-calls.ts'
import { makeCall, type CallOptions } from './make-call.ts'

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
/** A process that died while calling leaves the call for another one after this time more. */
const LEASE_MARGIN_MILLISECONDS = 30_000

/** Calls the hooks of connections; stops with the chore in hand. */
export function hookChores(options: HooksOptions): readonly Chore[] {
  const { journal, connections } = options
  const collector = new HookCollector(journal, () => connections.list())
  return [
    { name: 'events that hooks wait for', everySeconds: 1, run: () => collector.collect() },
    { name: 'calls of hooks', everySeconds: 1, run: () => callDue(options) },
  ]
}

async function callDue(options: HooksOptions): Promise<number> {
  const { journal } = options
  const due = await journal.read(
    journal.db
      .selectFrom('hook_calls')
      .selectAll()
      .where('state', '=', 'WAITING')
      .where('next_attempt_at', '<=', Date.now())
      .orderBy('next_attempt_at')
      .limit(CALLS_AT_A_TIME),
  )
  const called = await Promise.all(due.map((call) => callOnce(options, call)))
  return called.filter(Boolean).length
}

/** @returns whether it was taken */
async function callOnce(options: HooksOptions, call: Selectable<HookCallsTable>): Promise<boolean> {
  const { journal, connections, settings, log } = options
  const attempts = call.attempts + 1
  const milliseconds = settings.callSeconds * 1_000
  const claim = await journal.write([
    {
      query: journal.db
        .updateTable('hook_calls')
        .set({ attempts, next_attempt_at: Date.now() + milliseconds + LEASE_MARGIN_MILLISECONDS })
        .where('id', '=', call.id)
        .where('attempts', '=', call.attempts)
        .where('state', '=', 'WAITING'),
      expectRows: 1,
    },
  ])
  if (!claim.committed) return false
  const hook = connections.find(call.connection_id)?.overrides.hooks?.[call.hook]
  try {
    if (hook === undefined) throw new Error('the connection has this hook no longer')
    const signal = AbortSignal.timeout(milliseconds)
    await makeCall(hook, call.body_json, { ...options, signal })
    await end(journal, call, { state: 'DONE', failure: null })
    return true
  } catch (error) {
    const failure = (error instanceof Error ? error.message : String(error)).slice(0, 300)
    const wait = hook === undefined ? undefined : retryDelay(settings, attempts)
    log.warn({ call: call.id, flowId: call.flow_id, attempts, wait, failure }, 'hook not called')
    if (wait === undefined) await end(journal, call, { state: 'FAILED', failure })
    else await update(journal, call, { next_attempt_at: Date.now() + wait, failure })
    return false
  }
}

const end = (
  journal: Journal,
  call: Selectable<HookCallsTable>,
  values: { readonly state: 'DONE' | 'FAILED'; readonly failure: string | null },
): Promise<void> => update(journal, call, { ...values, ended_at: Date.now() })

async function update(
  journal: Journal,
  { id }: Selectable<HookCallsTable>,
  values: Partial<Selectable<HookCallsTable>>,
): Promise<void> {
  const { db } = journal
  await journal.write([{ query: db.updateTable('hook_calls').set(values).where('id', '=', id) }])
}
