import { sql, type Expression, type SqlBool } from 'kysely'
import type { Journal } from './journal.ts'

/**
 * Whether a text is one of `values`, however many: they go as one parameter, so that the statement
 * stays the same and no engine's limit of parameters is met.
 */
export function isOneOf(
  journal: Pick<Journal, 'engine'>,
  text: Expression<string | null>,
  values: readonly string[],
): Expression<SqlBool> {
  return journal.engine === 'sqlite'
    ? sql<SqlBool>`${text} in (select value from json_each(${JSON.stringify(values)}))`
    : // An array is hashed, and may be looked up in an index.
      sql<SqlBool>`${text} = any(${sql.val(values)}::text[])`
}
