import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { GatewayError } from '../../errors.ts'
import { isBusy } from './sqlite-failure.ts'

/**
 * Holds a data folder for this process: a write transaction that stays open on a database of its
 * own. The operating system drops the lock with the process, however it ends (decisions B4).
 *
 * @returns the lock; closing it gives the folder up
 * @throws GatewayError DATA_FOLDER_IN_USE naming the folder
 */
export function lockFolder(folder: string): { close(): void } {
  const database = new DatabaseSync(join(folder, 'lock.sqlite'), { timeout: 0 })
  try {
    database.exec('begin immediate')
    return database
  } catch (cause) {
    database.close()
    if (!isBusy(cause)) throw cause
    throw new GatewayError(
      'DATA_FOLDER_IN_USE',
      `Another gateway process holds the data folder ${folder}`,
      { cause },
    )
  }
}
