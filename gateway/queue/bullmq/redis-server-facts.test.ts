import { expect, test } from 'vitest'
import { redisServerFacts } from './redis-server-facts.ts'

const info = (...lines: string[]): string => ['# Server', ...lines, ''].join('\r\n')

test.each([
  [['redis_version:7.0.15', 'maxmemory_policy:noeviction'], { name: 'Redis 7.0.15' }],
  [['redis_version:6.2.0'], { name: 'Redis 6.2.0' }],
  [['redis_version:7.2.4', 'valkey_version:8.1.1'], { name: 'Valkey 8.1.1' }],
  [['redis_version:6.0.20'], { name: 'Redis 6.0.20', fault: 'Redis 6.0.20 is older than 6.2' }],
  [
    ['redis_version:8.2.1', 'maxmemory_policy:allkeys-lru'],
    {
      name: 'Redis 8.2.1',
      fault: 'maxmemory-policy is allkeys-lru: it may throw single jobs away',
    },
  ],
])('a server is fit for the queue or not by what it says: %j', (lines, facts) => {
  expect(redisServerFacts(info(...lines))).toEqual(facts)
})
