import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../gateway/logger.ts'
import { openBullmqQueue } from '../../gateway/queue/bullmq/bullmq-queue.ts'
import type { Job, WorkerOptions, WorkQueue } from '../../gateway/queue/queue.ts'
import { describeWith, run } from '../support/programs.ts'
import { startRedis, type RedisServer } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const WORKER = fileURLToPath(new URL('../support/queue-worker-child.ts', import.meta.url))
const PATIENCE = { timeout: 30_000, interval: 10 }
const AWAY = { code: 'QUEUE_UNAVAILABLE' }

function open({ url }: Pick<RedisServer, 'url'>): WorkQueue {
  const queue = openBullmqQueue({ url, log: createLogger('silent') })
  onTestFinished(() => queue.close())
  return queue
}

const jobs = (count: number, first = 1): Job[] =>
  Array.from({ length: count }, (_, index) => ({
    id: `extract-flw_${first + index}`,
    kind: 'extract',
    flowId: `flw_${first + index}`,
  }))

/** A worker that remembers what it has handled. */
function rememberIn(ran: Set<string>): WorkerOptions {
  return {
    concurrency: 4,
    leaseMilliseconds: 1_000,
    retryDelay: () => 10,
    handle: async (job) => {
      await sleep(2)
      ran.add(job.id)
    },
  }
}

