import type { Selectable } from 'kysely'
import { retryDelay, type BackOff } from '../delivery/back-off.ts'
import { makeCall } from '../hooks/make-call.ts'
import type { AlertCallsTable } from '../journal/alert-tables.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'

export interface AlertCallsOptions {
  readonly journal: Journal
  /** Setting alerts.webhooks. */
  readonly webhooks: readonly string[]
  /** Settings hooks.*. */
  readonly settings: BackOff & { readonly callSeconds: number; readonly signingKey: string }
  readonly log: Logger
}

const CALLS_AT_A_TIME = 8
/** A process that died while calling leaves the call for another one after this time more. */
const LEASE_MARGIN_MILLISECONDS = 30_000

/** Makes the calls that are due; a webhook is an operator's word: its address is not judged. @returns how many were taken */
export async function makeAlertCalls(options: AlertCallsOptions): Promise<number> {
  const { journal } = options
  const due = await journal.read(
    journal.db
      .selectFrom('alert_calls')
      .selectAll()
      .where('state', '=', 'WAITING')
      .where('next_attempt_at', '<=', Date.now())
      .orderBy('next_attempt_at')
      .orderBy('id')
      .limit(CALLS_AT_A_TIME),
  )
  const taken = await Promise.all(due.map((call) => callOnce(options, call)))
  return taken.filter(Boolean).length
}

async function callOnce(
  { journal, webhooks, settings, log }: AlertCallsOptions,
  call: Selectable<AlertCallsTable>,
): Promise<boolean> {
  const { db } = journal
  const attempts = call.attempts + 1
  const milliseconds = settings.callSeconds * 1_000
  const claim = await journal.write([
    {
      query: db
        .updateTable('alert_calls')
        .set({ attempts, next_attempt_at: Date.now() + milliseconds + LEASE_MARGIN_MILLISECONDS })
        .where('id', '=', call.id)
        .where('attempts', '=', call.attempts)
        .where('state', '=', 'WAITING'),
      expectRows: 1,
    },
  ])
  if (!claim.committed) return false
  const end = async (values: Partial<Selectable<AlertCallsTable>>): Promise<void> => {
    await journal.write([
      {
        // Nobody else has taken it over meanwhile.
        query: db
          .updateTable('alert_calls')
          .set(values)
          .where('id', '=', call.id)
          .where('attempts', '=', attempts)
          .where('state', '=', 'WAITING'),
      },
    ])
  }
  const url = webhooks[call.webhook]
  try {
    if (url === undefined) throw new Error('the settings have this webhook no longer')
    await makeCall({ on: [], url }, call.body_json, {
      isCallable: () => true,
      signingKey: settings.signingKey,
      commands: {},
      signal: AbortSignal.timeout(milliseconds),
    })
    await end({ state: 'DONE', failure: null, ended_at: Date.now() })
    return true
  } catch (error) {
    const failure = (error instanceof Error ? error.message : String(error)).slice(0, 300)
    const wait = url === undefined ? undefined : retryDelay(settings, attempts)
    log.warn(
      { call: call.id, webhook: call.webhook, attempts, wait, failure },
      'webhook not called',
    )
    await end(
      wait === undefined
        ? { state: 'FAILED', failure, ended_at: Date.now() }
        : { next_attempt_at: Date.now() + wait, failure },
    )
    return false
  }
}
