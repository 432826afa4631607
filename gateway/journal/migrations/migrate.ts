import { GatewayError } from '../../errors.ts'
import type { Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { firstTables } from './0001-first-tables.ts'
import { people } from './0002-people.ts'
import { connectionForms } from './0003-connection-forms.ts'
import { mails } from './0004-mails.ts'
import { landedPayloads } from './0005-landed-payloads.ts'

/**
 * Every step of the journal's schema, in order, the same for each engine. A released step never
 * changes: what comes later is a new step.
 */
export const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-first-tables': firstTables,
  '0002-people': people,
  '0003-connection-forms': connectionForms,
  '0004-mails': mails,
  '0005-landed-payloads': landedPayloads,
}

/**
 * Brings a database to the newest step; does nothing when it is there already.
 * @throws GatewayError JOURNAL_UNAVAILABLE naming the step that failed; that step is undone
 */
export async function migrate(db: Kysely<unknown>): Promise<void> {
  const migrator = new Migrator({
    db,
    provider: { getMigrations: async () => ({ ...MIGRATIONS }) },
  })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const step = results?.find(({ status }) => status === 'Error')?.migrationName ?? 'preparation'
    const reason = error instanceof Error ? error.message : 'unknown reason'
    throw new GatewayError('JOURNAL_UNAVAILABLE', `Migration ${step} failed: ${reason}`, {
      cause: error,
    })
  }
}
