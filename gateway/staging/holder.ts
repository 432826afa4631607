import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../durable-files.ts'
import { newId } from '../ids.ts'
import type { Journal } from '../journal/journal.ts'

const HOLDER_FILE = 'holder'

/**
 * The name under which a data folder's unfinished uploads stand in the journal. One process has a
 * journal of SQLite, whatever its machine is called (decisions B4); where several share a journal
 * each knows its own parts by a name that is made once and kept in the folder (decisions E5).
 */
export async function stagingHolder(
  engine: Journal['engine'],
  dataFolder: string,
): Promise<string> {
  if (engine === 'sqlite') return 'local'
  const file = join(dataFolder, HOLDER_FILE)
  try {
    return (await readFile(file, 'utf8')).trim()
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error
  }
  const holder = newId('run')
  await writeFile(file, `${holder}\n`, { mode: 0o600, flush: true })
  return holder
}
