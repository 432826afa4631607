import { sql, type SelectQueryBuilder } from 'kysely'
import type { Journal } from '../journal/journal.ts'
import type { JournalSchema } from '../journal/schema.ts'
import { isOneOf } from '../journal/text-list.ts'
import type { RightsCriteria } from './accounts.ts'
import type { Actor } from './actor.ts'
import { visibleSirets, type Permission } from './permissions.ts'

type RightsTable = 'attachments' | 'subscriptions'

/**
 * Narrows a list of attachments or subscriptions to what is asked for and to what `by` may see:
 * his own rows, and those of structures for which he has the permission. In the order of the key.
 */
export function narrowToVisible<Row>(
  journal: Pick<Journal, 'engine'>,
  select: SelectQueryBuilder<JournalSchema, RightsTable | 'users' | 'structures', Row>,
  table: RightsTable,
  { siret, userId, after, limit }: RightsCriteria,
  by: Actor,
  permission: Permission,
): SelectQueryBuilder<JournalSchema, RightsTable | 'users' | 'structures', Row> {
  const visible = visibleSirets(by, permission)
  let query = select
    .orderBy(`${table}.siret`)
    .orderBy(`${table}.user_id`)
    .limit(limit + 1)
  if (visible !== 'all') {
    const own = by.scopes?.has(permission) === false ? '' : by.id
    query = query.where((eb) =>
      eb.or([
        eb(`${table}.user_id`, '=', own as `usr_${string}`),
        isOneOf(journal, eb.ref(`${table}.siret`), visible),
      ]),
    )
  }
  if (siret !== undefined) query = query.where(`${table}.siret`, '=', siret)
  if (userId !== undefined) query = query.where(`${table}.user_id`, '=', userId as `usr_${string}`)
  if (after !== undefined) {
    const [afterSiret = '', afterUser = ''] = after.split('-')
    query = query.where(
      sql<boolean>`(${sql.ref(`${table}.siret`)}, ${sql.ref(`${table}.user_id`)}) > (${afterSiret}, ${afterUser})`,
    )
  }
  return query
}

/** The key of a row, as `after` names it. */
export function rightsKey(row: { readonly siret: string; readonly user_id: string }): string {
  return `${row.siret}-${row.user_id}`
}

/** What attachments and subscriptions show alike. */
export function rightsPlace(row: {
  readonly siret: string
  readonly structure_name: string
  readonly requested_at: number
  readonly decided_at: number | null
}) {
  return {
    structure: { siret: row.siret, name: row.structure_name },
    requestedAt: new Date(row.requested_at).toISOString(),
    decidedAt: row.decided_at === null ? null : new Date(row.decided_at).toISOString(),
  }
}
