import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { hasPostgres, startPostgres } from '../../test/support/services.ts'
import { scratchFolder } from '../scratch.ts'
import { startRedis } from './redis.ts'
import type { BenchRedis } from './redis.ts'

/** What a gateway stands on: the engines of one machine, or those that several share. */
export type EngineSetName = 'sqlite' | 'postgres'

/** The engines of a set, running, with nothing in them yet. */
export interface Engines {
  readonly name: EngineSetName
  /** For people: `SQLite + journal queue`. */
  readonly title: string
  readonly journalUrl: string
  readonly queueUrl: string
  /** One store, whichever process asks. */
  readonly payloadsUrl: string
  /** Folder of everything here; each process has its data folder in it. */
  readonly folder: string
  /** Where the queue has a server of its own. */
  readonly redis?: BenchRedis
  remove(): Promise<void>
}

const hasRedis = spawnSync('redis-server', ['--version']).status === 0

/** Sets that this machine has servers for, the one that needs none first. */
export const ENGINE_SETS: readonly EngineSetName[] =
  hasPostgres && hasRedis ? ['sqlite', 'postgres'] : ['sqlite']

export async function startEngines(name: EngineSetName): Promise<Engines> {
  const scratch = scratchFolder()
  const place = {
    name,
    payloadsUrl: `file:${join(scratch.path, 'payloads')}`,
    folder: scratch.path,
  }
  if (name === 'sqlite') {
    return {
      ...place,
      title: 'SQLite + journal queue',
      journalUrl: 'sqlite:',
      queueUrl: 'journal:',
      remove: async () => scratch.remove(),
    }
  }
  // Syncs every commit, as a server in earnest does.
  const postgres = await startPostgres({ fsync: true })
  await postgres.createDatabase('raccord')
  const redis = await startRedis()
  return {
    ...place,
    title: 'PostgreSQL + BullMQ',
    journalUrl: postgres.url('raccord'),
    queueUrl: redis.url,
    redis,
    async remove() {
      await Promise.all([redis.remove(), postgres.remove()])
      scratch.remove()
    },
  }
}
