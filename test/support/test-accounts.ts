import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { configSchema } from '../../config/schema.ts'
import type { Accounts } from '../../gateway/accounts/accounts.ts'
import { machineActor, type Actor } from '../../gateway/accounts/actor.ts'
import { openAccounts } from '../../gateway/accounts/open-accounts.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import type { Environment } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { cheapPasswords } from './cheap-passwords.ts'
import { openTestJournal } from './test-journal.ts'

export const MACHINE_TOKEN = 'rct_of-this-machine'
/** Who may do everything an administrator and an operator may. */
export const MACHINE: Actor = machineActor('127.0.0.1')

/** Accounts on a journal of their own, in a temporary folder; passwords cost nothing and are counted. */
export interface TestAccounts {
  readonly accounts: Accounts
  readonly journal: Journal
  readonly clock: OffsetClock
  /** Milliseconds that slowed sign-ins would have waited. */
  readonly waits: number[]
  readonly derivations: () => number
  /** A user of that login with a session: who he is, at each call as he is now. */
  person(login: string): Promise<TestPerson>
  /** The same accounts as another process sees them. */
  openAgain(options?: { readonly passwordCost?: number }): Accounts
  close(): Promise<void>
}

export interface TestPerson {
  readonly id: string
  readonly login: string
  readonly password: string
  readonly session: string
  actor(): Promise<Actor>
}

export async function openTestAccounts(
  options: { readonly environment?: Environment; readonly isDemo?: boolean } = {},
): Promise<TestAccounts> {
  const folder = mkdtempSync(join(tmpdir(), 'raccord-accounts-'))
  const log = pino({ level: 'silent' })
  const journal = await openTestJournal(folder, log)
  const clock = new OffsetClock()
  const waits: number[] = []
  const opened: Accounts[] = []
  let derivations = 0
  const openAgain: TestAccounts['openAgain'] = ({ passwordCost = 15 } = {}) => {
    const accounts = openAccounts({
      journal,
      clock,
      log,
      settings: configSchema.parse({}).signIn,
      environment: options.environment ?? 'qualification',
      machineToken: MACHINE_TOKEN,
      isDemo: options.isDemo ?? false,
      passwords: cheapPasswords(() => (derivations += 1), passwordCost),
      sleep: async (milliseconds) => waits.push(milliseconds),
    })
    opened.push(accounts)
    return accounts
  }
  const accounts = openAgain()
  return {
    accounts,
    journal,
    clock,
    waits,
    derivations: () => derivations,
    person: (login) => signedIn(accounts, login),
    openAgain,
    async close() {
      for (const each of opened) each.close()
      await journal.close()
      rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
    },
  }
}

async function signedIn(accounts: Accounts, login: string): Promise<TestPerson> {
  const peer = '192.0.2.7'
  const order = { login, firstName: 'Camille', name: 'Essai', email: `${login}@example.org` }
  const { user, temporaryPassword } = await accounts.users.create(order, MACHINE)
  const first = await start(accounts, login, temporaryPassword)
  const himself = await accounts.authenticate({ kind: 'session', value: first, peer })
  if (himself === undefined) throw new Error(`${login} has no session`)
  const password = `a long phrase of ${user.id}`
  await accounts.users.changePassword({ current: temporaryPassword, next: password }, himself.actor)
  const session = await start(accounts, login, password)
  return {
    id: user.id,
    login,
    password,
    session,
    async actor() {
      const answer = await accounts.authenticate({ kind: 'session', value: session, peer })
      if (answer === undefined) throw new Error(`${login} is not signed in any more`)
      return answer.actor
    },
  }
}

async function start(accounts: Accounts, login: string, password: string): Promise<string> {
  const answer = await accounts.signIn.start({ login, password, peer: '192.0.2.7' })
  if (answer.outcome !== 'signed-in') throw new Error(`${login}: ${answer.outcome}`)
  return answer.session.value
}
