import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { OffsetClock } from '../gateway/clock.ts'
import { createAuthenticate } from '../gateway/connections/authentication.ts'
import { searchConnections } from '../gateway/connections/connection-search.ts'
import { ConnectionDirectory } from '../gateway/connections/directory.ts'
import { followJournal } from '../gateway/connections/following.ts'
import { bumpRevision, currentRevision } from '../gateway/connections/revision.ts'
import type { Journal } from '../gateway/journal/journal.ts'
import { openJournal } from '../gateway/journal/open-journal.ts'
import { createLogger } from '../gateway/logger.ts'
import type { Authenticate, Credential } from '../protocols/listener.ts'
import type { Suite } from './bench-context.ts'
import { populate, type Member } from './connections/population.ts'
import { SEARCHES } from './connections/searches.ts'
import { JOURNAL_ENGINES } from './journal-engines.ts'
import { quantile, type Measurement } from './measurement.ts'
import { scratchFolder } from './scratch.ts'

const CONNECTIONS = 100_000
const QUICK_CONNECTIONS = 20_000
const TURNS = 60
const QUICK_TURNS = 20
const PAGE = 50
const TRIES = 200_000
const CHANGES = 200
const CHANGING_MILLISECONDS = 5_000
const SEARCH_GOAL_MILLISECONDS = 50
const AUTHENTICATE_GOAL_MILLISECONDS = 1
const MEBIBYTE = 1024 * 1024

/**
 * 100,000 connections on each engine: searches by every criterion, and what listeners ask of the
 * memory that follows the journal, at rest and while connections change.
 */
export const measureConnectionForms: Suite = async (bench) => {
  const measurements: Measurement[] = []
  const count = bench.isQuick ? QUICK_CONNECTIONS : CONNECTIONS
  for (const engine of JOURNAL_ENGINES) {
    const scratch = scratchFolder()
    const place = await engine.prepare()
    const log = createLogger('warn')
    const journal = await openJournal({ url: place.url, dataFolder: scratch.path, log })
    try {
      const startedAt = performance.now()
      const members = await populate(journal, count)
      await place.settle()
      const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1)
      bench.tell(`connections: ${count} made on ${engine.name} in ${seconds} s`)
      const id = (name: string) => `connections.${engine.name}.${name.replaceAll(/[ ,]+/g, '-')}`
      const title = `${engine.name}, ${count.toLocaleString('en')} connections`
      const turns = bench.isQuick ? QUICK_TURNS : TURNS
      measurements.push(
        ...(await measureSearches(journal, members, turns)).map(({ name, ...measurement }) => ({
          ...measurement,
          id: id(`search ${name}`),
          title: `${title}: search, ${name}, p95`,
        })),
        ...(await measureMemory(journal, members)).map(({ name, ...measurement }) => ({
          ...measurement,
          id: id(name),
          title: `${title}: ${name}`,
        })),
      )
    } finally {
      await journal.close()
      await place.remove()
      scratch.remove()
    }
  }
  return measurements
}

type Named = Omit<Measurement, 'id' | 'title'> & { readonly name: string }

async function measureSearches(
  journal: Journal,
  members: readonly Member[],
  turns: number,
): Promise<readonly Named[]> {
  const kinds = Object.entries(SEARCHES).map(([name, kind]) => ({
    name,
    kind,
    times: [] as number[],
    found: 0,
  }))
  // The first turn warms up what later ones find in memory, as on a gateway that runs.
  for (let turn = 0; turn <= turns; turn += 1) {
    for (const search of kinds) {
      const member = members[(turn * 7_919) % members.length]!
      const criteria = { ...search.kind(member, turn), limit: PAGE }
      const startedAt = performance.now()
      const page = await searchConnections(journal, 'qualification', criteria)
      if (turn > 0) search.times.push(performance.now() - startedAt)
      search.found = page.connections.length
    }
  }
  return kinds.map(({ name, times, found }) => ({
    name,
    unit: 'ms',
    ours: [quantile(times, 0.95)],
    target: { valueAtMost: SEARCH_GOAL_MILLISECONDS },
    note: `p50 ${quantile(times, 0.5).toFixed(1)} ms, ${found} found`,
  }))
}

