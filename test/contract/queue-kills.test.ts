import { describe, expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../gateway/logger.ts'
import { openQueue } from '../../gateway/queue/open-queue.ts'
import type { Job } from '../../gateway/queue/queue.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { killJobHolder } from '../support/journal-kills.ts'

describe.each(JOURNAL_ADAPTERS)(
  'the work queue of a process on $name that was killed',
  (adapter) => {
    test('gives its jobs to the next process once their leases have run out', async () => {
      const place = await adapter.prepare()
      const log = createLogger('silent')
      const jobs = ([1, 2, 3] as const).map((n): Job => ({
        id: `extract-flw_${n}`,
        kind: 'extract',
        flowId: `flw_${n}`,
      }))
      const before = await place.open()
      await (await openQueue({ url: 'journal:', journal: before, log })).enqueue(jobs)
      await before.close()
      const held = await killJobHolder(place, { leaseMilliseconds: 1_000, jobs: jobs.length })
      expect(held.toSorted()).toEqual(jobs.map(({ id }) => id))

      const journal = await place.open()
      const queue = await openQueue({ url: 'journal:', journal, log })
      onTestFinished(() => queue.stop(0))
      const attempts: number[] = []
      queue.start({
        concurrency: 4,
        leaseMilliseconds: 30_000,
        retryDelay: () => 0,
        handle: async (job) => void attempts.push(job.attempts),
      })
      await expect.poll(() => attempts, { timeout: 60_000, interval: 5 }).toEqual([0, 0, 0])
      await expect.poll(() => queue.counts(), { timeout: 60_000, interval: 5 }).toEqual([])
    })
  },
)
