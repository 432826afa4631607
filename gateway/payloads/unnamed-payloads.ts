import { sql } from 'kysely'
import { Housekeeping } from '../housekeeping.ts'
import type { Journal } from '../journal/journal.ts'
import { MIGRATIONS } from '../journal/migrations/migrate.ts'
import type { Logger } from '../logger.ts'
import type { PayloadStore } from './payloads.ts'

/** Between two looks at every content in the store, at most. */
const SWEEP_SECONDS = 3_600
/** What has been stored for less than this may belong to a flow that is being taken in. */
const SETTLING_SECONDS = 600
/** Contents asked about in one go. */
const CONTENTS_PER_ROUND = 500

export interface SweepOptions {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'list' | 'removeStoredBefore'>
  /** Setting `payloads.unnamedSeconds`. */
  readonly unnamedSeconds: number
}

/**
 * How long a content has been in the store, milliseconds, before anybody takes it from there because
 * no row names it.
 * @param unnamedSeconds setting `payloads.unnamedSeconds`
 */
export function settlingMilliseconds(unnamedSeconds: number): number {
  return 1_000 * Math.min(SETTLING_SECONDS, unnamedSeconds)
}

/** Sweeps now, and again and again until it is stopped; on its own, for nothing waits for it. */
export function sweepPayloads(options: SweepOptions & { readonly log: Logger }): Housekeeping {
  const sweeper = new Housekeeping(options.log)
  sweeper.start([
    {
      name: 'contents that nothing names',
      everySeconds: Math.min(SWEEP_SECONDS, options.unnamedSeconds),
      run: () => removeUnnamedPayloads(options),
    },
  ])
  return sweeper
}

/**
 * Removes contents that nothing names: what a process had stored that was killed before it could
 * commit the row, a report of an attempt that was cut, a transcript. Only what has been in the store
 * for `unnamedSeconds`: younger ones may get their row yet.
 * @returns how many were removed; none while the journal has steps of a newer program, which may
 *   name contents in ways that this one does not know
 */
export async function removeUnnamedPayloads({
  journal,
  payloads,
  unnamedSeconds,
}: SweepOptions): Promise<number> {
  if (await hasNewerSteps(journal)) return 0
  const before = Date.now() - unnamedSeconds * 1_000
  let removed = 0
  let round: string[] = []
  const finishRound = async (): Promise<void> => {
    removed += await removeIfUnnamed({ journal, payloads, before }, round)
    round = []
  }
  for await (const { sha256 } of payloads.list()) {
    round.push(sha256)
    if (round.length >= CONTENTS_PER_ROUND) await finishRound()
  }
  if (round.length > 0) await finishRound()
  return removed
}

/**
 * Removes those of `addresses` that no row names, and that have been stored since before `before`
 * (system milliseconds).
 * @returns how many were removed
 */
export async function removeIfUnnamed(
  options: {
    readonly journal: Journal
    readonly payloads: Pick<PayloadStore, 'removeStoredBefore'>
    readonly before: number
  },
  addresses: readonly string[],
): Promise<number> {
  const { journal, payloads, before } = options
  const named = await namedAmong(journal, addresses)
  let removed = 0
  for (const sha256 of addresses) {
    if (!named.has(sha256) && (await payloads.removeStoredBefore(sha256, before))) removed += 1
  }
  return removed
}

/**
 * Those of `addresses` that a row names. Every table whose rows name contents stands here; a row
 * whose content was past its time names it no longer (gateway/retention).
 */
async function namedAmong(
  journal: Journal,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> {
  const { db } = journal
  const rows = await Promise.all([
    journal.read(
      db
        .selectFrom('flows')
        .select('sha256')
        .where('sha256', 'in', addresses)
        .where('payload_removed_at', 'is', null),
    ),
    journal.read(
      db
        .selectFrom('return_flows')
        .select('sha256')
        .where('sha256', 'in', addresses)
        .where('payload_removed_at', 'is', null),
    ),
    journal.read(db.selectFrom('chunks').select('sha256').where('sha256', 'in', addresses)),
    journal.read(
      db
        .selectFrom('invoice_documents')
        .innerJoin('flows', 'flows.id', 'invoice_documents.flow_id')
        .select('invoice_documents.sha256')
        .where('invoice_documents.sha256', 'in', addresses)
        // It goes with the content of its flow; one that a supplier adds later stays.
        .where((document) =>
          document.or([
            document('flows.payload_removed_at', 'is', null),
            document('invoice_documents.added_at', '>=', document.ref('flows.payload_removed_at')),
          ]),
        ),
    ),
    journal.read(
      db.selectFrom('landed_payloads').select('sha256').where('sha256', 'in', addresses),
    ),
    journal.read(
      db.selectFrom('qualification_attachments').select('sha256').where('sha256', 'in', addresses),
    ),
    journal.read(
      db
        .selectFrom('sessions')
        .select('transcript_sha256 as sha256')
        .where('transcript_sha256', 'in', addresses),
    ),
  ])
  return new Set(rows.flat().flatMap(({ sha256 }) => (sha256 === null ? [] : [sha256])))
}

async function hasNewerSteps(journal: Journal): Promise<boolean> {
  const steps = await journal.read({
    compile: () => sql<{ name: string }>`select name from kysely_migration`.compile(journal.db),
  })
  return steps.some(({ name }) => !(name in MIGRATIONS))
}
