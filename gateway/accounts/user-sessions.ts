import { GatewayError } from '../errors.ts'
import type { WriteStatement } from '../journal/journal.ts'
import type { AccountParts } from './account-parts.ts'
import type { Actor } from './actor.ts'
import { newSecret, secretHash } from './secrets.ts'
import type { OpenedSession } from './sign-in.ts'
import { fullName, userDocument, type UserRow } from './user-document.ts'

/**
 * Opens a cookie session, with its audit row. Only the hash of its value is kept.
 * @param how says in the audit how the person signed in
 */
export async function openSession(
  parts: AccountParts,
  user: UserRow,
  peer: string,
  how: 'password' | 'demo',
): Promise<OpenedSession> {
  const { journal, clock, settings, writer } = parts
  const value = newSecret('rse')
  const csrfToken = newSecret('rse')
  const now = clock.now()
  const expiresAt = now + settings.sessionSeconds * 1_000
  await writer.write(
    himself(user, peer),
    [{ action: 'session.start', objectKind: 'user', objectId: user.id, after: { how } }],
    [
      {
        query: journal.db.insertInto('user_sessions').values({
          token_sha256: secretHash(value),
          user_id: user.id,
          csrf_token: csrfToken,
          created_at: now,
          last_seen_at: now,
          expires_at: expiresAt,
          peer,
        }),
      },
    ],
  )
  return {
    value,
    csrfToken,
    expiresAt: new Date(expiresAt).toISOString(),
    user: userDocument(user),
  }
}

/**
 * Ends the session of a cookie's value, with its audit row. One that is not there, or that another
 * request ended in the same moment, is no error and leaves no row.
 */
export async function endSession(parts: AccountParts, value: string, peer: string): Promise<void> {
  const { journal, writer } = parts
  const token = secretHash(value)
  const [user] = await journal.read(
    journal.db
      .selectFrom('user_sessions')
      .innerJoin('users', 'users.id', 'user_sessions.user_id')
      .select(['users.id', 'users.first_name', 'users.name'])
      .where('token_sha256', '=', token),
  )
  if (user === undefined) return
  const isOver = new GatewayError('ACCOUNT_CHANGED', 'The session was over in the same moment.')
  try {
    await writer.write(
      himself(user, peer),
      [{ action: 'session.end', objectKind: 'user', objectId: user.id }],
      [
        {
          query: journal.db.deleteFrom('user_sessions').where('token_sha256', '=', token),
          expectRows: 1,
        },
      ],
      () => isOver,
    )
  } catch (error) {
    if (error !== isOver) throw error
  }
}

/** The person of a session as the audit names him: rights are not asked for. */
function himself(user: Pick<UserRow, 'id' | 'first_name' | 'name'>, peer: string): Actor {
  return {
    kind: 'user',
    id: user.id,
    name: fullName(user),
    peer,
    globalRoles: new Set(),
    structures: new Map(),
  }
}

/** Every session of a user ends: his password was changed, or he was blocked. */
export function endSessions(
  { db }: Pick<AccountParts['journal'], 'db'>,
  userId: `usr_${string}`,
): WriteStatement {
  return { query: db.deleteFrom('user_sessions').where('user_id', '=', userId) }
}

/** Removes sessions that are over. Resolves to how many. */
export async function purgeSessions({ journal, clock, settings }: AccountParts): Promise<number> {
  const now = clock.now()
  const result = await journal.write([
    {
      query: journal.db
        .deleteFrom('user_sessions')
        .where((eb) =>
          eb.or([
            eb('expires_at', '<=', now),
            eb('last_seen_at', '<=', now - settings.sessionIdleSeconds * 1_000),
          ]),
        ),
    },
  ])
  return result.committed ? (result.results[0]?.changed ?? 0) : 0
}
