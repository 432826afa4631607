import type { AccountParts } from './account-parts.ts'
import { normalLogin } from './account-values.ts'
import type { SignInTries } from './sign-in-tries.ts'
import type { DemoSignIn, SignIn, SignInAnswer, SignInOrder } from './sign-in.ts'
import type { UserRow } from './user-document.ts'
import { endSession, openSession } from './user-sessions.ts'

/** Sign-in by login and password. */
export class JournaledSignIn implements SignIn {
  readonly demo: DemoSignIn
  readonly #parts: AccountParts
  readonly #tries: SignInTries

  constructor(parts: AccountParts, tries: SignInTries, demo: DemoSignIn) {
    this.#parts = parts
    this.#tries = tries
    this.demo = demo
  }

  async start(order: SignInOrder): Promise<SignInAnswer> {
    const { log, passwords, sleep } = this.#parts
    const login = normalLogin(order.login)
    const answer = this.#tries.begin(login, order.peer)
    if (answer.outcome === 'refused') {
      log.warn({ peer: order.peer }, 'sign-in refused for a while')
      return { outcome: 'too-many-tries', retryAfterSeconds: answer.retryAfterSeconds }
    }
    if (answer.delayMilliseconds > 0) await sleep(answer.delayMilliseconds)
    const user = await this.#find(login)
    // One derivation in every case; which of the conditions failed shows nowhere.
    const { isRight, isOutdated } = await passwords.check(
      order.password,
      user?.password_hash ?? null,
    )
    if (user === undefined || !isRight || !this.#isUsable(user)) {
      log.warn({ userId: user?.id, peer: order.peer }, 'sign-in refused')
      return { outcome: 'refused' }
    }
    this.#tries.succeeded(login, order.peer)
    if (isOutdated) await this.#rehash(user, order.password)
    const session = await openSession(this.#parts, user, order.peer, 'password')
    log.info({ userId: user.id, peer: order.peer }, 'signed in')
    return { outcome: 'signed-in', session }
  }

  async end(value: string, peer: string): Promise<void> {
    await endSession(this.#parts, value, peer)
  }

  #isUsable(user: UserRow): boolean {
    if (user.is_blocked === 1) return false
    if (user.must_change_password === 0) return true
    const { clock, settings } = this.#parts
    const age = clock.now() - (user.password_set_at ?? 0)
    return age < settings.temporaryPasswordSeconds * 1_000
  }

  async #find(login: string): Promise<UserRow | undefined> {
    const { journal } = this.#parts
    const [user] = await journal.read(
      journal.db.selectFrom('users').selectAll().where('login', '=', login),
    )
    return user
  }

  /** The same password under the present cost; one that was changed meanwhile stays. */
  async #rehash(user: UserRow, password: string): Promise<void> {
    const { journal, passwords } = this.#parts
    const hash = await passwords.hash(password)
    await journal.write([
      {
        query: journal.db
          .updateTable('users')
          .set({ password_hash: hash })
          .where('id', '=', user.id)
          .where('password_hash', '=', user.password_hash),
      },
    ])
  }
}
