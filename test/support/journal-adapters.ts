import { randomBytes } from 'node:crypto'
import { onTestFinished } from 'vitest'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { createDatabase, dropDatabase, hasPostgres, startPostgres } from './services.ts'
import { temporaryFolder } from './temporary-folder.ts'
import { DATABASES_VARIABLE } from './test-journal.ts'

/** An engine of the journal, as the contract suites run against it. */
export interface JournalAdapter {
  readonly name: string
  /** Only one process at a time may open it. */
  readonly isExclusive: boolean
  /** An empty place of the test that asks, gone when the test has finished. */
  prepare(): Promise<JournalPlace>
}

export interface JournalPlace {
  readonly url: string
  readonly dataFolder: string
  /** Opens the journal there; closed when the test has finished. */
  open(): Promise<Journal>
}

const sqlite: JournalAdapter = {
  name: 'sqlite',
  isExclusive: true,
  async prepare() {
    const dataFolder = await temporaryFolder()
    return place('sqlite:', dataFolder)
  },
}

/** A database for each test: on the server of the project, or outside of it on one of its own. */
const postgres: JournalAdapter = {
  name: 'postgres',
  isExclusive: false,
  async prepare() {
    const server = process.env[DATABASES_VARIABLE] ?? (await ownServer())
    const name = `journal_${randomBytes(8).toString('hex')}`
    await createDatabase(server, name)
    onTestFinished(() => dropDatabase(server, name))
    return place(`${server}${name}`, await temporaryFolder())
  },
}

async function ownServer(): Promise<string> {
  const server = await startPostgres()
  onTestFinished(() => server.remove())
  return server.url('')
}

export const JOURNAL_ADAPTERS: readonly JournalAdapter[] = hasPostgres
  ? [sqlite, postgres]
  : [sqlite]

function place(url: string, dataFolder: string): JournalPlace {
  return {
    url,
    dataFolder,
    async open() {
      const journal = await openJournal({ url, dataFolder, log: createLogger('silent') })
      onTestFinished(() => journal.close())
      return journal
    },
  }
}
