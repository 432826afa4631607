import { redisServerFacts } from '../queue/bullmq/redis-server-facts.ts'
import { clockDistance } from './clock-distance.ts'
import { found, saidBy, well, type Diagnosis } from './diagnosis.ts'
import type { Patient } from './patient.ts'

/** The Redis of `queue.url`, where there is one: it answers, keeps what it is given, tells our time. */
export async function examineQueue({ config, machine }: Patient): Promise<readonly Diagnosis[]> {
  const { url } = config.queue
  if (!/^rediss?:/.test(url)) return []
  try {
    // Most gateways have no Redis, and no use for its driver.
    const { askRedisFacts } = await import('../queue/bullmq/redis-facts.ts')
    const { info, time } = await askRedisFacts(url)
    const { name, fault } = redisServerFacts(info)
    const policy = fieldOf(info, 'maxmemory_policy')
    const evicts = policy !== undefined && policy !== 'noeviction'
    const wrong = [
      ...(fault === undefined || evicts ? [] : [found('redis-unfit', fault)]),
      ...(fieldOf(info, 'aof_enabled') === '0'
        ? [found('redis-forgets', `${name}: appendonly no`)]
        : []),
      ...(evicts ? [found('redis-evicts', `${name}: ${policy}`)] : []),
      ...clockDistance('Redis', time, machine.now()),
    ]
    return wrong.length === 0 ? [well('Redis', name)] : wrong
  } catch (error) {
    return [found('queue-unreachable', saidBy(error))]
  }
}

function fieldOf(info: string, name: string): string | undefined {
  return new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1]
}