async function measureMemory(
  journal: Journal,
  members: readonly Member[],
): Promise<readonly Named[]> {
  const heapBefore = heapAfterCollection()
  const directory = new ConnectionDirectory(journal, 'qualification')
  const startedAt = performance.now()
  await directory.refresh()
  const loadMilliseconds = performance.now() - startedAt
  const heapBytes = heapAfterCollection() - heapBefore
  const authenticate = createAuthenticate(directory, new OffsetClock())
  const credentials = credentialsOf(members)
  const unfollow = followJournal({ directory, journal, log: createLogger('warn') })
  try {
    tryTimes(authenticate, credentials, TRIES) // warm-up
    const atRest = tryTimes(authenticate, credentials, TRIES)
    const refreshes = await refreshTimes(journal, directory, members)
    const changing = await tryWhileChanging(journal, members, authenticate, credentials)
    return [
      { name: 'read into memory', unit: 's', ours: [loadMilliseconds / 1_000] },
      {
        name: 'memory',
        unit: 'MiB',
        ours: [heapBytes / MEBIBYTE],
        note: `${Math.round(heapBytes / members.length)} bytes each`,
      },
      authentication('authenticate at rest, p99', atRest),
      authentication('authenticate while connections change, p99', changing.times),
      {
        name: 'one change known, p95',
        unit: 'ms',
        ours: [quantile(refreshes, 0.95)],
        note: `p50 ${quantile(refreshes, 0.5).toFixed(2)} ms after the write`,
      },
      {
        name: 'event loop held up while connections change, p99',
        unit: 'ms',
        ours: [changing.delayMilliseconds],
        note: `${Math.round(changing.changesPerSecond)} changes a second`,
      },
    ]
  } finally {
    unfollow()
  }
}

function authentication(name: string, times: readonly number[]): Named {
  return {
    name,
    unit: 'ms',
    ours: [quantile(times, 0.99)],
    target: { valueAtMost: AUTHENTICATE_GOAL_MILLISECONDS },
    note: `p50 ${quantile(times, 0.5).toFixed(4)} ms, longest ${Math.max(...times.slice(-TRIES / 2)).toFixed(1)} ms`,
  }
}

/** Right ones, and one each of: another's key, a key nobody has, a user nobody is, an address. */
function credentialsOf(members: readonly Member[]): readonly Credential[] {
  return members.map((member, index): Credential => {
    const right = {
      protocol: 'sftp',
      user: member.applicationCode,
      spkiSha256: member.spkiSha256,
      peerAddress: '192.0.2.7',
    } as const
    if (index % 10 === 1) return { ...right, spkiSha256: members[0]!.spkiSha256 }
    if (index % 10 === 2) return { ...right, spkiSha256: 'f'.repeat(64) }
    if (index % 10 === 3) return { ...right, user: 'nobody' }
    if (index % 10 === 4) return { ...right, peerAddress: '198.51.100.7' }
    return right
  })
}

/** @returns milliseconds each */
function tryTimes(
  authenticate: Authenticate,
  credentials: readonly Credential[],
  tries: number,
): readonly number[] {
  return Array.from({ length: tries }, (_, turn) => {
    const credential = credentials[(turn * 7_919) % credentials.length]!
    const startedAt = performance.now()
    authenticate(credential)
    return performance.now() - startedAt
  })
}

/** @returns milliseconds from the answer of the journal until the memory has the change */
async function refreshTimes(
  journal: Journal,
  directory: ConnectionDirectory,
  members: readonly Member[],
): Promise<readonly number[]> {
  const times: number[] = []
  for (let change = 0; change < CHANGES; change += 1) {
    const { id } = members[(change * 7_919) % members.length]!
    const before = directory.find(id)?.revision
    await touch(journal, id)
    const startedAt = performance.now()
    while (directory.find(id)?.revision === before) await nextTurn()
    times.push(performance.now() - startedAt)
  }
  return times
}

async function tryWhileChanging(
  journal: Journal,
  members: readonly Member[],
  authenticate: Authenticate,
  credentials: readonly Credential[],
): Promise<{ times: readonly number[]; delayMilliseconds: number; changesPerSecond: number }> {
  const end = new AbortController()
  let changes = 0
  const changing = (async () => {
    while (!end.signal.aborted) {
      const some = Array.from({ length: 16 }, () => members[(changes++ * 7_919) % members.length]!)
      await Promise.all(some.map(({ id }) => touch(journal, id)))
    }
  })()
  const delay = monitorEventLoopDelay({ resolution: 5 })
  delay.enable()
  const times: number[] = []
  const startedAt = performance.now()
  while (performance.now() - startedAt < CHANGING_MILLISECONDS) {
    times.push(...tryTimes(authenticate, credentials, 100))
    await sleep(1)
  }
  delay.disable()
  const seconds = (performance.now() - startedAt) / 1_000
  end.abort()
  await changing
  return {
    times,
    delayMilliseconds: delay.percentile(99) / 1e6,
    changesPerSecond: changes / seconds,
  }
}

/** A change as the form makes it. */
async function touch(journal: Journal, id: Member['id']): Promise<void> {
  await journal.write([
    bumpRevision(journal),
    {
      query: journal.db
        .updateTable('connections')
        .set({ revision: currentRevision(journal), updated_at: Date.now() })
        .where('id', '=', id),
      expectRows: 1,
      announce: 'connections',
    },
  ])
}

function heapAfterCollection(): number {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  collect()
  return process.memoryUsage().heapUsed
}
