import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Config } from '../../config/schema.ts'
import { LAST_BACKUP } from '../alerts/backup-alert.ts'
import { DATABASE_FILE } from '../journal/sqlite/thread-messages.ts'
import { backupParts } from './backup-parts.ts'
import { withConnection } from './postgres-tables.ts'
import { BUSY_MILLISECONDS } from './sqlite-snapshot.ts'

const noted = (name: string, value: string): string =>
  `insert into facts (name, value) values (${name}, ${value})
    on conflict (name) do update set value = excluded.value`

/**
 * Notes in the journal that a backup was made, for whoever looks after them. Beside the gateway, which
 * may work on it or not.
 * @param takenAt milliseconds UTC
 */
export async function noteBackup(config: Config, takenAt: number): Promise<void> {
  const { engine, journalFolder } = backupParts(config)
  const fact = [LAST_BACKUP, String(takenAt)]
  if (engine === 'postgres') {
    await withConnection(config.journal.url, ({ client }) => client.query(noted('$1', '$2'), fact))
    return
  }
  const database = new DatabaseSync(join(journalFolder, DATABASE_FILE), {
    timeout: BUSY_MILLISECONDS,
  })
  try {
    database.prepare(noted('?', '?')).run(...fact)
  } finally {
    database.close()
  }
}
