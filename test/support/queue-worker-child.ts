import { setTimeout as sleep } from 'node:timers/promises'
import { openBullmqQueue } from '../../gateway/queue/bullmq/bullmq-queue.ts'
import { createLogger } from '../../gateway/logger.ts'
import { sayLine } from './say-line.ts'

/** A process that takes jobs from the queue on Redis and says the id of each it has handled. */

const queue = openBullmqQueue({ url: process.argv[2] ?? '', log: createLogger('silent') })
queue.start({
  concurrency: 4,
  // Longer than a busy machine lets a process stand still; what is killed comes back after it.
  leaseMilliseconds: 5_000,
  retryDelay: () => 0,
  handle: async (job) => {
    await sleep(5)
    sayLine(job.id)
  },
})
