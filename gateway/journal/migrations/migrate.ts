import { GatewayError } from '../../errors.ts'
import type { Kysely } from 'kysely'
import { Migrator, type Migration } from 'kysely/migration'
import { firstTables } from './0001-first-tables.ts'
import { people } from './0002-people.ts'
import { connectionForms } from './0003-connection-forms.ts'
import { mails } from './0004-mails.ts'
import { landedPayloads } from './0005-landed-payloads.ts'
import { processes } from './0006-processes.ts'
import { payloadUploads } from './0007-payload-uploads.ts'
import { directory } from './0008-directory.ts'
import { invoiceLifeCycle } from './0009-invoice-life-cycle.ts'
import { delivery } from './0010-delivery.ts'
import { faults } from './0011-faults.ts'
import { hooks } from './0012-hooks.ts'
import { as2Receipts } from './0013-as2-receipts.ts'
import { flowRejections } from './0014-flow-rejections.ts'
import { transcriptBytes } from './0015-transcript-bytes.ts'
import { replaysAndRemovals } from './0016-replays-and-removals.ts'
import { qualification } from './0017-qualification.ts'
import { offerTerms } from './0018-offer-terms.ts'
import { alerts } from './0019-alerts.ts'
import { liveSessions } from './0020-live-sessions.ts'
import { retention } from './0021-retention.ts'
import { campaigns } from './0022-campaigns.ts'
import { newerSteps } from './newer-steps.ts'

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
  '0006-processes': processes,
  '0007-payload-uploads': payloadUploads,
  '0008-directory': directory,
  '0009-invoice-life-cycle': invoiceLifeCycle,
  '0010-delivery': delivery,
  '0011-faults': faults,
  '0012-hooks': hooks,
  '0013-as2-receipts': as2Receipts,
  '0014-flow-rejections': flowRejections,
  '0015-transcript-bytes': transcriptBytes,
  '0016-replays-and-removals': replaysAndRemovals,
  '0017-qualification': qualification,
  '0018-offer-terms': offerTerms,
  '0019-alerts': alerts,
  '0020-live-sessions': liveSessions,
  '0021-retention': retention,
  '0022-campaigns': campaigns,
}

/**
 * Brings a database to the newest step; does nothing when it is there already, or further: while
 * several processes are upgraded one after the other, the older program works on the newer schema
 * (decisions E5). It never goes back.
 * @returns the steps of a newer program that the database has beyond
 * @throws GatewayError JOURNAL_UNAVAILABLE naming the step that failed, which is undone; or saying
 *   that the database is of a program that this one cannot work beside
 */
export async function migrate(
  db: Kysely<unknown>,
  steps: Readonly<Record<string, Migration>> = MIGRATIONS,
): Promise<readonly string[]> {
  const newer = await newerSteps(db, Object.keys(steps))
  if (newer.length > 0) return newer
  const migrator = new Migrator({ db, provider: { getMigrations: async () => ({ ...steps }) } })
  const { error, results } = await migrator.migrateToLatest()
  if (error !== undefined) {
    const step = results?.find(({ status }) => status === 'Error')?.migrationName ?? 'preparation'
    const reason = error instanceof Error ? error.message : 'unknown reason'
    throw new GatewayError('JOURNAL_UNAVAILABLE', `Migration ${step} failed: ${reason}`, {
      cause: error,
    })
  }
  return []
}
