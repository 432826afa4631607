import type { BackOff } from '../delivery/back-off.ts'
import { makeDueCalls } from '../hooks/due-calls.ts'
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

/** Makes the calls that are due; a webhook is an operator's word: its address is not judged. @returns how many were taken */
export function makeAlertCalls({
  webhooks,
  settings,
  ...options
}: AlertCallsOptions): Promise<number> {
  return makeDueCalls({
    ...options,
    table: 'alert_calls',
    atATime: CALLS_AT_A_TIME,
    settings,
    signingKey: settings.signingKey,
    isCallable: () => true,
    commands: {},
    target({ webhook }) {
      const url = webhooks[webhook]
      return url === undefined ? undefined : { on: [], url }
    },
    told: ({ webhook }) => ({ webhook }),
  })
}
