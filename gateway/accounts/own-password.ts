import { GatewayError } from '../errors.ts'
import type { AccountParts } from './account-parts.ts'
import type { Actor } from './actor.ts'
import { requireGoodPassword } from './password-rules.ts'
import { requirePermission } from './permissions.ts'
import type { SignInTries } from './sign-in-tries.ts'
import type { UserRow } from './user-document.ts'
import { endSessions } from './user-sessions.ts'
import type { Users } from './users.ts'

/** A person changes his own password; tries of the present one count as sign-ins do. */
export class OwnPassword {
  readonly #parts: AccountParts
  readonly #tries: SignInTries

  constructor(parts: AccountParts, tries: SignInTries) {
    this.#parts = parts
    this.#tries = tries
  }

  /** @throws GatewayError see `Users.changePassword` */
  async change(order: Parameters<Users['changePassword']>[0], by: Actor): Promise<void> {
    requirePermission(by, 'user.password')
    const { journal, clock, passwords, settings, writer } = this.#parts
    const row = await this.#row(by)
    await this.#requireCurrent(order.current, row, by.peer)
    requireGoodPassword(
      order.next,
      { login: row.login, firstName: row.first_name, name: row.name },
      settings.minPasswordLength,
    )
    if (order.next === order.current) {
      throw new GatewayError('PASSWORD_REFUSED', 'It is the present password.')
    }
    const hash = await passwords.hash(order.next)
    const now = clock.now()
    await writer.write(
      by,
      [{ action: 'user.change-password', objectKind: 'user', objectId: row.id }],
      [
        {
          query: journal.db
            .updateTable('users')
            .set({
              password_hash: hash,
              password_set_at: now,
              must_change_password: 0,
              updated_at: Math.max(now, row.updated_at + 1),
            })
            .where('id', '=', row.id)
            .where('updated_at', '=', row.updated_at),
          expectRows: 1,
        },
        endSessions(journal, row.id),
      ],
    )
  }

  async #requireCurrent(password: string, row: UserRow, peer: string): Promise<void> {
    const answer = this.#tries.begin(row.login, peer)
    if (answer.outcome === 'refused') {
      throw new GatewayError(
        'TOO_MANY_TRIES',
        `Too many tries failed; try again in ${answer.retryAfterSeconds} s.`,
        { retryAfterSeconds: answer.retryAfterSeconds },
      )
    }
    const { isRight } = await this.#parts.passwords.check(password, row.password_hash)
    if (!isRight) throw new GatewayError('SIGN_IN_REFUSED', 'The present password is not right.')
    this.#tries.succeeded(row.login, peer)
  }

  async #row(by: Actor): Promise<UserRow> {
    const { journal } = this.#parts
    const [row] = await journal.read(
      journal.db
        .selectFrom('users')
        .selectAll()
        .where('id', '=', by.id as `usr_${string}`),
    )
    if (row === undefined) {
      throw new GatewayError('API_NOT_FOUND', 'Who asks is not a person with a password.')
    }
    return row
  }
}
