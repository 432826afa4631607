import { open } from 'node:fs/promises'
import { join } from 'node:path'
import { removeFile } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import { fileExists } from './copy-file.ts'

/** What leaves a data folder that is no gateway's when it is cut short; the file that says so. */
export const UNFINISHED = {
  restore: {
    file: 'restore-unfinished',
    remedy: 'Restore the backup again: raccord restore BACKUP --data FOLDER --force',
  },
  reset: { file: 'reset-unfinished', remedy: 'Finish it: raccord reset --yes --data FOLDER' },
} as const

type Work = keyof typeof UNFINISHED

/** Marks a data folder, durably, until the work on it is done: no gateway starts on a part of it. */
export async function beginWork(dataFolder: string, work: Work): Promise<void> {
  const file = await open(join(dataFolder, UNFINISHED[work].file), 'w', 0o600)
  try {
    await file.writeFile(`A ${work} of this folder was begun and is not done.\n`)
    await file.sync()
  } finally {
    await file.close()
  }
}

export async function endWork(dataFolder: string, work: Work): Promise<void> {
  await removeFile(join(dataFolder, UNFINISHED[work].file))
}

/** @throws GatewayError DATA_FOLDER_UNUSABLE when a restore or a reset of the folder was cut short */
export async function requireWhole(dataFolder: string): Promise<void> {
  for (const work of ['restore', 'reset'] as const) {
    const { file, remedy } = UNFINISHED[work]
    if (!(await fileExists(join(dataFolder, file)))) continue
    throw new GatewayError(
      'DATA_FOLDER_UNUSABLE',
      `The data folder ${dataFolder} cannot be used: a ${work} of it was cut short.`,
      { remedy },
    )
  }
}
