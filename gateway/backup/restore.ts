import { mkdir, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { PLATFORM_CODE } from '../../config/flow-name.ts'
import type { Config } from '../../config/schema.ts'
import { openDataFolder } from '../data-folder.ts'
import { isMissing } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import { MIGRATIONS } from '../journal/migrations/migrate.ts'
import { lockFolder } from '../journal/sqlite/folder-lock.ts'
import { DATABASE_FILE } from '../journal/sqlite/thread-messages.ts'
import {
  checkFiles,
  readManifest,
  type BackupFile,
  type BackupManifest,
} from './backup-manifest.ts'
import { backupParts, type BackupParts } from './backup-parts.ts'
import { copyFile, eachOf } from './copy-file.ts'
import { requireRoomInPostgres, restorePostgres } from './postgres-restore.ts'
import { beginWork, endWork, UNFINISHED } from './unfinished-work.ts'

export interface RestoreOrder {
  /** Where it is restored to: its data folder, journal and payloads. */
  readonly config: Config
  /** Of the backup. */
  readonly folder: string
  /** What is there is put aside first; tables of PostgreSQL are dropped. */
  readonly force: boolean
  /** Return flows that were to be delivered wait for an operator. */
  readonly holdReturns: boolean
  /** Numbers of return flows that are left out: those issued since must not come again. */
  readonly skipNumbers: number
}

export interface Restored {
  readonly manifest: BackupManifest
  /** Where the former content of the data folder is. */
  readonly putAside: string | undefined
}

/** What is not asked whether the folder is empty: it is there before anything is kept. */
const LOCK_FILES = new Set(['lock.sqlite', 'lock.sqlite-journal'])

/**
 * Restores a backup, once it was found to be whole. The gateway must not run, and does not start on what
 * a restore left that was cut short.
 * @throws GatewayError BACKUP_UNFIT, BACKUP_DAMAGED, BACKUP_PLACE_TAKEN, DATA_FOLDER_IN_USE
 */
export async function restore(order: RestoreOrder): Promise<Restored> {
  const { config, folder } = order
  const manifest = await readManifest(folder)
  const parts = backupParts(config)
  requireFit(manifest, parts, config)
  await checkFiles(folder, manifest.files)
  await openDataFolder(config.data)
  const lock = lockFolder(config.data)
  try {
    if (parts.engine === 'postgres') {
      await requireRoomInPostgres(config.journal.url, order.force)
    }
    await requireRoom(order, parts)
    await beginWork(config.data, 'restore')
    const putAside = await putContentAside(config.data)
    const target = (path: string): string | undefined => targetOf(path, config, parts)
    const journal: BackupFile[] = []
    await eachOf(manifest.files, async (file) => {
      if (file.path.startsWith('journal/')) journal.push(file)
      else await copyTo(folder, file, target(file.path))
    })
    const repairs = repairsOf(order)
    if (parts.engine === 'postgres') {
      const { steps, tables } = manifest.journal
      const { force } = order
      await restorePostgres(config.journal.url, join(folder, 'journal'), {
        steps,
        tables,
        force,
        repairs,
      })
    } else {
      for (const file of journal) await copyTo(folder, file, target(file.path))
      repairSqlite(join(parts.journalFolder, DATABASE_FILE), repairs)
    }
    await endWork(config.data, 'restore')
    return { manifest, putAside }
  } finally {
    lock.close()
  }
}

function requireFit(
  { environment, journal, payloads }: BackupManifest,
  parts: BackupParts,
  config: Config,
): void {
  const newer = journal.steps.filter((step) => !(step in MIGRATIONS))
  if (newer.length > 0) {
    throw unfit(`it was made by a newer version (its journal has the step ${newer.at(-1)})`)
  }
  if (journal.engine !== parts.engine) {
    throw unfit(`its journal is of ${journal.engine}, and journal.url names ${parts.engine}`)
  }
  if (environment !== config.environment) {
    throw unfit(`it is of ${environment}, and the settings say ${config.environment}`)
  }
  if (payloads.areCopied !== (parts.payloadFolder !== undefined)) {
    throw unfit(
      payloads.areCopied
        ? 'it has contents as files, and payloads.url names a bucket'
        : 'its contents are in a bucket, and payloads.url names a folder',
    )
  }
}

const unfit = (why: string): GatewayError =>
  new GatewayError('BACKUP_UNFIT', `This backup cannot be restored here: ${why}.`)

/** @throws GatewayError BACKUP_PLACE_TAKEN */
async function requireRoom(
  { config, force }: RestoreOrder,
  { journalFolder, payloadFolder, folders }: BackupParts,
): Promise<void> {
  const isElsewhere = (folder: string): boolean =>
    relative(config.data, folder).split(sep).includes('..')
  for (const folder of [journalFolder, payloadFolder, folders['identity']]) {
    if (folder === undefined || !isElsewhere(folder)) continue
    if ((await contentOf(folder)).length > 0) {
      throw new GatewayError('BACKUP_PLACE_TAKEN', `${folder} is not empty: put it aside yourself.`)
    }
  }
  if (force || (await contentOf(config.data)).length === 0) return
  throw new GatewayError('BACKUP_PLACE_TAKEN', `${config.data} is not empty.`)
}

/** @returns where what was in the folder is then, within it; undefined: there was nothing */
async function putContentAside(folder: string): Promise<string | undefined> {
  const present = await contentOf(folder)
  if (present.length === 0) return undefined
  const aside = join(folder, `replaced-${new Date().toISOString().replaceAll(/[:.]/g, '-')}`)
  await mkdir(aside, { mode: 0o700 })
  for (const name of present) await rename(join(folder, name), join(aside, name))
  return aside
}

async function contentOf(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  return names.filter((name) => !LOCK_FILES.has(name) && !KEPT.test(name))
}
/** Snapshots are of this folder, and what was put aside before, or says so, stays where it is. */
const KEPT = new RegExp(`^(snapshots|replaced-.*|${UNFINISHED.restore.file})$`)

/** Where a file of a backup belongs; undefined: nowhere, people read it. */
function targetOf(path: string, config: Config, parts: BackupParts): string | undefined {
  const [part, ...rest] = path.split('/')
  const within = (folder: string | undefined) =>
    folder === undefined ? undefined : join(folder, ...rest)
  switch (part) {
    case 'journal':
      return within(parts.journalFolder)
    case 'payloads':
      return within(parts.payloadFolder)
    case 'holder':
      return join(config.data, 'holder')
    default:
      return within(parts.folders[part ?? ''])
  }
}

async function copyTo(folder: string, file: BackupFile, to: string | undefined): Promise<void> {
  if (to === undefined) return
  await mkdir(dirname(to), { recursive: true, mode: 0o700 })
  await rm(to, { force: true })
  const copied = await copyFile(join(folder, file.path), to)
  if (copied?.sha256 === file.sha256) return
  throw new GatewayError('BACKUP_DAMAGED', `${file.path} changed while it was being restored.`)
}

/**
 * What a journal of some time ago must not say: that processes live, that unfinished uploads are
 * there, that numbers are free that were given since.
 */
function repairsOf({ holdReturns, skipNumbers }: RestoreOrder): readonly string[] {
  return [
    'delete from processes',
    'delete from staged_parts',
    `update counters set value = value + ${Math.trunc(skipNumbers)}
      where name like '${PLATFORM_CODE} %'`,
    ...(holdReturns
      ? [`update return_flows set state = 'HELD' where state in ('OFFERED', 'SENDING')`]
      : []),
  ]
}

function repairSqlite(file: string, repairs: readonly string[]): void {
  const database = new DatabaseSync(file)
  try {
    database.exec(`begin immediate; ${repairs.join('; ')}; commit`)
  } finally {
    database.close()
  }
}
