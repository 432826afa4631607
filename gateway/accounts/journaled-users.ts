import { sql } from 'kysely'
import { GatewayError } from '../errors.ts'
import type { WriteStatement } from '../journal/journal.ts'
import type { AccountParts } from './account-parts.ts'
import { normalLogin, ValueFaults } from './account-values.ts'
import type { Page } from './accounts.ts'
import type { Actor } from './actor.ts'
import { FirstAdministrator } from './first-administrator.ts'
import { OwnPassword } from './own-password.ts'
import { containing, pageOf } from './page.ts'
import { requirePermission } from './permissions.ts'
import { newPassword } from './secrets.ts'
import type { SignInTries } from './sign-in-tries.ts'
import { newUserRow, withPassword } from './new-user.ts'
import { planTokenRevocation } from './tokens.ts'
import { userDocument, type UserRow } from './user-document.ts'
import { endSessions } from './user-sessions.ts'
import type { NewUser, UserChange, UserDocument, Users, UserWithPassword } from './users.ts'

/** Users in the journal. */
export class JournaledUsers implements Users {
  readonly #parts: AccountParts
  readonly #ownPassword: OwnPassword
  readonly #firstAdministrator: FirstAdministrator

  constructor(parts: AccountParts, tries: SignInTries) {
    this.#parts = parts
    this.#ownPassword = new OwnPassword(parts, tries)
    this.#firstAdministrator = new FirstAdministrator(parts)
  }

  async find(id: string): Promise<UserDocument | undefined> {
    const row = await this.#row(id)
    return row && userDocument(row)
  }

  async findByLogin(login: string): Promise<UserDocument | undefined> {
    const { journal } = this.#parts
    const [row] = await journal.read(
      journal.db.selectFrom('users').selectAll().where('login', '=', normalLogin(login)),
    )
    return row && userDocument(row)
  }

  async list(criteria: Parameters<Users['list']>[0], by: Actor): Promise<Page<UserDocument>> {
    requirePermission(by, 'user.list')
    const { journal } = this.#parts
    const { text, after, limit } = criteria
    let query = journal.db
      .selectFrom('users')
      .selectAll()
      .orderBy('login')
      .limit(limit + 1)
    if (after !== undefined) query = query.where('login', '>', after)
    if (text !== undefined) {
      const pattern = containing(text)
      query = query.where(
        sql<boolean>`lower(login || ' ' || first_name || ' ' || name || ' ' || email) like ${pattern} escape '\\'`,
      )
    }
    return pageOf(await journal.read(query), limit, userDocument, ({ login }) => login)
  }

  async create(order: NewUser, by: Actor): Promise<UserWithPassword> {
    requirePermission(by, 'user.write')
    const { journal, clock, passwords, writer } = this.#parts
    const temporaryPassword = newPassword()
    const bare = newUserRow(order, clock.now(), true)
    const row = withPassword(bare, await passwords.hash(temporaryPassword))
    const user = userDocument(row)
    await writer.write(
      by,
      [{ action: 'user.create', objectKind: 'user', objectId: row.id, after: user }],
      [{ query: journal.db.insertInto('users').values(row) }],
      () => new GatewayError('ACCOUNT_CONFLICT', `The login ${row.login} is taken.`),
    )
    return { user, temporaryPassword }
  }

  async change(id: string, change: UserChange, by: Actor): Promise<UserDocument> {
    requirePermission(by, 'user.write')
    const losesOwnRole =
      change.globalRoles !== undefined && !change.globalRoles.includes('administrator')
    if (by.id === id && (change.isBlocked === true || losesOwnRole)) {
      throw new GatewayError(
        'ACCOUNT_CONFLICT',
        'Nobody blocks himself or gives up being an administrator.',
        { remedy: 'Ask another administrator.' },
      )
    }
    return this.#write(await this.#require(id), change, by, 'user.change')
  }

