import { setTimeout as delay } from 'node:timers/promises'
import { expect, onTestFinished, test } from 'vitest'
import type { FlowId } from '../../gateway/flow.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openBullmqQueue } from '../../gateway/queue/bullmq/bullmq-queue.ts'
import { openQueue } from '../../gateway/queue/open-queue.ts'
import {
  JobDelayed,
  type Job,
  type WorkerOptions,
  type WorkQueue,
} from '../../gateway/queue/queue.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { describeWith, isInstalled } from '../support/programs.ts'
import { startRedis } from '../support/redis-server.ts'

interface QueueAdapter {
  readonly name: string
  /** A program of the machine, without which the suite is skipped. */
  readonly program?: string
  prepare(): Promise<QueueStore>
}

interface QueueStore {
  /** A queue as one process has it; several share the store. */
  open(): Promise<WorkQueue>
  /**
   * Makes the lease of who has a job now run out, as if it had hung for long; asked again, that of
   * the same one.
   */
  expireLeases(): Promise<void>
}

const log = createLogger('silent')

const ON_JOURNALS: readonly QueueAdapter[] = JOURNAL_ADAPTERS.map((adapter) => ({
  name: `journal (${adapter.name})`,
  async prepare() {
    const journal = await (await adapter.prepare()).open()
    let token: string | null | undefined
    return {
      open: () => openQueue({ url: 'journal:', journal, log }),
      async expireLeases() {
        const { db } = journal
        const held = db.selectFrom('jobs').select('token').where('state', '=', 'ACTIVE')
        token ??= (await journal.read(held))[0]?.token
        const expired = db.updateTable('jobs').set({ lease_until: 1 })
        await journal.write([{ query: expired.where('token', '=', token ?? '') }])
      },
    }
  },
}))

const ON_REDIS: readonly QueueAdapter[] = [
  { program: 'redis-server' as const },
  // Of Debian 13, not of Debian 12.
  ...(isInstalled('valkey-server') ? [{ program: 'valkey-server' as const }] : []),
].map(({ program }) => ({
  name: `bullmq (${program})`,
  program,
  async prepare() {
    const redis = await startRedis({ program })
    let isDeleted = false
    return {
      open: async () => openBullmqQueue({ url: redis.url, log }),
      async expireLeases() {
        // What is gone its holder cannot prolong.
        if (!isDeleted) await redis.ask('DEL', `{raccord}:flows:${extract(1).id}:lock`)
        isDeleted = true
      },
    }
  },
}))

for (const adapter of [...ON_JOURNALS, ...ON_REDIS]) queueContract(adapter)

