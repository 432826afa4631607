import { GatewayError } from '../errors.ts'
import type { WriteStatement } from '../journal/journal.ts'
import type { AccountParts } from './account-parts.ts'
import { GATEWAY_ACTOR, type GlobalRole } from './actor.ts'
import { isLocalRequest } from './local-request.ts'
import { newUserRow } from './new-user.ts'
import { newSecret, secretHash } from './secrets.ts'
import type { DemoOrder, DemoRole, DemoSignIn, RequestOrigin, SignInAnswer } from './sign-in.ts'
import type { UserRow } from './user-document.ts'
import { openSession } from './user-sessions.ts'

/** What each of the demo's people is: a global role, or something in the structure. */
const DEMO_PEOPLE: Readonly<Record<DemoRole, DemoPerson>> = {
  manager: { name: 'Manager', isManager: true },
  'area-show': { name: 'Reader', rights: { may_show: 1, may_modify: 0, may_test: 0 } },
  'area-modify': { name: 'Writer', rights: { may_show: 1, may_modify: 1, may_test: 0 } },
  tester: { name: 'Tester', rights: { may_show: 1, may_modify: 0, may_test: 1 } },
  operator: { name: 'Operator', globalRole: 'operator' },
  auditor: { name: 'Auditor', globalRole: 'auditor' },
  administrator: { name: 'Administrator', globalRole: 'administrator' },
}

interface DemoPerson {
  readonly name: string
  readonly isManager?: true
  readonly globalRole?: GlobalRole
  readonly rights?: Readonly<Record<'may_show' | 'may_modify' | 'may_test', 0 | 1>>
}

const loginOf = (role: DemoRole): string => `${role}@demo.invalid`
const DEMO_LOGINS = (Object.keys(DEMO_PEOPLE) as DemoRole[]).map(loginOf)

/** The demo's people, made when they first sign in. They have no password. */
export class JournaledDemoSignIn implements DemoSignIn {
  readonly isEnabled: boolean
  readonly #parts: AccountParts
  /** In memory: a link is for the process that printed it. */
  #linkHash: string | undefined

  constructor(parts: AccountParts, isEnabled: boolean) {
    this.#parts = parts
    this.isEnabled = isEnabled
  }

  async start(order: DemoOrder, request: RequestOrigin): Promise<SignInAnswer> {
    if (!this.isEnabled || !(await this.#mayStart(order, request))) return { outcome: 'refused' }
    const user = await this.#user(order.role)
    await this.#giveRights(user, order)
    const session = await openSession(this.#parts, user, request.peer, 'demo')
    return { outcome: 'signed-in', session }
  }

  newLink(): string {
    const secret = newSecret('rdl')
    this.#linkHash = secretHash(secret)
    return secret
  }

  async #mayStart(order: DemoOrder, request: RequestOrigin): Promise<boolean> {
    if (isLocalRequest(request)) return true
    if (order.secret !== undefined && secretHash(order.secret) === this.#linkHash) {
      this.#linkHash = undefined
      return true
    }
    return order.session !== undefined && (await this.#isDemoSession(order.session))
  }

  async #isDemoSession(value: string): Promise<boolean> {
    const { journal, clock, settings } = this.#parts
    const now = clock.now()
    const rows = await journal.read(
      journal.db
        .selectFrom('user_sessions')
        .innerJoin('users', 'users.id', 'user_sessions.user_id')
        .select('users.id')
        .where('token_sha256', '=', secretHash(value))
        .where('expires_at', '>', now)
        .where('last_seen_at', '>', now - settings.sessionIdleSeconds * 1_000)
        .where('users.login', 'in', DEMO_LOGINS)
        .where('users.password_hash', 'is', null),
    )
    return rows.length > 0
  }

  async #user(role: DemoRole): Promise<UserRow> {
    const { journal, clock } = this.#parts
    const login = loginOf(role)
    const { name, globalRole } = DEMO_PEOPLE[role]
    const row = newUserRow(
      {
        login,
        firstName: 'Demo',
        name,
        email: login,
        globalRoles: globalRole === undefined ? [] : [globalRole],
      },
      clock.now(),
      false,
    )
    await journal.write([
      {
        query: journal.db
          .insertInto('users')
          .values(row)
          .onConflict((conflict) => conflict.column('login').doNothing()),
      },
    ])
    const [user] = await journal.read(
      journal.db
        .selectFrom('users')
        .selectAll()
        .where('login', '=', login)
        .where('password_hash', 'is', null)
        .where('is_blocked', '=', 0),
    )
    if (user === undefined) {
      throw new GatewayError('ACCOUNT_CONFLICT', `${login} is not one of the demo's people.`)
    }
    return user
  }

  /** Of a structure that is there; who has a global role needs none. */
  async #giveRights(user: UserRow, order: DemoOrder): Promise<void> {
    const { journal, clock, writer } = this.#parts
    const { isManager, rights } = DEMO_PEOPLE[order.role]
    if (isManager === undefined && rights === undefined) return
    const { db } = journal
    const [structure] = await journal.read(
      db.selectFrom('structures').select('siret').where('siret', '=', order.siret),
    )
    if (structure === undefined) {
      throw new GatewayError('API_NOT_FOUND', `There is no structure ${order.siret}.`)
    }
    const now = clock.now()
    const decided = {
      state: 'ACCEPTED',
      requested_at: now,
      decided_at: now,
      decided_by: GATEWAY_ACTOR.id,
    } as const
    const role = isManager === undefined ? 'MEMBER' : 'SECONDARY_MANAGER'
    const key = { user_id: user.id, siret: order.siret }
    const statements: WriteStatement[] = [
      {
        query: db
          .insertInto('attachments')
          .values({ ...key, role, ...decided })
          .onConflict((conflict) =>
            conflict.columns(['user_id', 'siret']).doUpdateSet({ role, ...decided }),
          ),
      },
    ]
    if (rights !== undefined) {
      const granted = { ...rights, requested_json: null, ...decided }
      statements.push({
        query: db
          .insertInto('subscriptions')
          .values({ ...key, ...granted })
          .onConflict((conflict) => conflict.columns(['user_id', 'siret']).doUpdateSet(granted)),
      })
    }
    const entry = {
      action: 'demo.give-rights',
      objectKind: 'user',
      objectId: user.id,
      siret: order.siret,
      after: { role: order.role },
    }
    await writer.write(GATEWAY_ACTOR, [entry], statements)
  }
}
