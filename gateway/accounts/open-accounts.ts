import { setTimeout as sleep } from 'node:timers/promises'
import type { Config } from '../../config/schema.ts'
import type { Clock } from '../clock.ts'
import type { Environment } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { AccountParts } from './account-parts.ts'
import { AccountWriter } from './account-writer.ts'
import type { Accounts } from './accounts.ts'
import { JournaledAreas } from './areas.ts'
import { JournaledAttachments } from './attachments.ts'
import { JournaledAuditLog } from './audit-log.ts'
import { Authentication } from './authentication.ts'
import { GeneratedDataSet } from './data-set.ts'
import { JournaledDemoSignIn } from './demo-sign-in.ts'
import { JournaledSignIn } from './journaled-sign-in.ts'
import { JournaledUsers } from './journaled-users.ts'
import { PasswordHasher } from './passwords.ts'
import { SignInTries } from './sign-in-tries.ts'
import { JournaledStructures } from './structures.ts'
import { JournaledSubscriptions } from './subscriptions.ts'
import { JournaledTokens } from './tokens.ts'
import { purgeSessions } from './user-sessions.ts'

export interface AccountsOptions {
  readonly journal: Journal
  readonly clock: Clock
  readonly log: Logger
  readonly settings: Config['signIn']
  readonly environment: Environment
  /** The token of `run.json`; whoever has it is the local owner. */
  readonly machineToken: string
  /** The demo runs: its people may sign in without a password (decisions F2). */
  readonly isDemo?: boolean
  /** Tests count derivations, and do not wait for a slowed sign-in. */
  readonly passwords?: PasswordHasher
  readonly sleep?: AccountParts['sleep']
}

/** People and their rights in the journal. */
export function openAccounts(options: AccountsOptions): Accounts {
  const { journal, clock, log, settings, environment } = options
  const shared = {
    journal,
    clock,
    log: log.child({ part: 'accounts' }),
    settings,
    environment,
    passwords: options.passwords ?? new PasswordHasher(settings.passwordCost),
    sleep: options.sleep ?? sleep,
  }
  const authentication = new Authentication(shared, options.machineToken)
  const forget = (): void => authentication.forget()
  const parts: AccountParts = {
    ...shared,
    writer: new AccountWriter({ journal, clock, onWritten: forget }),
  }
  const unsubscribe = journal.subscribe('accounts', forget)
  const tries = new SignInTries(settings, clock)
  const structures = new JournaledStructures(parts)
  const demo = new JournaledDemoSignIn(
    parts,
    options.isDemo === true && environment === 'qualification',
  )
  return {
    structures,
    dataSet: new GeneratedDataSet(parts),
    users: new JournaledUsers(parts, tries),
    attachments: new JournaledAttachments(parts, structures),
    areas: new JournaledAreas(parts, structures),
    subscriptions: new JournaledSubscriptions(parts, structures),
    tokens: new JournaledTokens(parts),
    signIn: new JournaledSignIn(parts, tries, demo),
    audit: new JournaledAuditLog(journal),
    authenticate: (credential) => authentication.authenticate(credential),
    purge: () => purgeSessions(parts),
    close: unsubscribe,
  }
}
