import type { Expression, ExpressionBuilder, Selectable, SqlBool } from 'kysely'
import { GatewayError } from '../errors.ts'
import { newId } from '../ids.ts'
import type { ApiTokensTable } from '../journal/account-tables.ts'
import type { WriteStatement } from '../journal/journal.ts'
import type { JournalSchema } from '../journal/schema.ts'
import type { AccountParts } from './account-parts.ts'
import { ValueFaults } from './account-values.ts'
import type { Page, TokenDocument, TokenOrder, Tokens } from './accounts.ts'
import type { Actor } from './actor.ts'
import type { AuditEntry } from './audit.ts'
import { pageOf } from './page.ts'
import { can, isPermission, requirePermission } from './permissions.ts'
import { newSecret, secretHash } from './secrets.ts'

type TokenRow = Selectable<ApiTokensTable>

/** Tokens for scripts: `rct_` and 256 bits, shown once, kept as SHA-256. */
export class JournaledTokens implements Tokens {
  readonly #parts: AccountParts

  constructor(parts: AccountParts) {
    this.#parts = parts
  }

  async create(order: TokenOrder, by: Actor): ReturnType<Tokens['create']> {
    requirePermission(by, 'token.own')
    const { journal, clock, writer } = this.#parts
    const now = clock.now()
    const faults = new ValueFaults()
    const name = faults.name('name', order.name, 60)
    const scopes = order.scopes === undefined ? null : [...new Set(order.scopes)]
    for (const scope of scopes ?? []) {
      if (isPermission(scope)) continue
      faults.add('scopes', {
        en: `has no permission "${scope}"`,
        fr: `ne connaît pas la permission « ${scope} »`,
      })
    }
    const expiresAt = this.#end(order, now)
    if (expiresAt !== null && expiresAt <= now) {
      faults.add('expiresAt', { en: 'wants a moment to come', fr: 'attend un moment à venir' })
    }
    faults.raise()
    const secret = newSecret('rct')
    const row: TokenRow = {
      id: newId('tok'),
      user_id: await this.#owner(order, by),
      name,
      token_sha256: secretHash(secret),
      scopes_json: scopes === null ? null : JSON.stringify(scopes),
      created_at: now,
      expires_at: expiresAt,
      last_used_at: null,
      revoked_at: null,
    }
    const token = tokenDocument(row)
    await writer.write(
      by,
      [{ action: 'token.create', objectKind: 'token', objectId: row.id, after: token }],
      [{ query: journal.db.insertInto('api_tokens').values(row) }],
    )
    return { token, secret }
  }

  async list(criteria: Parameters<Tokens['list']>[0], by: Actor): Promise<Page<TokenDocument>> {
    const isEveryone = criteria.everyone === true
    requirePermission(by, isEveryone ? 'token.list-all' : 'token.own')
    const { journal } = this.#parts
    let query = journal.db
      .selectFrom('api_tokens')
      .selectAll()
      .orderBy('id', 'desc')
      .limit(criteria.limit + 1)
    if (!isEveryone) query = query.where('user_id', '=', by.id as `usr_${string}`)
    if (criteria.after !== undefined) {
      query = query.where('id', '<', criteria.after as `tok_${string}`)
    }
    return pageOf(await journal.read(query), criteria.limit, tokenDocument, ({ id }) => id)
  }

  async revoke(id: string, by: Actor): Promise<void> {
    const { journal, clock, writer } = this.#parts
    const [row] = await journal.read(
      journal.db
        .selectFrom('api_tokens')
        .selectAll()
        .where('id', '=', id as `tok_${string}`),
    )
    const isOwn = row?.user_id === by.id && can(by, 'token.own')
    if (!isOwn && !can(by, 'token.list-all')) requirePermission(by, 'token.list-all')
    if (row === undefined) throw new GatewayError('API_NOT_FOUND', `There is no token ${id}.`)
    await writer.write(
      by,
      [{ action: 'token.revoke', objectKind: 'token', objectId: id, before: tokenDocument(row) }],
      [
        {
          query: journal.db
            .updateTable('api_tokens')
            .set({ revoked_at: clock.now() })
            .where('id', '=', row.id)
            .where('revoked_at', 'is', null),
          expectRows: 1,
        },
      ],
      () => new GatewayError('ACCOUNT_CONFLICT', `The token ${id} is revoked already.`),
    )
  }

  #end({ expiresAt }: TokenOrder, now: number): number | null {
    return expiresAt === undefined ? now + this.#parts.settings.tokenSeconds * 1_000 : expiresAt
  }

  /** @throws GatewayError PERMISSION_DENIED, API_NOT_FOUND, or API_REQUEST_INVALID when nobody is named */
  async #owner({ userId }: TokenOrder, by: Actor): Promise<`usr_${string}`> {
    if (by.kind !== 'machine') {
      if (userId !== undefined && userId !== by.id) {
        throw new GatewayError('PERMISSION_DENIED', 'A person makes tokens for himself only.')
      }
      return by.id as `usr_${string}`
    }
    if (userId === undefined) {
      throw new GatewayError('API_REQUEST_INVALID', 'userId is missing: whose token is it?')
    }
    const { journal } = this.#parts
    const [user] = await journal.read(
      journal.db
        .selectFrom('users')
        .select('id')
        .where('id', '=', userId as `usr_${string}`),
    )
    if (user === undefined) throw new GatewayError('API_NOT_FOUND', `There is no user ${userId}.`)
    return user.id
  }
}

/**
 * Every token of a user that still opens something ends, each with an audit row of its own. One
 * that is made in the same moment fails the write.
 */
export async function planTokenRevocation(
  { journal, clock }: Pick<AccountParts, 'journal' | 'clock'>,
  userId: `usr_${string}`,
): Promise<{
  readonly tokens: readonly TokenDocument[]
  readonly entries: readonly AuditEntry[]
  readonly statement: WriteStatement
}> {
  const now = clock.now()
  const isAlive = (where: ExpressionBuilder<JournalSchema, 'api_tokens'>): Expression<SqlBool> =>
    where.and([
      where('user_id', '=', userId),
      where('revoked_at', 'is', null),
      where.or([where('expires_at', 'is', null), where('expires_at', '>', now)]),
    ])
  const rows = await journal.read(
    journal.db.selectFrom('api_tokens').selectAll().where(isAlive).orderBy('id'),
  )
  const tokens = rows.map((row) => tokenDocument({ ...row, revoked_at: now }))
  return {
    tokens,
    entries: rows.map((row) => ({
      action: 'token.revoke',
      objectKind: 'token',
      objectId: row.id,
      before: tokenDocument(row),
      reason: 'The password of its owner was reset.',
    })),
    statement: {
      query: journal.db.updateTable('api_tokens').set({ revoked_at: now }).where(isAlive),
      expectRows: rows.length,
    },
  }
}

function tokenDocument(row: TokenRow): TokenDocument {
  return {
    id: row.id,
    userId: row.user_id,
    name: row.name,
    scopes: row.scopes_json === null ? null : (JSON.parse(row.scopes_json) as readonly string[]),
    createdAt: new Date(row.created_at).toISOString(),
    expiresAt: isoOrNull(row.expires_at),
    lastUsedAt: isoOrNull(row.last_used_at),
    revokedAt: isoOrNull(row.revoked_at),
  }
}

const isoOrNull = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : new Date(milliseconds).toISOString()
