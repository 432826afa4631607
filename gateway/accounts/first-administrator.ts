import { GatewayError } from '../errors.ts'
import type { AccountParts } from './account-parts.ts'
import type { Actor } from './actor.ts'
import { newUserRow, withPassword } from './new-user.ts'
import { requireGoodPassword } from './password-rules.ts'
import { newSecret, secretHash } from './secrets.ts'
import { userDocument } from './user-document.ts'
import type { UserDocument, Users } from './users.ts'

/** Row of `facts`: `{"sha256", "expiresAt"}`. */
const FACT = 'first-administrator'
/** Printed at each start while there is no administrator, so it need not hold for longer. */
const HOLDS_MILLISECONDS = 86_400_000

/** The first administrator, by a one-time secret said at the terminal (decisions F1). */
export class FirstAdministrator {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async prepare(): ReturnType<Users['prepareSetup']> {
    if (await this.#hasAdministrator()) return undefined
    const { journal, clock } = this.#parts
    const secret = newSecret('rsu')
    const expiresAt = clock.now() + HOLDS_MILLISECONDS
    const value = JSON.stringify({ sha256: secretHash(secret), expiresAt })
    await journal.write([
      {
        query: journal.db
          .insertInto('facts')
          .values({ name: FACT, value })
          .onConflict((conflict) => conflict.column('name').doUpdateSet({ value })),
      },
    ])
    return { secret, expiresAt: new Date(expiresAt).toISOString() }
  }

  async create(order: Parameters<Users['setUp']>[0]): Promise<UserDocument> {
    const { journal, clock, passwords, settings, writer } = this.#parts
    const fact = await this.#requireSecret(order.secret)
    requireGoodPassword(order.password, order, settings.minPasswordLength)
    const bare = newUserRow({ ...order, globalRoles: ['administrator'] }, clock.now(), false)
    const row = withPassword(bare, await passwords.hash(order.password))
    const user = userDocument(row)
    const himself: Actor = {
      kind: 'user',
      id: row.id,
      name: `${row.first_name} ${row.name}`,
      peer: order.peer,
      globalRoles: new Set(),
      structures: new Map(),
    }
    await writer.write(
      himself,
      [{ action: 'user.set-up', objectKind: 'user', objectId: row.id, after: user }],
      [
        {
          // The secret works once: who comes second in the same moment finds it gone.
          query: journal.db.deleteFrom('facts').where('name', '=', FACT).where('value', '=', fact),
          expectRows: 1,
        },
        { query: journal.db.insertInto('users').values(row) },
      ],
      (failedAt) =>
        failedAt === 0
          ? refused()
          : new GatewayError('ACCOUNT_CONFLICT', `The login ${row.login} is taken.`),
    )
    return user
  }

  /** The fact as it is stored. @throws GatewayError SETUP_REFUSED */
  async #requireSecret(secret: string): Promise<string> {
    const { journal, clock } = this.#parts
    const [fact] = await journal.read(
      journal.db.selectFrom('facts').select('value').where('name', '=', FACT),
    )
    if (fact === undefined || (await this.#hasAdministrator())) throw refused()
    const { sha256, expiresAt } = JSON.parse(fact.value) as {
      readonly sha256: string
      readonly expiresAt: number
    }
    if (sha256 !== secretHash(secret) || clock.now() >= expiresAt) throw refused()
    return fact.value
  }

  /** One that is blocked counts: he was put out of service on purpose. */
  async #hasAdministrator(): Promise<boolean> {
    const { journal } = this.#parts
    const rows = await journal.read(
      journal.db
        .selectFrom('users')
        .select('id')
        .where('global_roles_json', 'like', '%"administrator"%')
        .limit(1),
    )
    return rows.length > 0
  }
}

const refused = (): GatewayError =>
  new GatewayError('SETUP_REFUSED', 'This secret makes no administrator.')
