import { existsSync } from 'node:fs'
import { Socket } from 'node:net'
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
const STATEMENT_MILLISECONDS = 20_000
/** The server itself ends a statement before: who says nothing for so long has hung. */
const SILENCE_MILLISECONDS = 25_000
const GOODBYE_MILLISECONDS = 2_000
const BUSY_MILLISECONDS = 5_000

/** The folder of a journal of SQLite; undefined = it is on a server. */
export function sqliteFolder(url: string, dataFolder: string): string | undefined {
  if (!url.startsWith('sqlite:')) return undefined
  const place = url.slice('sqlite:'.length)
  return place === '' ? dataFolder : place
}

/**
 * Opens the journal that `journal.url` names, to read.
 * @param silenceMilliseconds a server that says nothing for so long has hung; for tests
 * @returns undefined when there is no file of it
 * @throws what the driver or the server says
 */
export async function openJournalView(
  url: string,
  dataFolder: string,
  silenceMilliseconds = SILENCE_MILLISECONDS,
): Promise<JournalView | undefined> {
  const folder = sqliteFolder(url, dataFolder)
  return folder === undefined
    ? openServer(url, silenceMilliseconds)
    : openFile(join(folder, DATABASE_FILE))
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

async function openServer(url: string, silenceMilliseconds: number): Promise<JournalView> {
  const line = new Socket()
  const client = new Client({
    connectionString: url,
    application_name: 'raccord doctor',
    connectionTimeoutMillis: CONNECT_MILLISECONDS,
    statement_timeout: STATEMENT_MILLISECONDS,
    stream: () => line,
  })
  client.on('error', () => {})
  /** One that has fallen silent says nothing to a goodbye either. */
  const close = (): Promise<void> =>
    answered(client.end(), GOODBYE_MILLISECONDS)
      .catch(() => {})
      .finally(() => line.destroy())
  const query = (statement: string): Promise<readonly Row[]> =>
    answered(client.query<Row>(statement), silenceMilliseconds).then(
      ({ rows }) => rows,
      (error: unknown) => {
        // What is asked behind it would wait as long, one after the other.
        if (error instanceof SilentServer) line.destroy(error)
        throw error
      },
    )
  try {
    await client.connect()
    await query('set default_transaction_read_only = on')
  } catch (error) {
    await close()
    throw error
  }
  // One statement at a time is what the driver takes.
  let last: Promise<unknown> = Promise.resolve()
  return {
    engine: 'postgres',
    read: (statement) => {
      const answer = last.then(() => query(statement))
      last = answer.catch(() => {})
      return answer
    },
    close,
  }
}

class SilentServer extends Error {
  constructor(milliseconds: number) {
    super(`the server says nothing for ${milliseconds / 1_000} s`)
  }
}

/** @throws SilentServer after so long */
async function answered<Answer>(answer: Promise<Answer>, milliseconds: number): Promise<Answer> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new SilentServer(milliseconds)), milliseconds)
  try {
    return await Promise.race([answer, promise])
  } finally {
    clearTimeout(timer)
    answer.catch(() => {}) // what it comes to later is about nobody
  }
}
