import type { Clock } from '../clock.ts'
import type { Environment } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { Config } from '../../config/schema.ts'

export interface AccountsOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly settings: Config['signIn']
  readonly environment: Environment
  /** The demo runs: its people may sign in without a password (decisions F2). */
  readonly isDemo?: boolean
}
