import { GatewayError } from '../errors.ts'
import type { Logger } from '../logger.ts'
import type { Journal } from './journal.ts'
import { openSqliteJournal } from './sqlite/sqlite-journal.ts'

export interface JournalOptions {
  /** Setting `journal.url`. */
  readonly url: string
  /** Setting `data`: where the journal is when the URL does not say. */
  readonly dataFolder: string
  /** Reads are few and short, as of a process that only listens: an engine may save a thread. */
  readonly isMostlyWritten?: boolean
  readonly log: Logger
}

/** One line an engine. `place` is what follows the scheme. */
const ENGINES: Readonly<
  Record<string, (place: string, options: JournalOptions) => Promise<Journal>>
> = {
  'sqlite:': (place, { dataFolder, ...options }) =>
    openSqliteJournal({ ...options, folder: place === '' ? dataFolder : place }),
  'postgres:': (place, { log }) => openPostgres(`postgres:${place}`, log),
  'postgresql:': (place, { log }) => openPostgres(`postgresql:${place}`, log),
}

/**
 * Opens the journal that `journal.url` names: `sqlite:` in the data folder, `sqlite:/folder` in
 * another one, `postgres://user:password@host:port/database` on a server.
 * @throws GatewayError CONFIG_INVALID for a scheme that no engine has, or a URL without a database
 */
export async function openJournal(options: JournalOptions): Promise<Journal> {
  const scheme = options.url.slice(0, options.url.indexOf(':') + 1)
  const open = ENGINES[scheme]
  if (open === undefined) {
    throw new GatewayError(
      'CONFIG_INVALID',
      // Not the whole URL: it may carry a password.
      `journal.url names no engine: "${scheme}"; known are ${Object.keys(ENGINES).join(', ')}`,
    )
  }
  return open(options.url.slice(scheme.length), options)
}

/** Its driver is loaded by those who use it only. */
async function openPostgres(url: string, log: Logger): Promise<Journal> {
  const parsed = URL.parse(url)
  if (parsed === null || parsed.hostname === '' || parsed.pathname.length < 2) {
    throw new GatewayError(
      'CONFIG_INVALID',
      'journal.url names no database: postgres://user:password@host:port/database',
    )
  }
  const { openPostgresJournal } = await import('./postgres/postgres-journal.ts')
  return openPostgresJournal({ url, log })
}
