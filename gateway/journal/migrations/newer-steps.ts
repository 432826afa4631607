import { sql, type Kysely } from 'kysely'
import { DEFAULT_MIGRATION_TABLE } from 'kysely/migration'
import { GatewayError } from '../../errors.ts'
import type { Logger } from '../../logger.ts'

/**
 * The fact by which a step that older programs cannot live with shuts them out: its value is the
 * name of the oldest step that a program has to know. Steps that only add need not touch it.
 */
export const OLDEST_STEP_FACT = 'journal.oldestStep'

/**
 * The steps that a database has beyond those of this program, in order.
 * @param known names of this program's steps
 * @throws GatewayError JOURNAL_UNAVAILABLE when the program is too old for the database, or the
 *   database of another line of steps
 */
export async function newerSteps(
  db: Kysely<unknown>,
  known: readonly string[],
): Promise<readonly string[]> {
  const done = await stepsOf(db)
  const newer = done.filter((step) => !known.includes(step))
  if (newer.length === 0) return []
  const oldest = await oldestStep(db)
  const isOtherLine = known.some((step) => !done.includes(step))
  if (isOtherLine || (oldest !== undefined && !known.includes(oldest))) {
    throw new GatewayError(
      'JOURNAL_UNAVAILABLE',
      `The journal was brought to step ${newer.at(-1)} by a newer program, beside which this one (${known.at(-1)}) cannot work; start that program, or restore a backup made before`,
    )
  }
  return newer
}

/** Said once at the start of the older program. */
export function warnOfNewerSteps(log: Logger, steps: readonly string[]): void {
  log.warn({ steps }, 'the journal has steps of a newer program, which this one leaves alone')
}

async function stepsOf(db: Kysely<unknown>): Promise<readonly string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true })
  if (!tables.some(({ name }) => name === DEFAULT_MIGRATION_TABLE)) return []
  const { rows } = await sql<{ readonly name: string }>`
    select name from ${sql.table(DEFAULT_MIGRATION_TABLE)} order by name`.execute(db)
  return rows.map(({ name }) => name)
}

async function oldestStep(db: Kysely<unknown>): Promise<string | undefined> {
  const { rows } = await sql<{ readonly value: string }>`
    select value from facts where name = ${OLDEST_STEP_FACT}`.execute(db)
  return rows[0]?.value
}
