import { readdirSync, readFileSync } from 'node:fs'

/** CPU time used so far, in milliseconds, by what used it. */
export type CpuSplit = Readonly<Record<CpuPart, number>>

/** Threads of worker processes by what they do, and the servers they share. */
const PARTS = ['task threads', 'main threads', 'other threads', 'PostgreSQL', 'Redis'] as const
type CpuPart = (typeof PARTS)[number]

/** Node's names of its threads, the kernel's of the servers' programs; the rest is "other". */
const THREADS: Readonly<Record<string, CpuPart>> = {
  WorkerThread: 'task threads',
  MainThread: 'main threads',
}
const SERVERS: Readonly<Record<string, CpuPart>> = {
  postgres: 'PostgreSQL',
  'redis-server': 'Redis',
}
const NANOSECONDS_PER_MILLISECOND = 1e6

/** Of these worker processes, and of every server of these kinds on the machine. */
export function cpuSplit(workers: readonly number[]): CpuSplit {
  const split = nothing()
  for (const name of readdirSync('/proc')) {
    const pid = Number(name)
    if (!Number.isInteger(pid)) continue
    const server = SERVERS[nameIn(`/proc/${pid}`)]
    const isWorker = workers.includes(pid)
    if (server === undefined && !isWorker) continue
    for (const thread of threadsOf(pid)) {
      const part = isWorker ? (THREADS[nameIn(thread)] ?? 'other threads') : server!
      split[part] += millisecondsOf(thread)
    }
  }
  return split
}

/** What was used between the two by a thousand of `invoices`, for people. */
export function splitText(before: CpuSplit, after: CpuSplit, invoices: number): string {
  return PARTS.map(
    (part) => `${part} ${(((after[part] - before[part]) * 1_000) / invoices).toFixed(0)}`,
  ).join(', ')
}

function nothing(): Record<CpuPart, number> {
  return {
    'task threads': 0,
    'main threads': 0,
    'other threads': 0,
    PostgreSQL: 0,
    Redis: 0,
  }
}

function threadsOf(pid: number): string[] {
  return whileItLives(() => readdirSync(`/proc/${pid}/task`), []).map(
    (thread) => `/proc/${pid}/task/${thread}`,
  )
}

function nameIn(folder: string): string {
  return whileItLives(() => readFileSync(`${folder}/comm`, 'utf8').trim(), '')
}

/** First field of schedstat: time on a processor, in nanoseconds. */
function millisecondsOf(folder: string): number {
  const text = whileItLives(() => readFileSync(`${folder}/schedstat`, 'utf8'), '0')
  return Number(text.split(' ')[0]) / NANOSECONDS_PER_MILLISECOND
}

/** Processes and threads end while they are looked at. */
function whileItLives<Value>(read: () => Value, otherwise: Value): Value {
  try {
    return read()
  } catch {
    return otherwise
  }
}