/** What every engine of the work queue promises. */
function queueContract(adapter: QueueAdapter): void {
  /** Two queues on one empty store, stopped when the test has finished. */
  const openTwo = async () => {
    const store = await adapter.prepare()
    const queues = [await store.open(), await store.open()] as const
    onTestFinished(async () => {
      await Promise.all(queues.map((queue) => queue.stop(0)))
      await Promise.all(queues.map((queue) => queue.close()))
    })
    return { one: queues[0], other: queues[1], expireLeases: () => store.expireLeases() }
  }
  const openOne = async (): Promise<WorkQueue> => (await openTwo()).one

  const describeHere = describeWith(...(adapter.program === undefined ? [] : [adapter.program]))
  describeHere(`the work queue on ${adapter.name}`, () => {
    test('hands every job to one of its workers', async () => {
      const { one, other } = await openTwo()
      const ran: string[] = []
      const handle = async (job: Job) => void ran.push(job.id)
      const jobs = Array.from({ length: 600 }, (_, n) => extract(n))
      await one.enqueue(jobs.slice(0, 300))
      one.start(worker({ handle }))
      other.start(worker({ handle }))
      await one.enqueue(jobs.slice(300))
      await expect.poll(() => ran.length, PATIENCE).toBe(600)
      await expect.poll(() => one.counts(), PATIENCE).toEqual([])
      expect(ran.toSorted()).toEqual(jobs.map(({ id }) => id).toSorted())
    })

    test('gives a handler the whole job and its failed attempts', async () => {
      const queue = await openOne()
      const seen: unknown[] = []
      queue.start(worker({ handle: async (job) => void seen.push(job) }))
      await queue.enqueue([{ ...chunk(7), parent: 'decide-flw_1' }])
      await expect
        .poll(() => seen, PATIENCE)
        .toEqual([
          {
            id: 'chunk-flw_1-7',
            kind: 'chunk',
            flowId: 'flw_1',
            chunk: 7,
            parent: 'decide-flw_1',
            attempts: 0,
          },
        ])
    })

    test('runs no more jobs at a time than it was told', async () => {
      const queue = await openOne()
      let running = 0
      let most = 0
      let ended = 0
      const three = Promise.withResolvers<void>()
      const handle = async () => {
        running += 1
        most = Math.max(most, running)
        if (running === 3) three.resolve()
        // However long it takes until each has its job.
        await three.promise
        await delay(5)
        running -= 1
        ended += 1
      }
      await queue.enqueue(Array.from({ length: 30 }, (_, n) => extract(n)))
      queue.start(worker({ handle, concurrency: 3 }))
      await expect.poll(() => ended, PATIENCE).toBe(30)
      expect(most).toBe(3)
    })

    test('leaves a job that is alive already as it is', async () => {
      const queue = await openOne()
      let runs = 0
      const gate = Promise.withResolvers<void>()
      const handle = async () => {
        runs += 1
        await gate.promise
      }
      await queue.enqueue([extract(1)])
      await queue.enqueue([extract(1), { ...extract(1), runAt: Date.now() + 3_600_000 }])
      queue.start(worker({ handle }))
      await expect.poll(() => runs, PATIENCE).toBe(1)
      await queue.enqueue([extract(1)])
      gate.resolve()
      await expect.poll(() => queue.counts(), PATIENCE).toEqual([])
      expect(runs).toBe(1)
    })

    test('takes an id again once its job has ended', async () => {
      const queue = await openOne()
      let runs = 0
      queue.start(worker({ handle: async () => void (runs += 1) }))
      await queue.enqueue([extract(1)])
      await expect.poll(() => queue.alive([extract(1).id]), PATIENCE).toEqual(new Set())
      await queue.enqueue([extract(1)])
      await expect.poll(() => runs, PATIENCE).toBe(2)
    })

    test('brings a failed job back after the delay of its attempts', async () => {
      const queue = await openOne()
      const attempts: number[] = []
      const delays: number[] = []
      const handle = async (job: { attempts: number }) => {
        attempts.push(job.attempts)
        if (attempts.length < 4) throw new Error('not yet')
      }
      const retryDelay = (failed: number) => {
        delays.push(failed)
        return 10 * failed
      }
      queue.start(worker({ handle, retryDelay }))
      await queue.enqueue([extract(1)])
      await expect.poll(() => attempts, PATIENCE).toEqual([0, 1, 2, 3])
      expect(delays).toEqual([1, 2, 3])
      await expect.poll(() => queue.counts(), PATIENCE).toEqual([])
    })

    test('does not count a job that asked to wait', async () => {
      const queue = await openOne()
      const attempts: number[] = []
      const handle = async (job: { attempts: number }) => {
        attempts.push(job.attempts)
        if (attempts.length < 3) throw new JobDelayed(10)
      }
      queue.start(worker({ handle }))
      await queue.enqueue([extract(1)])
      await expect.poll(() => attempts, PATIENCE).toEqual([0, 0, 0])
    })

    test('keeps a job until its time has come', async () => {
      const queue = await openOne()
      const ran = new Map<string, number>()
      const handle = async (job: Job) => void ran.set(job.id, Date.now())
      const runAt = Date.now() + 300
      const late = { ...extract(3), runAt: Date.now() + 3_600_000 }
      await queue.enqueue([{ ...extract(1), runAt }, late, extract(2)])
      queue.start(worker({ handle }))
      await expect.poll(() => [...ran.keys()].toSorted(), PATIENCE).toHaveLength(2)
      expect(ran.get(extract(1).id)).toBeGreaterThanOrEqual(runAt)
      expect(ran.has(extract(2).id)).toBe(true)
      expect(await queue.alive([late.id])).toEqual(new Set([late.id]))
    })

    test('runs a parent once all its children have ended, failed tries included', async () => {
      const queue = await openOne()
      const order: string[] = []
      const handle = async (job: Job & { attempts: number }) => {
        if (job.chunk === 3 && job.attempts < 2) throw new Error('not yet')
        await delay(job.chunk ?? 0)
        order.push(job.id)
      }
      queue.start(worker({ handle }))
      const children = Array.from({ length: 10 }, (_, n) => ({ ...chunk(n), parent: DECIDE.id }))
      await queue.enqueue([DECIDE, ...children])
      await expect.poll(() => order, PATIENCE).toHaveLength(11)
      expect(order.at(-1)).toBe(DECIDE.id)
    })

    test('holds a parent back for a child that comes while it waits', async () => {
      const queue = await openOne()
      const order: string[] = []
      await queue.enqueue([DECIDE])
      await queue.enqueue([{ ...chunk(0), parent: DECIDE.id, runAt: Date.now() + 200 }])
      queue.start(worker({ handle: async (job) => void order.push(job.id) }))
      await expect.poll(() => order, PATIENCE).toEqual([chunk(0).id, DECIDE.id])
    })

    test('runs a parent that has no child', async () => {
      const queue = await openOne()
      const ran: string[] = []
      queue.start(worker({ handle: async (job) => void ran.push(job.id) }))
      await queue.enqueue([DECIDE])
      await expect.poll(() => ran, PATIENCE).toEqual([DECIDE.id])
    })

    test('gives a job whose lease ran out to another worker, and its first holder ends nothing', async () => {
      const { one, other, expireLeases } = await openTwo()
      const told: string[] = []
      const aborted = Promise.withResolvers<void>()
      const gate = Promise.withResolvers<void>()
      const holdUntilAborted = async (_: Job, signal: AbortSignal) => {
        told.push('held')
        signal.addEventListener('abort', () => aborted.resolve())
        await aborted.promise
      }
      const takeOver = async (job: { attempts: number }) => {
        told.push(`taken over, ${job.attempts} attempts failed`)
        await gate.promise
      }
      await one.enqueue([extract(1)])
      one.start(worker({ handle: holdUntilAborted, leaseMilliseconds: 3_000, concurrency: 1 }))
      await expect.poll(() => told, PATIENCE).toEqual(['held'])
      await expireLeases()
      other.start(worker({ handle: takeOver, concurrency: 1 }))
      const seen = async (): Promise<readonly string[]> => {
        // Its holder, which does not hang, may have prolonged it before it was taken over.
        await expireLeases()
        return told
      }
      const taken = ['held', 'taken over, 0 attempts failed']
      await expect.poll(seen, { ...PATIENCE, interval: 50 }).toEqual(taken)
      await aborted.promise
      // The first handler has resolved; what it held belongs to the other.
      await one.stop(10_000)
      expect(await other.alive([extract(1).id])).toEqual(new Set([extract(1).id]))
      gate.resolve()
      await expect.poll(() => other.counts(), PATIENCE).toEqual([])
      expect(told).toHaveLength(2)
    })

    test('keeps the lease of a job that takes longer than it', async () => {
      const { one, other } = await openTwo()
      let runs = 0
      const handle = async () => {
        runs += 1
        await delay(10_000)
      }
      // A machine that stands still for two thirds of it loses it.
      const leaseMilliseconds = 4_000
      await one.enqueue([extract(1)])
      one.start(worker({ handle, leaseMilliseconds }))
      await expect.poll(() => runs, PATIENCE).toBe(1)
      other.start(worker({ handle, leaseMilliseconds }))
      await expect.poll(() => one.counts(), PATIENCE).toEqual([])
      expect(runs).toBe(1)
    })

    test('finishes what is in hand when it stops, and takes nothing new', async () => {
      const queue = await openOne()
      const ended: string[] = []
      const started = Promise.withResolvers<void>()
      const handle = async (job: Job, signal: AbortSignal) => {
        started.resolve()
        await delay(100)
        if (!signal.aborted) ended.push(job.id)
      }
      await queue.enqueue([extract(1), extract(2)])
      queue.start(worker({ handle, concurrency: 1 }))
      await started.promise
      await queue.stop(10_000)
      expect(ended).toHaveLength(1)
      expect((await queue.alive([extract(1).id, extract(2).id])).size).toBe(1)
    })

    test('gives up after its grace what is still in hand, and another worker takes it', async () => {
      const { one, other } = await openTwo()
      const started = Promise.withResolvers<void>()
      const aborted = Promise.withResolvers<void>()
      const handle = async (_: Job, signal: AbortSignal) => {
        signal.addEventListener('abort', () => aborted.resolve())
        started.resolve()
        await aborted.promise
      }
      await one.enqueue([extract(1)])
      one.start(worker({ handle, leaseMilliseconds: 3_600_000 }))
      await started.promise
      await one.stop(10)
      await aborted.promise
      const ran: string[] = []
      other.start(worker({ handle: async (job) => void ran.push(job.id) }))
      await expect.poll(() => ran, PATIENCE).toEqual([extract(1).id])
    })

    test('is simply empty once it was wiped, whatever was in hand', async () => {
      const queue = await openOne()
      const started = Promise.withResolvers<void>()
      const gate = Promise.withResolvers<void>()
      const ran: string[] = []
      const handle = async (job: Job) => {
        ran.push(job.id)
        // As many as it takes at a time: none is on its way.
        if (ran.length === 2) started.resolve()
        await gate.promise
      }
      await queue.enqueue([...Array.from({ length: 3_000 }, (_, n) => extract(n)), DECIDE])
      queue.start(worker({ handle, concurrency: 2 }))
      await started.promise
      await queue.wipe()
      expect(await queue.counts()).toEqual([])
      const before = ran.length
      gate.resolve()
      await queue.enqueue([chunk(1)])
      await expect.poll(() => ran.slice(before), PATIENCE).toEqual([chunk(1).id])
      await expect.poll(() => queue.counts(), PATIENCE).toEqual([])
    })

    test('says what is alive, and counts it by kind and state', async () => {
      const queue = await openOne()
      await queue.enqueue([])
      await queue.enqueue([extract(1), extract(2), DECIDE, { ...chunk(0), parent: DECIDE.id }])
      expect(await queue.counts()).toEqual([
        { kind: 'chunk', state: 'READY', count: 1 },
        { kind: 'decide', state: 'WAITING', count: 1 },
        { kind: 'extract', state: 'READY', count: 2 },
      ])
      expect(await queue.alive([extract(2).id, extract(3).id, DECIDE.id])).toEqual(
        new Set([extract(2).id, DECIDE.id]),
      )
      expect(await queue.alive([])).toEqual(new Set())
    })
  })
}

const PATIENCE = { timeout: 30_000, interval: 5 }
const FLOW: FlowId = 'flw_1'
const DECIDE: Job = { id: `decide-${FLOW}`, kind: 'decide', flowId: FLOW, waitsForChildren: true }

const extract = (n: number): Job => ({
  id: `extract-flw_${n}`,
  kind: 'extract',
  flowId: `flw_${n}`,
})
const chunk = (n: number): Job => ({
  id: `chunk-${FLOW}-${n}`,
  kind: 'chunk',
  flowId: FLOW,
  chunk: n,
})

function worker(options: Partial<WorkerOptions> & Pick<WorkerOptions, 'handle'>): WorkerOptions {
  return { concurrency: 4, retryDelay: () => 10, leaseMilliseconds: 30_000, ...options }
}
