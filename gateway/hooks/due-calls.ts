import type { Selectable } from 'kysely'
import type { Hook } from '../connections/hook-overrides.ts'
import { retryDelay, type BackOff } from '../delivery/back-off.ts'
import type { AlertCallsTable } from '../journal/alert-tables.ts'
import type { HookCallsTable } from '../journal/hook-table.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import { makeCall, type CallOptions } from './make-call.ts'

/** Tables of calls to be made: alike in what a call waits for, sends and how it ends. */
interface Calls {
  readonly hook_calls: Selectable<HookCallsTable>
  readonly alert_calls: Selectable<AlertCallsTable>
}

type CallTable = keyof Calls
type Call<Table extends CallTable> = Calls[Table]

export interface DueCallsOptions<Table extends CallTable> extends Omit<CallOptions, 'signal'> {
  readonly journal: Journal
  readonly table: Table
  readonly atATime: number
  /** Settings hooks.*. */
  readonly settings: BackOff & { readonly callSeconds: number }
  readonly log: Logger
  /** Where it goes; undefined: the settings have it no longer, so that it is given up. */
  readonly target: (call: Call<Table>) => Hook | undefined
  /** What the log tells of a call beside its id. */
  readonly told: (call: Call<Table>) => Readonly<Record<string, unknown>>
}

/** A process that died while calling leaves the call for another one after this time more. */
const LEASE_MARGIN_MILLISECONDS = 30_000
const MAX_FAILURE_CHARACTERS = 300

/**
 * Makes the calls that are due, each by one process at a time; one that fails is made again as
 * `hooks.*` says.
 * @returns how many were taken
 */
export async function makeDueCalls<Table extends CallTable>(
  options: DueCallsOptions<Table>,
): Promise<number> {
  const { journal, atATime } = options
  const due = await journal.read(
    journal.db
      .selectFrom(alike(options.table))
      .selectAll()
      .where('state', '=', 'WAITING')
      .where('next_attempt_at', '<=', Date.now())
      .orderBy('next_attempt_at')
      .orderBy('id')
      .limit(atATime),
  )
  const taken = await Promise.all(due.map((call) => callOnce(options, call as Call<Table>)))
  return taken.filter(Boolean).length
}

/** @returns whether it was taken */
async function callOnce<Table extends CallTable>(
  options: DueCallsOptions<Table>,
  call: Call<Table>,
): Promise<boolean> {
  const { journal, settings, log } = options
  const attempts = call.attempts + 1
  const milliseconds = settings.callSeconds * 1_000
  const update = (values: Partial<Pick<Call<'hook_calls'>, ChangedColumn>>) =>
    journal.db
      .updateTable(alike(options.table))
      .set(values)
      .where('id', '=', call.id as Call<'hook_calls'>['id'])
  const claim = await journal.write([
    {
      query: update({
        attempts,
        next_attempt_at: Date.now() + milliseconds + LEASE_MARGIN_MILLISECONDS,
      })
        .where('attempts', '=', call.attempts)
        .where('state', '=', 'WAITING'),
      expectRows: 1,
    },
  ])
  if (!claim.committed) return false
  // Unless another process has taken it over meanwhile.
  const end = (values: Parameters<typeof update>[0]) =>
    journal.write([
      { query: update(values).where('attempts', '=', attempts).where('state', '=', 'WAITING') },
    ])
  const target = options.target(call)
  try {
    if (target === undefined) throw new Error('the settings have it no longer')
    const signal = AbortSignal.timeout(milliseconds)
    await makeCall(target, call.body_json, { ...options, signal })
    await end({ state: 'DONE', failure: null, ended_at: Date.now() })
    return true
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error)
    const failure = text.slice(0, MAX_FAILURE_CHARACTERS)
    const wait = target === undefined ? undefined : retryDelay(settings, attempts)
    log.warn({ call: call.id, ...options.told(call), attempts, wait, failure }, 'call not taken')
    const after =
      wait === undefined
        ? ({ state: 'FAILED', failure, ended_at: Date.now() } as const)
        : { next_attempt_at: Date.now() + wait, failure }
    await end(after)
    return false
  }
}

type ChangedColumn = 'attempts' | 'next_attempt_at' | 'state' | 'failure' | 'ended_at'

/** For Kysely one of them stands for both: it cannot type a statement over either. */
const alike = (table: CallTable): 'hook_calls' => table as 'hook_calls'
