import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isMissing } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import type { Environment } from '../flow.ts'
import { DATABASE_FILE } from '../journal/sqlite/thread-messages.ts'

/** What a copy of a journal says of itself. */
export interface JournalSnapshot {
  /** Of its schema, in order. */
  readonly steps: readonly string[]
  /** That it belongs to for good; undefined: no gateway has run on it. */
  readonly environment: Environment | undefined
}

/** @param value of the fact `environment` (environment-fact.ts) */
export function environmentOf(value: unknown): Environment | undefined {
  return value === 'production' || value === 'qualification' ? value : undefined
}

/** How long another writer is waited for. */
export const BUSY_MILLISECONDS = 30_000

/**
 * Copies the journal of a data folder as it is at one moment, whole and small, while a gateway works
 * on it: one read transaction, which holds up no writer (`vacuum into`). Blocks this thread.
 * @throws GatewayError BACKUP_UNFIT when there is no journal
 */
export async function snapshotSqlite(folder: string, target: string): Promise<JournalSnapshot> {
  const file = join(folder, DATABASE_FILE)
  await open(file, 'r').then(
    (found) => found.close(),
    (cause: unknown) => {
      if (!isMissing(cause)) throw cause
      throw new GatewayError('BACKUP_UNFIT', `There is no journal in ${folder}.`, { cause })
    },
  )
  const database = new DatabaseSync(file, { timeout: BUSY_MILLISECONDS })
  try {
    database.prepare('vacuum into ?').run(target)
  } finally {
    database.close()
  }
  const copy = await open(target, 'r+')
  try {
    await copy.chmod(0o600)
    await copy.sync()
  } finally {
    await copy.close()
  }
  return readSnapshot(target)
}

/** What a journal's file says of itself; its integrity is checked first. */
function readSnapshot(file: string): JournalSnapshot {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const [verdict] = database.prepare('pragma quick_check(1)').all()
    if (verdict?.['quick_check'] !== 'ok') {
      throw new GatewayError('BACKUP_DAMAGED', `The journal ${file} is damaged.`)
    }
    const steps = database.prepare('select name from kysely_migration order by name').all()
    const fact = database.prepare(`select value from facts where name = 'environment'`).get()
    return {
      steps: steps.map((row) => String(row['name'])),
      environment: environmentOf(fact?.['value']),
    }
  } finally {
    database.close()
  }
}
