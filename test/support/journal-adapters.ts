import { afterAll, onTestFinished } from 'vitest'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { hasPostgres, startPostgres, type PostgresServer } from './services.ts'
import { temporaryFolder } from './temporary-folder.ts'

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

/** One server for all tests of a file, a database for each. */
let server: Promise<PostgresServer> | undefined
let databases = 0

const postgres: JournalAdapter = {
  name: 'postgres',
  isExclusive: false,
  async prepare() {
    server ??= startPostgres()
    databases += 1
    const name = `journal_${databases}`
    const running = await server
    await running.createDatabase(name)
    return place(running.url(name), await temporaryFolder())
  },
}

// Stopping a server of a hundred databases takes its time on a busy machine.
afterAll(async () => {
  await (await server)?.remove()
}, 60_000)

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
