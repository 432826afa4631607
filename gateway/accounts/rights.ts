import type { Journal } from '../journal/journal.ts'
import type { StructureRights } from './actor.ts'

/** What a user may do, by structure: accepted attachments to structures that are not closed. */
export async function loadRights(
  journal: Journal,
  userId: `usr_${string}`,
): Promise<ReadonlyMap<string, StructureRights>> {
  const rows = await journal.read(
    journal.db
      .selectFrom('attachments')
      .innerJoin('structures', 'structures.siret', 'attachments.siret')
      .leftJoin('areas', 'areas.siret', 'attachments.siret')
      .leftJoin('subscriptions', (join) =>
        join
          .onRef('subscriptions.siret', '=', 'attachments.siret')
          .onRef('subscriptions.user_id', '=', 'attachments.user_id')
          .on('subscriptions.state', '=', 'ACCEPTED'),
      )
      .where('attachments.user_id', '=', userId)
      .where('attachments.state', '=', 'ACCEPTED')
      .where('structures.is_active', '=', 1)
      .select([
        'attachments.siret',
        'attachments.role',
        'areas.opened_at',
        'subscriptions.may_show',
        'subscriptions.may_modify',
        'subscriptions.may_test',
      ]),
  )
  return new Map(
    rows.map((row) => {
      const isAreaOpen = row.opened_at !== null
      return [
        row.siret,
        {
          isManager: row.role !== 'MEMBER',
          isAreaOpen,
          mayShow: isAreaOpen && row.may_show === 1,
          mayModify: isAreaOpen && row.may_modify === 1,
          mayTest: isAreaOpen && row.may_test === 1,
        },
      ]
    }),
  )
}
