import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFile } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import { fileExists } from './copy-file.ts'

const FILE = 'restore-unfinished'

/** Marks a data folder, durably, until a restore into it is done: no gateway starts on a part of it. */
export async function beginRestore(dataFolder: string): Promise<void> {
  const file = await open(join(dataFolder, FILE), 'w', 0o600)
  try {
    await file.writeFile('A restore into this folder was begun and is not done.\n')
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function endRestore(dataFolder: string): Promise<void> {
  await removeFile(join(dataFolder, FILE))
}

/** @throws GatewayError DATA_FOLDER_UNUSABLE when a restore into the folder was cut short */
export async function requireWholeRestore(dataFolder: string): Promise<void> {
  if (!(await fileExists(join(dataFolder, FILE)))) return
  throw new GatewayError(
    'DATA_FOLDER_UNUSABLE',
    `The data folder ${dataFolder} cannot be used: a restore into it was cut short.`,
    { remedy: 'Restore the backup again: raccord restore BACKUP --data FOLDER --force' },
  )
}
