import type { Logger } from '../logger.ts'
import type { Job, WorkQueue } from './queue.ts'

/** Long enough for the flows of a busy moment to meet. */
const WAIT_MILLISECONDS = 20
/** More is not kept waiting: a write to the journal has a limit of rows. */
const MAX_JOBS = 500

/**
 * Adds a job at once in a quiet moment; in a busy one those of many flows by one write: one commit
 * for each would cost a small flow as much as its own. Best effort: what is lost or refused the
 * reconciler adds again.
 */
export function enqueueSoon(queue: Pick<WorkQueue, 'enqueue'>, log: Logger): (job: Job) => void {
  let waiting: Job[] = []
  let timer: NodeJS.Timeout | undefined
  let lastAt = Number.NEGATIVE_INFINITY

  function flush(): void {
    clearTimeout(timer)
    lastAt = performance.now()
    const jobs = waiting
    waiting = []
    queue.enqueue(jobs).catch((error: unknown) => {
      const flowIds = jobs.map((job) => job.flowId)
      log.warn({ flowIds, err: error }, 'flows journaled but not queued yet')
    })
  }

  return (job) => {
    waiting.push(job)
    if (waiting.length === MAX_JOBS) flush()
    else if (waiting.length === 1) {
      const wait = lastAt + WAIT_MILLISECONDS - performance.now()
      if (wait <= 0) flush()
      else timer = setTimeout(flush, wait)
    }
  }
}
