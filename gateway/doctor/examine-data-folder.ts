import { access, constants, open, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { errorCode } from '../durable-files.ts'
import { found, well, type Diagnosis } from './diagnosis.ts'
import { modeOf, octal } from './examine-settings.ts'
import { sqliteFolder } from './journal-view.ts'
import type { FileSystem } from './machine.ts'
import type { Patient } from './patient.ts'

const OTHERS_MAY = 0o077
/** A flow is a file or two, and a transcript. */
const FEWEST_INODES = 10_000
const FEWEST_INODES_SHARE = 0.02

/** Magic numbers (statfs(2)) of file systems that other machines write to. */
const NETWORK_TYPES: ReadonlyMap<number, string> = new Map([
  [0x6969, 'NFS'],
  [0xff534d42, 'CIFS'],
  [0xfe534d42, 'SMB2'],
  [0x517b, 'SMB'],
  [0x01021997, '9p'],
  [0x00c36400, 'Ceph'],
  [0x0bd00bd0, 'Lustre'],
  [0x5346414f, 'AFS'],
  [0x47504653, 'GPFS'],
])

/** The data folder: there, writable, one's own, private, on a local disk with room. */
export async function examineDataFolder(patient: Patient): Promise<readonly Diagnosis[]> {
  const folder = patient.config.data
  const facts = await stat(folder).catch((error: unknown) => errorCode(error) ?? 'unknown')
  if (facts === 'ENOENT') return [found('data-folder-missing', folder)]
  if (typeof facts === 'string') return [found('data-folder-unwritable', `${folder} (${facts})`)]
  const refusal = facts.isDirectory() ? await refusalToWrite(folder) : 'ENOTDIR'
  const { userId } = patient.machine
  const fileSystem = await patient.machine.fileSystemOf(folder)
  return [
    refusal === undefined
      ? well(
          { en: 'data folder', fr: 'dossier de données' },
          {
            en: `${folder} writable, ${gibibytes(fileSystem)} GiB free`,
            fr: `${folder} accessible en écriture, ${gibibytes(fileSystem)} Gio libres`,
          },
        )
      : found('data-folder-unwritable', `${folder} (${refusal})`),
    ...(userId === undefined || facts.uid === userId
      ? []
      : [found('data-folder-of-another', `${folder}: ${facts.uid}, ${userId}`)]),
    ...((facts.mode & OTHERS_MAY) === 0 || process.platform === 'win32'
      ? []
      : [found('data-folder-readable', `${folder} (${octal(facts.mode & 0o777)})`)]),
    ...disk(fileSystem, patient),
    ...(await runFileRights(folder)),
  ]
}

function disk(fileSystem: FileSystem, { config }: Patient): Diagnosis[] {
  const { type, freeBytes, inodes, freeInodes } = fileSystem
  const floor = config.limits.minFreeDiskBytes
  const network = NETWORK_TYPES.get(type)
  const isOnIt = sqliteFolder(config.journal.url, config.data) === config.data
  const few = Math.min(FEWEST_INODES, inodes * FEWEST_INODES_SHARE)
  const room = `${gibibytes(fileSystem)} GiB`
  return [
    ...(network !== undefined && isOnIt ? [found('data-folder-on-network', network)] : []),
    ...(freeBytes < floor
      ? [found('disk-full', room)]
      : freeBytes < 2 * floor
        ? [found('disk-low', room)]
        : []),
    ...(inodes > 0 && freeInodes < few ? [found('inodes-low', `${freeInodes} / ${inodes}`)] : []),
  ]
}

/** The code of why no file can be made. Rights alone do not tell: the disk may be read-only. */
async function refusalToWrite(folder: string): Promise<string | undefined> {
  const trial = join(folder, `.doctor.${process.pid}`)
  try {
    await access(folder, constants.W_OK | constants.X_OK)
    await (await open(trial, 'wx', 0o600)).close()
    await rm(trial)
    return undefined
  } catch (error) {
    return errorCode(error) ?? 'unknown'
  }
}

async function runFileRights(folder: string): Promise<Diagnosis[]> {
  const mode = await modeOf(join(folder, 'run.json'))
  return (mode & OTHERS_MAY) === 0 ? [] : [found('token-readable', `run.json (${octal(mode)})`)]
}

const gibibytes = ({ freeBytes }: FileSystem): string => (freeBytes / 1024 ** 3).toFixed(1)
