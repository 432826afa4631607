import type { Journal } from '../journal/journal.ts'
import type { Logger } from '../logger.ts'
import type { ConnectionDirectory } from './directory.ts'

/** Another process may have written: half of what a change may take to be known (architecture). */
const POLL_MILLISECONDS = 500

/**
 * Keeps a directory as the journal is: at once after a change of this process, and looking itself
 * where other processes write too, or after the journal could not be read.
 * @returns stops following
 */
export function followJournal(options: {
  readonly directory: ConnectionDirectory
  readonly journal: Journal
  readonly log: Logger
  /** Default: where the engine has several processes. */
  readonly polls?: boolean
}): () => void {
  const { directory, journal, log, polls = journal.engine !== 'sqlite' } = options
  let isStale = false
  let isOver = false
  const refresh = async (): Promise<void> => {
    try {
      await directory.refresh()
      if (isStale) log.info('connections are read again')
      isStale = false
    } catch (err) {
      if (isOver) return
      if (!isStale) log.error({ err }, 'connections could not be read again')
      isStale = true
    }
  }
  const unsubscribe = journal.subscribe('connections', () => void refresh())
  const timer = setInterval(() => {
    if (polls || isStale) void refresh()
  }, POLL_MILLISECONDS)
  timer.unref()
  return () => {
    isOver = true
    unsubscribe()
    clearInterval(timer)
  }
}
