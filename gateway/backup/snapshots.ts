import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { isMissing } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import { backUp } from './back-up.ts'
import { readManifest, type BackupManifest } from './backup-manifest.ts'
import { removeFolder } from './copy-file.ts'
import { restore } from './restore.ts'

const NAME = /^[A-Za-z0-9][\w.-]{0,59}$/

export const isSnapshotName = (name: string): boolean => NAME.test(name)

/** Snapshots of a data folder, by name; they are backups beneath it. */
export async function listSnapshots(config: Config): Promise<
  readonly {
    readonly name: string
    readonly takenAt: string
    readonly contents: number
  }[]
> {
  const names = await readdir(join(config.data, 'snapshots')).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const found = []
  for (const name of names.toSorted((one, other) => one.localeCompare(other))) {
    const manifest = await readManifest(folderOf(config, name)).catch(() => undefined)
    if (manifest === undefined) continue
    found.push({ name, takenAt: manifest.takenAt, contents: manifest.payloads.count })
  }
  return found
}

/** @param isReplacing one of that name goes first */
export async function saveSnapshot(
  config: Config,
  name: string,
  isReplacing: boolean,
): Promise<BackupManifest> {
  const folder = folderOf(config, name)
  if (isReplacing) await removeFolder(folder)
  return await backUp({ config, folder, areLinked: true })
}

/**
 * Takes a data folder on which no gateway runs back to a snapshot; what came since is gone.
 * @throws GatewayError NOT_IN_PRODUCTION, BACKUP_UNFIT, DATA_FOLDER_IN_USE
 */
export async function restoreSnapshot(config: Config, name: string): Promise<BackupManifest> {
  if (config.environment === 'production') {
    throw new GatewayError('NOT_IN_PRODUCTION', 'Production goes back to a backup only.')
  }
  const { manifest, putAside } = await restore({
    config,
    folder: folderOf(config, name),
    force: true,
    holdReturns: false,
    skipNumbers: 0,
  })
  if (putAside !== undefined) await removeFolder(putAside)
  return manifest
}

export async function removeSnapshot(config: Config, name: string): Promise<void> {
  await readManifest(folderOf(config, name))
  await removeFolder(folderOf(config, name))
}

const folderOf = ({ data }: Config, name: string): string => join(data, 'snapshots', name)
