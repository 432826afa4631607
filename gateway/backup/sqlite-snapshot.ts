import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { isMissing } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import { DATABASE_FILE } from '../journal/sqlite/thread-messages.ts'

/** How long another writer is waited for. */
export const BUSY_MILLISECONDS = 30_000

/**
 * Copies the journal of a data folder as it is at one moment, whole and small, while a gateway works
 * on it: one read transaction, which holds up no writer (`vacuum into`). Blocks this thread.
 * @returns the steps of its schema
 * @throws GatewayError BACKUP_UNFIT when there is no journal
 */
export async function snapshotSqlite(folder: string, target: string): Promise<readonly string[]> {
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
  return readSteps(target)
}

/** Names of the steps that a journal's file has, in order; its integrity is checked first. */
export function readSteps(file: string): readonly string[] {
  const database = new DatabaseSync(file, { readOnly: true })
  try {
    const [verdict] = database.prepare('pragma quick_check(1)').all()
    if (verdict?.['quick_check'] !== 'ok') {
      throw new GatewayError('BACKUP_DAMAGED', `The journal ${file} is damaged.`)
    }
    return database
      .prepare('select name from kysely_migration order by name')
      .all()
      .map((row) => String(row['name']))
  } finally {
    database.close()
  }
}
