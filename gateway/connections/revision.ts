import type { SelectQueryBuilder } from 'kysely'
import type { JournalSchema } from '../journal/schema.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'

/**
 * One counter numbers every change of any connection. A message bumps it first and then uses it,
 * so that on both engines changes become visible in the order of their revisions: who has seen
 * revision n has missed nothing below it.
 */
export function bumpRevision(journal: Pick<Journal, 'db'>): WriteStatement {
  return {
    query: journal.db
      .updateTable('counters')
      .set((row) => ({ value: row('value', '+', 1) }))
      .where('name', '=', 'connections'),
    expectRows: 1,
  }
}

/** The revision of the message it stands in, after `bumpRevision`. */
export function currentRevision(
  journal: Pick<Journal, 'db'>,
): SelectQueryBuilder<JournalSchema, 'counters', { value: number }> {
  return journal.db.selectFrom('counters').select('value').where('name', '=', 'connections')
}
