import { existsSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { GatewayError } from '../errors.ts'
import { MIGRATIONS } from '../journal/migrations/migrate.ts'
import { lockFolder } from '../journal/sqlite/folder-lock.ts'
import { DATABASE_FILE } from '../journal/sqlite/thread-messages.ts'
import { found, saidBy, well, type Diagnosis } from './diagnosis.ts'
import { sqliteFolder, type JournalView } from './journal-view.ts'
import type { Patient } from './patient.ts'
import { fileHolder } from './port-holder.ts'

const SUBJECT = { en: 'journal', fr: 'journal' }
const LOCK_FILE = 'lock.sqlite'
/** A look at every page takes about a second a GiB. */
const MOST_CHECKED_BYTES = 4 * 1024 ** 3
const OLDEST_POSTGRES = 150_000
/** Six that write, four that read, one that listens, one that migrates; three processes. */
const CONNECTIONS_WANTED = 36

/** The journal: reachable, held by the gateway alone, whole, of this program. */
export async function examineJournal(patient: Patient): Promise<readonly Diagnosis[]> {
  const { config } = patient
  const folder = sqliteFolder(config.journal.url, config.data)
  const locked = folder === undefined ? [] : await lock(folder, patient)
  let view: JournalView | undefined
  try {
    view = await patient.journal()
    if (view === undefined) return locked
    const state =
      folder === undefined ? await server(view) : await file(view, join(folder, DATABASE_FILE))
    return [...locked, ...state, ...(await schema(view))]
  } catch (error) {
    const problem = folder === undefined ? 'journal-unreachable' : 'journal-damaged'
    return [...locked, found(problem, saidBy(error))]
  }
}

/** Held although no gateway that we know of is there. While one runs, the lock is its own. */
async function lock(folder: string, { isRunning }: Patient): Promise<Diagnosis[]> {
  const file = join(folder, LOCK_FILE)
  if (isRunning || !existsSync(file)) return []
  try {
    lockFolder(folder).close()
    return []
  } catch (error) {
    if (!(error instanceof GatewayError))
      return [found('journal-damaged', `${LOCK_FILE}: ${saidBy(error)}`)]
    const holder = await fileHolder(file)
    return [found('journal-locked', holder ?? folder)]
  }
}

async function file(view: JournalView, path: string): Promise<Diagnosis[]> {
  const { size } = await stat(path)
  const mebibytes = Math.ceil(size / 1024 ** 2)
  if (size > MOST_CHECKED_BYTES) {
    return [
      well(SUBJECT, {
        en: `SQLite, ${mebibytes} MiB, too large to be looked through`,
        fr: `SQLite, ${mebibytes} Mio, trop grand pour être parcouru`,
      }),
    ]
  }
  const [row] = await view.read('pragma quick_check(1)')
  const said = String(row?.['quick_check'] ?? '')
  return [
    said === 'ok'
      ? well(SUBJECT, { en: `SQLite, ${mebibytes} MiB`, fr: `SQLite, ${mebibytes} Mio` })
      : found('journal-damaged', said),
  ]
}

async function server(view: JournalView): Promise<Diagnosis[]> {
  const [row = {}] = await view.read(`
    select current_setting('server_version_num') as version,
      current_setting('server_encoding') as encoding, current_setting('fsync') as fsync,
      current_setting('max_connections')::int
        - current_setting('superuser_reserved_connections')::int as of_server,
      (select datconnlimit from pg_database where datname = current_database()) as of_database,
      (select rolconnlimit from pg_roles where rolname = current_user) as of_role`)
  const version = Number(row['version'])
  const limits = ['of_server', 'of_database', 'of_role'].map((name) => Number(row[name]))
  // -1 = without a limit.
  const least = Math.min(...limits.filter((limit) => limit >= 0))
  const name = `PostgreSQL ${Math.floor(version / 10_000)}`
  const wrong = [
    ...(version < OLDEST_POSTGRES ? [found('postgres-too-old', name)] : []),
    ...(row['encoding'] === 'UTF8' ? [] : [found('postgres-encoding', String(row['encoding']))]),
    ...(least < CONNECTIONS_WANTED ? [found('postgres-connections-few', String(least))] : []),
    ...(row['fsync'] === 'off' ? [found('postgres-unsafe', 'fsync = off')] : []),
  ]
  return wrong.length === 0 ? [well(SUBJECT, name)] : wrong
}

async function schema(view: JournalView): Promise<Diagnosis[]> {
  const rows = await view.read('select name from kysely_migration order by name').catch(() => [])
  const newer = rows.map((row) => String(row['name'])).filter((name) => !(name in MIGRATIONS))
  return newer.length === 0 ? [] : [found('journal-newer', newer.join(', '))]
}
