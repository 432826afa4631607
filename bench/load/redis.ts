import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { freePort } from '../../gateway/cli/free-port.ts'
import { atEnd, scratchFolder } from '../scratch.ts'

const START_MILLISECONDS = 10_000

/** A Redis of the bench's own, which keeps its work on disk as one in earnest does. */
export interface BenchRedis {
  readonly url: string
  /** After `stop`: on the same port, with what it had. */
  start(): Promise<void>
  stop(): Promise<void>
  /** Stops it and removes its folder. */
  remove(): Promise<void>
}

/** @throws when Redis is not installed, or does not start */
export async function startRedis(): Promise<BenchRedis> {
  const scratch = scratchFolder()
  const port = await freePort()
  const settings = {
    port,
    dir: scratch.path,
    bind: '127.0.0.1',
    save: '',
    appendonly: 'yes',
    appendfsync: 'everysec',
  }
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, String(value)])
  let child: ChildProcess | undefined
  const kill = atEnd(() => child?.kill('SIGKILL'))
  const redis: BenchRedis = {
    url: `redis://127.0.0.1:${port}`,
    async start() {
      child = spawn('redis-server', flags, { stdio: 'ignore' })
      const failure = once(child, 'error').then(([error]) => {
        throw error as Error
      })
      await Promise.race([untilItAnswers(port), failure])
    },
    async stop() {
      if (child === undefined || child.exitCode !== null) return
      const gone = once(child, 'exit')
      child.kill('SIGKILL')
      await gone
    },
    async remove() {
      await redis.stop()
      kill()
      scratch.remove()
    },
  }
  await redis.start()
  return redis
}

async function untilItAnswers(port: number): Promise<void> {
  const deadline = performance.now() + START_MILLISECONDS
  for (;;) {
    const client = new Redis({ port, lazyConnect: true, retryStrategy: () => null })
    client.on('error', () => {})
    try {
      await client.connect()
      await client.ping()
      return
    } catch (cause) {
      if (performance.now() > deadline) throw new Error('Redis does not start', { cause })
      await sleep(20)
    } finally {
      client.disconnect()
    }
  }
}
