import type { Journal, WriteStatement } from '../journal/journal.ts'
import type { DirectoryRemovalsTable } from '../journal/directory-table.ts'
import { isOneOf } from '../journal/text-list.ts'
import type { DirectoryEntry } from './directory.ts'

/**
 * What left the directory. The published document has no word for "gone" (reference chorus-pro-edi
 * §12): who follows the changes is told that it is not active any more. A row of what is there again
 * says nothing: it is looked at beside the directory as it is.
 */

/** The `service` of a row that says that the structure itself left. */
const WHOLE_STRUCTURE = ''

/** Services that structures lose by becoming `entries`, whatever they were before. */
export async function lostServices(
  journal: Journal,
  entries: readonly DirectoryEntry[],
  now: number,
): Promise<readonly DirectoryRemovalsTable[]> {
  const sirets = entries.map(({ siret }) => siret)
  const [present, gone] = await Promise.all([
    journal.read(
      journal.db
        .selectFrom('directory_structures')
        .select(['siret', 'entry_json'])
        .where((where) => isOneOf(journal, where.ref('siret'), sirets)),
    ),
    journal.read(
      journal.db
        .selectFrom('directory_removals')
        .select(['siret', 'entry_json'])
        .where('service', '=', WHOLE_STRUCTURE)
        .where((where) => isOneOf(journal, where.ref('siret'), sirets)),
    ),
  ])
  const before = new Map(
    [...gone, ...present].map(({ siret, entry_json }) => [
      siret,
      (JSON.parse(entry_json) as DirectoryEntry).services,
    ]),
  )
  return entries.flatMap(({ siret, services }) => {
    const kept = new Set(services.map(({ code }) => code))
    return (before.get(siret) ?? [])
      .filter(({ code }) => !kept.has(code))
      .map((service) => ({
        siret,
        service: service.code,
        entry_json: JSON.stringify(service),
        removed_at: now,
      }))
  })
}

/** The statement that notes that they left. */
export function noteLost(
  { db }: Pick<Journal, 'db'>,
  rows: readonly DirectoryRemovalsTable[],
): WriteStatement {
  return {
    query: db
      .insertInto('directory_removals')
      .values(rows)
      .onConflict((conflict) =>
        conflict.columns(['siret', 'service']).doUpdateSet((expression) => ({
          entry_json: expression.ref('excluded.entry_json'),
          removed_at: expression.ref('excluded.removed_at'),
        })),
      ),
  }
}

/** The statements that take a structure out, and note it; the first one says whether it was there. */
export function takeOut(
  { db }: Pick<Journal, 'db'>,
  siret: string,
  now: number,
): readonly WriteStatement[] {
  return [
    {
      query: db
        .insertInto('directory_removals')
        .columns(['siret', 'service', 'entry_json', 'removed_at'])
        .expression(
          db
            .selectFrom('directory_structures')
            .select((row) => [
              'siret',
              row.val(WHOLE_STRUCTURE).as('service'),
              'entry_json',
              row.val(now).as('removed_at'),
            ])
            .where('siret', '=', siret),
        )
        .onConflict((conflict) =>
          conflict.columns(['siret', 'service']).doUpdateSet((expression) => ({
            entry_json: expression.ref('excluded.entry_json'),
            removed_at: expression.ref('excluded.removed_at'),
          })),
        ),
      expectRows: 1,
    },
    { query: db.deleteFrom('directory_structures').where('siret', '=', siret), expectRows: 1 },
  ]
}
