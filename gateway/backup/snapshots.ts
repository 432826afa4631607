import { mkdir, mkdtemp, readdir, rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { isMissing } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import { backUp } from './back-up.ts'
import { readManifest, type BackupManifest } from './backup-manifest.ts'
import { ownNames } from './backup-parts.ts'
import { fileExists, removeFolder } from './copy-file.ts'
import { restore } from './restore.ts'

const FOLDER = 'snapshots'
/** Begins what has no name yet. */
const UNNAMED = '.saving-'
/** No save takes as long. */
const FORGOTTEN_MILLISECONDS = 24 * 60 * 60 * 1_000
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
  const names = await readdir(join(config.data, FOLDER)).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  const found = []
  for (const name of names.toSorted((one, other) => one.localeCompare(other))) {
    if (!isSnapshotName(name)) continue
    const manifest = await readManifest(folderOf(config, name)).catch(() => undefined)
    if (manifest === undefined) continue
    found.push({ name, takenAt: manifest.takenAt, contents: manifest.payloads.count })
  }
  return found
}

/**
 * Saves the state under a name: the snapshot has its name once it is whole, and one that it replaces is
 * there until then.
 */
export async function saveSnapshot(
  config: Config,
  name: string,
  isReplacing: boolean,
): Promise<BackupManifest> {
  const folder = folderOf(config, name)
  if (!isReplacing && (await fileExists(folder))) {
    throw new GatewayError('BACKUP_PLACE_TAKEN', `There is a snapshot ${name} already.`)
  }
  await mkdir(join(config.data, FOLDER), { recursive: true, mode: 0o700 })
  await removeForgotten(config)
  const work = await mkdtemp(join(config.data, FOLDER, UNNAMED))
  try {
    const manifest = await backUp({ config, folder: join(work, 'new'), areLinked: true })
    if (await fileExists(folder)) await rename(folder, join(work, 'old'))
    await rename(join(work, 'new'), folder)
    return manifest
  } finally {
    await removeFolder(work)
  }
}

/** What saves that were killed have left behind. */
async function removeForgotten({ data }: Config): Promise<void> {
  for (const name of await readdir(join(data, FOLDER))) {
    if (!name.startsWith(UNNAMED)) continue
    const { mtimeMs } = await stat(join(data, FOLDER, name))
    if (Date.now() - mtimeMs > FORGOTTEN_MILLISECONDS) await removeFolder(join(data, FOLDER, name))
  }
}

/**
 * Takes a data folder on which no gateway runs back to a snapshot; what came since is gone. What is in
 * the folder and not the gateway's stays.
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
  if (putAside !== undefined) {
    await putForeignBack(config, putAside)
    await removeFolder(putAside)
  }
  return manifest
}

async function putForeignBack(config: Config, putAside: string): Promise<void> {
  const own = ownNames(config)
  for (const name of await readdir(putAside)) {
    const place = join(config.data, name)
    if (own.has(name) || (await fileExists(place))) continue
    await rename(join(putAside, name), place)
  }
}

export async function removeSnapshot(config: Config, name: string): Promise<void> {
  await readManifest(folderOf(config, name))
  await removeFolder(folderOf(config, name))
}

const folderOf = ({ data }: Config, name: string): string => join(data, FOLDER, name)
