import { onTestFinished } from 'vitest'
import type { Journal } from '../../gateway/journal/journal.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
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

export const JOURNAL_ADAPTERS: readonly JournalAdapter[] = [
  {
    name: 'sqlite',
    isExclusive: true,
    async prepare() {
      const dataFolder = await temporaryFolder()
      return place('sqlite:', dataFolder)
    },
  },
]

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
