import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openQueue } from '../../gateway/queue/open-queue.ts'
import { sayLine } from './say-line.ts'

/**
 * A process that takes jobs from the queue on a journal, says their ids and never ends them.
 * Arguments: journal URL, data folder, lease in milliseconds.
 */

const [url = '', dataFolder = '', leaseMilliseconds = ''] = process.argv.slice(2)
const log = createLogger('silent')
const journal = await openJournal({ url, dataFolder, log })
const queue = await openQueue({ url: 'journal:', journal, log })
queue.start({
  concurrency: 4,
  leaseMilliseconds: Number(leaseMilliseconds),
  retryDelay: () => 0,
  handle: async (job) => {
    sayLine(job.id)
    await new Promise(() => {})
  },
})
