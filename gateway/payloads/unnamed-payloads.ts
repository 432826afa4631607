import { sql } from 'kysely'
import { Housekeeping } from '../housekeeping.ts'
import type { Journal } from '../journal/journal.ts'
import { MIGRATIONS } from '../journal/migrations/migrate.ts'
import type { Logger } from '../logger.ts'
import type { PayloadStore } from './payloads.ts'

/** Between two looks at every content in the store, at most. */
const SWEEP_SECONDS = 3_600
/** Contents asked about in one go. */
const CONTENTS_PER_ROUND = 500

export interface SweepOptions {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'list' | 'removeStoredBefore'>
  /** Setting `payloads.unnamedSeconds`. */
  readonly unnamedSeconds: number
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
    const named = await namedAmong(journal, round)
    for (const sha256 of round) {
      if (!named.has(sha256) && (await payloads.removeStoredBefore(sha256, before))) removed += 1
    }
    round = []
  }
  for await (const { sha256 } of payloads.list()) {
    round.push(sha256)
    if (round.length >= CONTENTS_PER_ROUND) await finishRound()
  }
  if (round.length > 0) await finishRound()
  return removed
}

/** Those of `addresses` that a row names. Every table whose rows name contents stands here. */
async function namedAmong(
  journal: Journal,
  addresses: readonly string[],
): Promise<ReadonlySet<string>> {
  const { db } = journal
  const rows = await Promise.all([
    journal.read(db.selectFrom('flows').select('sha256').where('sha256', 'in', addresses)),
    journal.read(db.selectFrom('return_flows').select('sha256').where('sha256', 'in', addresses)),
    journal.read(db.selectFrom('chunks').select('sha256').where('sha256', 'in', addresses)),
    journal.read(
      db.selectFrom('invoice_documents').select('sha256').where('sha256', 'in', addresses),
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
