import type { Config } from '../../config/schema.ts'
import type { Clock } from '../clock.ts'
import type { Environment } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { AccountWriter } from './account-writer.ts'
import type { PasswordHasher } from './passwords.ts'

/** What the parts of gateway/accounts/ are built with. */
export interface AccountParts {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly settings: Config['signIn']
  readonly environment: Environment
  readonly writer: AccountWriter
  readonly passwords: PasswordHasher
  /** Resolves after so many milliseconds. */
  readonly sleep: (milliseconds: number) => Promise<unknown>
}
