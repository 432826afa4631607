import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { DATABASE_FILE } from '../journal/sqlite/thread-messages.ts'

type Row = Readonly<Record<string, string | number | null>>

/** Reads of a journal from beside the gateway: it is neither locked nor brought to a schema. */
export interface JournalView {
  readonly engine: 'sqlite' | 'postgres'
  /** Statements that both engines understand; PostgreSQL gives large numbers as text. */
  read(statement: string): Promise<readonly Row[]>
  close(): Promise<void>
}

const CONNECT_MILLISECONDS = 5_000
const STATEMENT_MILLISECONDS = 30_000
const BUSY_MILLISECONDS = 5_000

/** The folder of a journal of SQLite; undefined = it is on a server. */
export function sqliteFolder(url: string, dataFolder: string): string | undefined {
  if (!url.startsWith('sqlite:')) return undefined
  const place = url.slice('sqlite:'.length)
  return place === '' ? dataFolder : place
}

/**
 * Opens the journal that `journal.url` names, to read.
 * @returns undefined when there is no file of it
 * @throws what the driver or the server says
 */
export async function openJournalView(
  url: string,
  dataFolder: string,
): Promise<JournalView | undefined> {
  const folder = sqliteFolder(url, dataFolder)
  return folder === undefined ? openServer(url) : openFile(join(folder, DATABASE_FILE))
}

function openFile(path: string): JournalView | undefined {
  if (!existsSync(path)) return undefined
  const database = new DatabaseSync(path, { readOnly: true, timeout: BUSY_MILLISECONDS })
  return {
    engine: 'sqlite',
    read: async (statement) => database.prepare(statement).all() as Row[],
    close: async () => database.close(),
  }
}

async function openServer(url: string): Promise<JournalView> {
  const client = new Client({
    connectionString: url,
    application_name: 'raccord doctor',
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    statement_timeout: STATEMENT_MILLISECONDS,
  })
  client.on('error', () => {})
  try {
    await client.connect()
    await client.query('set default_transaction_read_only = on')
  } catch (error) {
    await client.end().catch(() => {})
    throw error
  }
  // One statement at a time is what the driver takes.
  let last: Promise<unknown> = Promise.resolve()
  return {
    engine: 'postgres',
    read: (statement) => {
      const answer = last.then(async () => (await client.query<Row>(statement)).rows)
      last = answer.catch(() => {})
      return answer
    },
    close: () => client.end(),
  }
}
