import type { CompiledQuery } from 'kysely'
import type { Readable } from './journal.ts'

/**
 * A query that is built and compiled once, for what runs with every flow: building costs more than
 * all else the main thread does for a small one.
 *
 * @param example the query with some values; every later set has the same values at the same
 *   places, in the order in which they stand in the SQL (for an insert: the order of the columns)
 */
export function compileOnce<Row>(
  example: Readable<Row>,
): (parameters: readonly unknown[]) => Readable<Row> {
  const compiled = example.compile()
  return (parameters) => ({
    compile: (): CompiledQuery<Row> => ({ ...compiled, parameters }),
  })
}
