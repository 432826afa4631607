import { isAbsolute, join, relative, sep } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { identityFolder } from '../identity-folder.ts'
import { DATABASE_FILE } from '../journal/sqlite/thread-messages.ts'
import { UNFINISHED } from './unfinished-work.ts'

/** Where the parts of a gateway are that are files; the same for backup and restore. */
export interface BackupParts {
  readonly engine: 'sqlite' | 'postgres'
  /** Folder of the journal, on SQLite. */
  readonly journalFolder: string
  /** Undefined: the contents are in a bucket. */
  readonly payloadFolder: string | undefined
  /** Folders and files by their name in the backup; one that is not there is left out. */
  readonly folders: Readonly<Record<string, string>>
}

/**
 * Not among them, because a gateway does without: unfinished uploads (partners send them again),
 * transcripts of sessions that go on, work folders, the run file and locks.
 */
export function backupParts(config: Config): BackupParts {
  const { data } = config
  const [journal, payloads] = [config.journal.url, config.payloads.url]
  const isSqlite = journal.startsWith('sqlite:')
  const place = journal.slice('sqlite:'.length)
  const path = payloads.slice('file:'.length).replace(/^\/\//, '')
  const payloadFolder = path === '' ? 'payloads' : path
  return {
    engine: isSqlite ? 'sqlite' : 'postgres',
    journalFolder: isSqlite && place !== '' ? place : data,
    payloadFolder: !payloads.startsWith('file:')
      ? undefined
      : isAbsolute(payloadFolder)
        ? payloadFolder
        : join(data, payloadFolder),
    folders: {
      identity: identityFolder(config),
      partners: join(data, 'partners'),
      landing: join(data, 'landing'),
    },
  }
}

/** In a data folder, beside the parts above; they are made anew where they are missing. */
const MADE_ANEW: readonly string[] = [
  DATABASE_FILE,
  `${DATABASE_FILE}-wal`,
  `${DATABASE_FILE}-shm`,
  'holder',
  'staging',
  'transcripts',
  'work',
  'work-out',
  'run.json',
  UNFINISHED.restore.file,
  UNFINISHED.reset.file,
]

/** Names in a data folder that are the gateway's; others are there by somebody's hand. */
export function ownNames(config: Config): ReadonlySet<string> {
  const { journalFolder, payloadFolder, folders } = backupParts(config)
  const places = [journalFolder, payloadFolder ?? '', ...Object.values(folders)]
  const names = places.map((place) => relative(config.data, place).split(sep)[0] ?? '')
  return new Set([...MADE_ANEW, ...names])
}
