/** What INFO says of the server behind `queue.url`. */
export interface RedisServerFacts {
  /** `Redis 7.0.15`, `Valkey 8.1.1`. */
  readonly name: string
  /** What keeps the queue from working on it, or may lose jobs; undefined = nothing. */
  readonly fault?: string
}

const LEAST_VERSION = [6, 2] as const

/** Reads the answer to INFO (`name:value` lines). Valkey also says a Redis version: 7.2. */
export function redisServerFacts(info: string): RedisServerFacts {
  const fields = new Map(
    info.split(/\r?\n/).map((line): [string, string] => {
      const colon = line.indexOf(':')
      return [line.slice(0, colon), line.slice(colon + 1)]
    }),
  )
  const valkey = fields.get('valkey_version')
  const version = fields.get('redis_version') ?? ''
  const name = valkey === undefined ? `Redis ${version}` : `Valkey ${valkey}`
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1])) {
    return { name, fault: `${name} is older than ${LEAST_VERSION.join('.')}` }
  }
  const policy = fields.get('maxmemory_policy')
  if (policy !== undefined && policy !== 'noeviction') {
    return { name, fault: `maxmemory-policy is ${policy}: it may throw single jobs away` }
  }
  return { name }
}
