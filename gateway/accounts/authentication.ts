import { timingSafeEqual } from 'node:crypto'
import type { Selectable } from 'kysely'
import type { ApiTokensTable, UserSessionsTable } from '../journal/account-tables.ts'
import type { AccountParts } from './account-parts.ts'
import type { Authenticated, Credential } from './accounts.ts'
import { machineActor, type Actor } from './actor.ts'
import { BEFORE_NEW_PASSWORD } from './permissions.ts'
import { loadRights } from './rights.ts'
import { secretHash } from './secrets.ts'
import { fullName, globalRolesOf, type UserRow } from './user-document.ts'

/** What stands behind a credential, as it was read. */
interface Holder {
  readonly user: UserRow
  readonly rights: Actor['structures']
  readonly session?: Selectable<UserSessionsTable>
  readonly token?: Selectable<ApiTokensTable>
  readonly readAt: number
  /** When its use was last written down, milliseconds UTC. */
  usedAt: number
}

/** Some megabytes; the oldest goes first. */
const MAX_HOLDERS = 1_000
/** Other processes write the use of a session too: it is read again after this time. */
const HOLDER_MILLISECONDS = 30_000
/** Use is written down at most so often. */
const USE_MILLISECONDS = 60_000

/**
 * Credential → actor. What was read is kept until somebody writes people or rights, here (`forget`
 * comes before the write resolves) or in another process (topic `accounts`).
 */
export class Authentication {
  readonly #parts: Omit<AccountParts, 'writer'>
  readonly #machineHash: Buffer
  readonly #holders = new Map<string, Holder>()
  #generation = 0

  constructor(parts: Omit<AccountParts, 'writer'>, machineToken: string) {
    this.#parts = parts
    this.#machineHash = Buffer.from(secretHash(machineToken))
  }

  forget(): void {
    this.#generation += 1
    this.#holders.clear()
  }

  async authenticate({ kind, value, peer }: Credential): Promise<Authenticated | undefined> {
    const hash = secretHash(value)
    if (kind === 'token' && timingSafeEqual(Buffer.from(hash), this.#machineHash)) {
      return { actor: machineActor(peer) }
    }
    const holder = await this.#holder(kind, hash)
    if (holder === undefined || holder.user.is_blocked === 1 || this.#isOver(holder)) {
      return undefined
    }
    await this.#noteUse(holder)
    return holder.session === undefined
      ? { actor: tokenActor(holder, peer) }
      : sessionAnswer(holder, holder.session, peer)
  }

  async #holder(kind: Credential['kind'], hash: string): Promise<Holder | undefined> {
    const key = `${kind} ${hash}`
    const kept = this.#holders.get(key)
    if (kept !== undefined && performance.now() - kept.readAt < HOLDER_MILLISECONDS) return kept
    const generation = this.#generation
    const holder = kind === 'session' ? await this.#readSession(hash) : await this.#readToken(hash)
    if (holder === undefined) return undefined
    // Somebody wrote meanwhile: right for this request, which came before, and for no later one.
    if (generation !== this.#generation) return holder
    this.#holders.delete(key)
    this.#holders.set(key, holder)
    if (this.#holders.size > MAX_HOLDERS) {
      for (const oldest of this.#holders.keys()) {
        this.#holders.delete(oldest)
        break
      }
    }
    return holder
  }

  async #readSession(hash: string): Promise<Holder | undefined> {
    const { journal } = this.#parts
    const [session] = await journal.read(
      journal.db.selectFrom('user_sessions').selectAll().where('token_sha256', '=', hash),
    )
    if (session === undefined) return undefined
    const person = await this.#readPerson(session.user_id)
    return person && { ...person, session, usedAt: session.last_seen_at }
  }

  async #readToken(hash: string): Promise<Holder | undefined> {
    const { journal } = this.#parts
    const [token] = await journal.read(
      journal.db
        .selectFrom('api_tokens')
        .selectAll()
        .where('token_sha256', '=', hash)
        .where('revoked_at', 'is', null),
    )
    if (token === undefined) return undefined
    const person = await this.#readPerson(token.user_id)
    return person && { ...person, token, usedAt: token.last_used_at ?? 0 }
  }

  async #readPerson(id: `usr_${string}`) {
    const { journal } = this.#parts
    const readAt = performance.now()
    const [[user], rights] = await Promise.all([
      journal.read(journal.db.selectFrom('users').selectAll().where('id', '=', id)),
      loadRights(journal, id),
    ])
    return user && { user, rights, readAt }
  }

  #isOver({ session, token, usedAt }: Holder): boolean {
    const { clock, settings } = this.#parts
    const now = clock.now()
    if (session !== undefined) {
      const idle = now - usedAt
      return now >= session.expires_at || idle >= settings.sessionIdleSeconds * 1_000
    }
    const expiresAt = token?.expires_at ?? null
    return expiresAt !== null && now >= expiresAt
  }

  /** No announcement: it changes no right. */
  async #noteUse(holder: Holder): Promise<void> {
    const { journal, clock, settings } = this.#parts
    const { session, token } = holder
    const now = clock.now()
    // Seldom enough not to cost, often enough that a session in use is not taken for an idle one.
    const step = Math.min(USE_MILLISECONDS, settings.sessionIdleSeconds * 500)
    if (now - holder.usedAt < step) return
    holder.usedAt = now
    const query =
      session === undefined
        ? token &&
          journal.db.updateTable('api_tokens').set({ last_used_at: now }).where('id', '=', token.id)
        : journal.db
            .updateTable('user_sessions')
            .set({ last_seen_at: now })
            .where('token_sha256', '=', session.token_sha256)
    if (query !== undefined) await journal.write([{ query }])
  }
}

function sessionAnswer(
  { user, rights }: Holder,
  session: Selectable<UserSessionsTable>,
  peer: string,
): Authenticated {
  const mustChangePassword = user.must_change_password === 1
  return {
    actor: {
      kind: 'user',
      id: user.id,
      name: fullName(user),
      peer,
      globalRoles: new Set(globalRolesOf(user)),
      structures: rights,
      ...(mustChangePassword ? { scopes: BEFORE_NEW_PASSWORD } : {}),
    },
    session: {
      csrfToken: session.csrf_token,
      expiresAt: new Date(session.expires_at).toISOString(),
      mustChangePassword,
    },
  }
}

function tokenActor({ user, rights, token }: Holder, peer: string): Actor {
  const scopes = token?.scopes_json ?? null
  return {
    kind: 'token',
    id: user.id,
    name: `${fullName(user)} (${token?.name})`,
    peer,
    globalRoles: new Set(globalRolesOf(user)),
    structures: rights,
    ...(scopes === null ? {} : { scopes: new Set(JSON.parse(scopes) as readonly string[]) }),
  }
}
