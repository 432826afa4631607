import type { Redis } from 'ioredis'
import { KEY_PREFIX, QUEUE_NAME } from './job-trees.ts'

/** A key of BullMQ's: its own lists, and the hash of each job by its id. */
export const keyOf = (name: string): string => `${KEY_PREFIX}:${QUEUE_NAME}:${name}`

/** BullMQ's lists and sorted sets of alive jobs, and the states of the port. */
const STATES = [
  ['wait', 'READY'],
  ['prioritized', 'READY'],
  ['delayed', 'READY'],
  ['active', 'ACTIVE'],
  ['waiting-children', 'WAITING'],
] as const

/** The kind is what an id begins with; counted in Redis, so that no ids travel. */
const COUNT = `
local counted = {}
for at, key in ipairs(KEYS) do
  local ids = redis.call('TYPE', key).ok == 'list'
    and redis.call('LRANGE', key, 0, -1) or redis.call('ZRANGE', key, 0, -1)
  for _, id in ipairs(ids) do
    local name = string.match(id, '^[^-]+') .. ' ' .. ARGV[at]
    counted[name] = (counted[name] or 0) + 1
  end
end
local found = {}
for name, count in pairs(counted) do found[#found + 1] = name .. ' ' .. count end
return found`

/** At once, so that no worker writes a key between two of them. */
const WIPE = `
local cursor = '0'
repeat
  local page = redis.call('SCAN', cursor, 'MATCH', ARGV[1], 'COUNT', 1000)
  cursor = page[1]
  for _, key in ipairs(page[2]) do redis.call('UNLINK', key) end
until cursor == '0'`

/** Alive jobs by kind and state, sorted. */
export async function countJobs(
  redis: Redis,
): Promise<{ kind: string; state: string; count: number }[]> {
  const keys = STATES.map(([name]) => keyOf(name))
  const found = await redis.eval(COUNT, keys.length, ...keys, ...STATES.map(([, state]) => state))
  const counts = new Map<string, number>()
  for (const line of found as string[]) {
    const [kind, state, count] = line.split(' ')
    const name = `${kind} ${state}`
    counts.set(name, (counts.get(name) ?? 0) + Number(count))
  }
  return [...counts].toSorted(byName).map(([name, count]) => {
    const [kind = '', state = ''] = name.split(' ')
    return { kind, state, count }
  })
}

/** Ids among these whose job is there: it goes when it ends. */
export async function aliveIds(redis: Redis, ids: readonly string[]): Promise<Set<string>> {
  const answers = await redis.pipeline(ids.map((id) => ['exists', keyOf(id)])).exec()
  const alive = new Set<string>()
  for (const [index, [error, isThere]] of (answers ?? []).entries()) {
    if (error !== null) throw error
    if (isThere === 1) alive.add(ids[index]!)
  }
  return alive
}

export async function wipeJobs(redis: Redis): Promise<void> {
  await redis.eval(WIPE, 1, keyOf('meta'), keyOf('*'))
}

const byName = ([one]: [string, number], [other]: [string, number]): number =>
  one < other ? -1 : 1
