import { mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { shownConfig } from '../../config/shown-config.ts'
import { isMissing } from '../durable-files.ts'
import { GatewayError } from '../errors.ts'
import { holdRemovals } from '../payloads/files/removal-hold.ts'
import { VERSION } from '../version.ts'
import { sha256Of, writeManifest, type BackupFile, type BackupManifest } from './backup-manifest.ts'
import { backupParts, type BackupParts } from './backup-parts.ts'
import { copyFile, eachOf, filesBeneath, linkFile } from './copy-file.ts'
import { snapshotPostgres } from './postgres-snapshot.ts'
import { snapshotSqlite, type JournalSnapshot } from './sqlite-snapshot.ts'

export interface BackupOrder {
  readonly config: Config
  /** The settings file in use, when there is one. */
  readonly configFile?: string | undefined
  /** Made, and empty until then. */
  readonly folder: string
  /** Contents get a second name instead of a copy: quick, and on the same disk. */
  readonly areLinked?: boolean
}

const ADDRESS = /^[0-9a-f]{64}$/

/**
 * Makes a backup of a data folder while gateways work on it, or not: the journal as of one moment,
 * then every content that it names, keys, settings, and at last the manifest. Contents never change,
 * and none is removed meanwhile, so that the two fit together.
 * @throws GatewayError BACKUP_PLACE_TAKEN, BACKUP_UNFIT, JOURNAL_UNAVAILABLE
 */
export async function backUp(order: BackupOrder): Promise<BackupManifest> {
  const { config, folder } = order
  await makeEmpty(folder)
  const parts = backupParts(config)
  const hold = parts.payloadFolder === undefined ? undefined : await holdStore(parts.payloadFolder)
  try {
    const takenAt = new Date().toISOString()
    const files: BackupFile[] = []
    const { environment, ...journal } = await snapshotJournal(order, parts, files)
    const payloads = await copyPayloads(order, parts, files)
    for (const [name, from] of Object.entries(parts.folders)) {
      await copyFolder(from, folder, name, files)
    }
    await copyOne(join(config.data, 'holder'), folder, 'holder', files)
    await copySettings(order, files)
    const manifest: BackupManifest = {
      format: 'raccord-backup-1',
      version: VERSION,
      takenAt,
      // By the journal: the settings that this command was given may say another.
      environment: environment ?? config.environment,
      journal: { engine: parts.engine, ...journal },
      payloads: { engine: parts.payloadFolder === undefined ? 's3' : 'files', ...payloads },
      left: filesOfSettings(config),
      files: files.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    }
    await writeManifest(folder, manifest)
    return manifest
  } finally {
    await hold?.release()
  }
}

async function holdStore(folder: string): ReturnType<typeof holdRemovals> {
  try {
    return await holdRemovals(folder)
  } catch (cause) {
    if (!isMissing(cause)) throw cause
    throw new GatewayError('BACKUP_UNFIT', `There is no store of contents in ${folder}.`, { cause })
  }
}

async function makeEmpty(folder: string): Promise<void> {
  const present = await readdir(folder).catch((error: unknown) => {
    if (isMissing(error)) return []
    throw error
  })
  if (present.length > 0) {
    throw new GatewayError('BACKUP_PLACE_TAKEN', `${folder} is not empty.`)
  }
  await mkdir(folder, { recursive: true, mode: 0o700 })
}

async function snapshotJournal(
  { config, folder }: BackupOrder,
  parts: BackupParts,
  files: BackupFile[],
): Promise<
  Pick<BackupManifest['journal'], 'steps' | 'tables'> & Pick<JournalSnapshot, 'environment'>
> {
  const place = join(folder, 'journal')
  await mkdir(place, { mode: 0o700 })
  const { steps, environment, tables } =
    parts.engine === 'postgres'
      ? await snapshotPostgres(config.journal.url, place)
      : {
          ...(await snapshotSqlite(parts.journalFolder, join(place, 'journal.sqlite'))),
          tables: {},
        }
  for (const name of await filesBeneath(place)) {
    const path = join(place, name)
    const { size } = await stat(path)
    files.push({ path: `journal/${name}`, bytes: size, sha256: await sha256Of(path) })
  }
  return { steps: [...steps], environment, tables: { ...tables } }
}

async function copyPayloads(
  { folder, areLinked = false }: BackupOrder,
  { payloadFolder }: BackupParts,
  files: BackupFile[],
): Promise<Omit<BackupManifest['payloads'], 'engine'>> {
  const tally = { areCopied: payloadFolder !== undefined, count: 0, bytes: 0 }
  const damaged: string[] = []
  if (payloadFolder === undefined) return { ...tally, damaged }
  const copy = areLinked ? linkFile : copyFile
  for (const shard of (await readdir(payloadFolder)).filter((name) => /^[0-9a-f]{2}$/.test(name))) {
    const names = await readdir(join(payloadFolder, shard))
    await eachOf(
      names.filter((name) => ADDRESS.test(name)),
      async (name) => {
        const path = `payloads/${shard}/${name}`
        const copied = await copy(join(payloadFolder, shard, name), join(folder, path))
        if (copied === undefined) return
        files.push({ path, ...copied })
        tally.count += 1
        tally.bytes += copied.bytes
        if (copied.sha256 !== name) damaged.push(name)
      },
    )
  }
  await copyOne(join(payloadFolder, 'store-name'), folder, 'payloads/store-name', files)
  return { ...tally, damaged: damaged.toSorted() }
}

async function copyFolder(
  from: string,
  folder: string,
  name: string,
  files: BackupFile[],
): Promise<void> {
  for (const path of await filesBeneath(from)) {
    await copyOne(join(from, path), folder, `${name}/${path}`, files)
  }
}

async function copyOne(
  from: string,
  folder: string,
  path: string,
  files: BackupFile[],
): Promise<void> {
  const copied = await copyFile(from, join(folder, path))
  if (copied !== undefined) files.push({ path, ...copied })
}

/** The settings file as it is, and all settings in force with their secrets hidden. */
async function copySettings(
  { config, configFile, folder }: BackupOrder,
  files: BackupFile[],
): Promise<void> {
  const place = join(folder, 'settings')
  await mkdir(place, { mode: 0o700 })
  if (configFile !== undefined) {
    await copyOne(configFile, folder, `settings/${basename(configFile)}`, files)
  }
  const shown = join(place, 'in-force.json')
  const text = `${JSON.stringify(shownConfig(config), null, 2)}\n`
  await writeFile(shown, text, { mode: 0o600, flush: true, flag: 'wx' })
  const bytes = Buffer.byteLength(text)
  files.push({ path: 'settings/in-force.json', bytes, sha256: await sha256Of(shown) })
}

/** Files elsewhere that settings name: their owner has them. */
function filesOfSettings({ api, as2, certs }: Config): string[] {
  const named = [
    api.certificateFile,
    api.keyFile,
    as2.certificateFile,
    as2.keyFile,
    certs.trustFolder,
    certs.revocationLists,
  ]
  return named.filter((path) => path !== '')
}