describeWith('redis-server', 'openssl')(
  'the work queue on a Redis that is not always there',
  () => {
    test('opens and stops without it, refuses meanwhile, and works once it is there', async () => {
      const redis = await startRedis({ isDown: true })
      const queue = open(redis)
      const ran = new Set<string>()
      queue.start(rememberIn(ran))
      await expect(queue.enqueue(jobs(1))).rejects.toMatchObject(AWAY)
      await expect(queue.alive(['extract-flw_1'])).rejects.toMatchObject(AWAY)
      await expect(queue.counts()).rejects.toMatchObject(AWAY)
      await expect(queue.check()).rejects.toMatchObject(AWAY)
      await expect(queue.wipe()).rejects.toMatchObject(AWAY)
      const other = open(redis)
      other.start(rememberIn(ran))
      await other.stop(100)

      await redis.start()
      await expect
        .poll(() => queue.enqueue(jobs(10)).then(() => 'added', String), PATIENCE)
        .toBe('added')
      await expect.poll(() => ran.size, PATIENCE).toBe(10)
      expect(await queue.check()).toMatch(/^bullmq on (Redis|Valkey) \d+\.\d+/)
    })

    test('does not wait for one that hangs', async () => {
      const redis = await startRedis()
      const queue = open(redis)
      const ran = new Set<string>()
      queue.start(rememberIn(ran))
      await queue.enqueue(jobs(5))
      await expect.poll(() => ran.size, PATIENCE).toBe(5)
      redis.freeze()
      await expect(queue.enqueue(jobs(5, 6))).rejects.toMatchObject(AWAY)
      redis.thaw()
      await queue.enqueue(jobs(5, 11))
      await expect.poll(() => ran.size, PATIENCE).toBeGreaterThanOrEqual(10)
    })

    test('loses no job when it is killed in the middle of work and started again', async () => {
      const redis = await startRedis()
      const [one, other] = [open(redis), open(redis)]
      const ran = new Set<string>()
      await one.enqueue(jobs(2_000))
      one.start(rememberIn(ran))
      other.start(rememberIn(ran))
      for (const reached of [200, 700, 1_300]) {
        await expect.poll(() => ran.size, PATIENCE).toBeGreaterThan(reached)
        await redis.kill()
        await redis.start()
      }
      await expect.poll(() => ran.size, PATIENCE).toBe(2_000)
      await expect.poll(() => one.counts(), PATIENCE).toEqual([])
    })

    test('goes on after it was emptied in the middle of work', async () => {
      const redis = await startRedis()
      const queue = open(redis)
      const ran = new Set<string>()
      queue.start(rememberIn(ran))
      await queue.enqueue(jobs(500))
      await expect.poll(() => ran.size, PATIENCE).toBeGreaterThan(50)
      await redis.ask('FLUSHALL')
      await queue.enqueue(jobs(100, 1_001))
      await expect.poll(() => [...ran].filter((id) => id.length === 16).length, PATIENCE).toBe(100)
      await expect.poll(() => queue.counts(), PATIENCE).toEqual([])
    })

    test('says that nothing was added to one that takes no writes', async () => {
      const redis = await startRedis()
      const queue = open(redis)
      await redis.ask('CONFIG', 'SET', 'maxmemory', '1')
      await expect(queue.enqueue(jobs(1))).rejects.toMatchObject({
        ...AWAY,
        message: expect.stringContaining('OOM'),
      })
      await expect(queue.check()).rejects.toMatchObject(AWAY)
      await redis.ask('CONFIG', 'SET', 'maxmemory', '0')
      await queue.enqueue(jobs(1))
      expect(await queue.counts()).toEqual([{ kind: 'extract', state: 'READY', count: 1 }])
      await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
      await expect(queue.check()).rejects.toMatchObject({
        ...AWAY,
        message: expect.stringContaining('allkeys-lru'),
      })
    })

    test('keeps every key on one slot of a cluster', async () => {
      const redis = await startRedis({ isCluster: true })
      const queue = open(redis)
      const order: string[] = []
      const decide: Job = {
        id: 'decide-flw_1',
        kind: 'decide',
        flowId: 'flw_1',
        waitsForChildren: true,
      }
      const chunks = [0, 1, 2].map((chunk): Job => ({
        id: `chunk-flw_1-${chunk}`,
        kind: 'chunk',
        flowId: 'flw_1',
        chunk,
        parent: decide.id,
      }))
      await queue.enqueue(jobs(10))
      await queue.wipe()
      queue.start({ ...rememberIn(new Set()), handle: async ({ id }) => void order.push(id) })
      await queue.enqueue([...chunks, decide, { ...jobs(1)[0]!, runAt: Date.now() + 100 }])
      await expect.poll(() => order.toSorted(), PATIENCE).toHaveLength(5)
      expect(order.indexOf(decide.id)).toBeGreaterThanOrEqual(3)
      expect(await queue.counts()).toEqual([])
    })

    test('speaks TLS to one that Node trusts, and to no other', async () => {
      const folder = await temporaryFolder()
      const tls = { certificate: join(folder, 'cert.pem'), key: join(folder, 'key.pem') }
      const request = 'req -x509 -nodes -newkey rsa:2048 -subj /CN=redis'.split(' ')
      const made = run('openssl', [
        ...request,
        '-addext',
        'subjectAltName=IP:127.0.0.1',
        '-out',
        tls.certificate,
        '-keyout',
        tls.key,
      ])
      expect(made.code, made.stderr).toBe(0)
      const redis = await startRedis({ tls })
      await expect(open({ url: redis.tlsUrl }).enqueue(jobs(1))).rejects.toMatchObject(AWAY)
      const trusted = getCACertificates('default')
      onTestFinished(() => setDefaultCACertificates(trusted))
      setDefaultCACertificates([...trusted, await readFile(tls.certificate, 'utf8')])
      const queue = open({ url: redis.tlsUrl })
      const ran = new Set<string>()
      queue.start(rememberIn(ran))
      await queue.enqueue(jobs(3))
      await expect.poll(() => ran.size, PATIENCE).toBe(3)
    })

    test('serves several processes; what one holds that is killed, another takes', async () => {
      const redis = await startRedis()
      const queue = open(redis)
      const ran = new Map<string, number>()
      const said: number[] = [0, 0]
      const children = said.map((_, index) => {
        const child = spawn(process.execPath, [WORKER, redis.url], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        onTestFinished(async () => {
          if (child.exitCode !== null || child.signalCode !== null) return
          child.kill('SIGKILL')
          await once(child, 'exit')
        })
        createInterface({ input: child.stdout }).on('line', (id) => {
          ran.set(id, (ran.get(id) ?? 0) + 1)
          said[index] = (said[index] ?? 0) + 1
        })
        return child
      })
      // One may be there long before the other: there is more to do until both are at it.
      let added = 0
      const isServedByBoth = async (): Promise<boolean> => {
        if (Math.min(...said) > 50) return true
        if (added - ran.size < 500) {
          await queue.enqueue(jobs(500, added + 1))
          added += 500
        }
        return false
      }
      await expect.poll(isServedByBoth, PATIENCE).toBe(true)
      children[0]!.kill('SIGKILL')
      await queue.enqueue(jobs(500, added + 1))
      await expect.poll(() => ran.size, PATIENCE).toBe(added + 500)
      await expect.poll(() => queue.counts(), PATIENCE).toEqual([])
      // Said before it was killed, and not ended: at most what one process has in hand.
      expect([...ran.values()].filter((times) => times > 1).length).toBeLessThanOrEqual(4)
    })
  },
)

test.each([
  'redis:',
  'redis://',
  'redis://:hush@/0',
  'redis://:hush@host:6379/x',
  'rediss://:hush@host:port',
])('a URL that names no Redis is refused, without what is secret in it: %s', (url) => {
  const opening = (): WorkQueue => openBullmqQueue({ url, log: createLogger('silent') })
  expect(opening).toThrow(expect.objectContaining({ code: 'CONFIG_INVALID' }))
  expect(opening).not.toThrow(/hush/)
})