  async changeSelf(change: Parameters<Users['changeSelf']>[0], by: Actor): Promise<UserDocument> {
    requirePermission(by, 'user.self')
    // Named one by one: what else a caller may have put there is an administrator's.
    const { firstName, name, email, language, revision } = change
    return this.#write(
      await this.#require(by.id),
      {
        ...(firstName === undefined ? {} : { firstName }),
        ...(name === undefined ? {} : { name }),
        ...(email === undefined ? {} : { email }),
        ...(language === undefined ? {} : { language }),
        ...(revision === undefined ? {} : { revision }),
      },
      by,
      'user.change-self',
    )
  }

  async resetPassword(id: string, by: Actor): ReturnType<Users['resetPassword']> {
    requirePermission(by, 'user.reset-password')
    const { journal, clock, passwords, writer } = this.#parts
    const before = await this.#require(id)
    const temporaryPassword = newPassword()
    const hash = await passwords.hash(temporaryPassword)
    const now = clock.now()
    const after: UserRow = {
      ...before,
      password_hash: hash,
      password_set_at: now,
      must_change_password: 1,
      updated_at: Math.max(now, before.updated_at + 1),
    }
    const revocation = await planTokenRevocation(this.#parts, before.id)
    await writer.write(
      by,
      [{ action: 'user.reset-password', objectKind: 'user', objectId: id }, ...revocation.entries],
      [this.#update(before, after), endSessions(journal, before.id), revocation.statement],
      changed(before),
    )
    return { user: userDocument(after), temporaryPassword, revokedTokens: revocation.tokens }
  }

  changePassword(order: Parameters<Users['changePassword']>[0], by: Actor): Promise<void> {
    return this.#ownPassword.change(order, by)
  }

  prepareSetup(): ReturnType<Users['prepareSetup']> {
    return this.#firstAdministrator.prepare()
  }

  setUp(order: Parameters<Users['setUp']>[0]): Promise<UserDocument> {
    return this.#firstAdministrator.create(order)
  }

  async #write(
    before: UserRow,
    change: UserChange,
    by: Actor,
    action: string,
  ): Promise<UserDocument> {
    const { journal, clock, writer } = this.#parts
    if (change.revision !== undefined && change.revision !== before.updated_at) {
      throw changed(before)()
    }
    const after = changedRow(before, change, clock.now())
    const statements: WriteStatement[] = [this.#update(before, after)]
    if (after.is_blocked === 1) statements.push(endSessions(journal, before.id))
    const documents = { before: userDocument(before), after: userDocument(after) }
    await writer.write(
      by,
      [{ action, objectKind: 'user', objectId: before.id, ...documents }],
      statements,
      changed(before),
    )
    return documents.after
  }

  #update(before: UserRow, after: UserRow): WriteStatement {
    const { id, ...values } = after
    return {
      query: this.#parts.journal.db
        .updateTable('users')
        .set(values)
        .where('id', '=', id)
        .where('updated_at', '=', before.updated_at),
      expectRows: 1,
    }
  }

  async #row(id: string): Promise<UserRow | undefined> {
    const { journal } = this.#parts
    const [row] = await journal.read(
      journal.db
        .selectFrom('users')
        .selectAll()
        .where('id', '=', id as `usr_${string}`),
    )
    return row
  }

  /** @throws GatewayError API_NOT_FOUND */
  async #require(id: string): Promise<UserRow> {
    const row = await this.#row(id)
    if (row === undefined) throw new GatewayError('API_NOT_FOUND', `There is no user ${id}.`)
    return row
  }
}

const changed = (before: UserRow) => () =>
  new GatewayError('ACCOUNT_CHANGED', `User ${before.login} has another revision.`)

/** @throws GatewayError API_REQUEST_INVALID */
function changedRow(before: UserRow, change: UserChange, now: number): UserRow {
  const faults = new ValueFaults()
  const after: UserRow = {
    ...before,
    first_name: faults.name('firstName', change.firstName ?? before.first_name),
    name: faults.name('name', change.name ?? before.name),
    email: faults.email('email', change.email ?? before.email),
    language: change.language ?? before.language,
    global_roles_json:
      change.globalRoles === undefined
        ? before.global_roles_json
        : JSON.stringify([...new Set(change.globalRoles)]),
    is_blocked: (change.isBlocked ?? before.is_blocked === 1) ? 1 : 0,
    updated_at: Math.max(now, before.updated_at + 1),
  }
  faults.raise()
  return after
}
