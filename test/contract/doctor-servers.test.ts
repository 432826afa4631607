import { createServer as createHttpServer } from 'node:http'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { diagnose } from '../../gateway/cli/doctor.ts'
import { loadConfig } from '../../config/load.ts'
import { examine } from '../../gateway/doctor/doctor.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openJournalView } from '../../gateway/doctor/journal-view.ts'
import { thisMachine, type Machine } from '../../gateway/doctor/machine.ts'
import type { ProblemId } from '../../gateway/doctor/problems.ts'
import { startRedis } from '../support/redis-server.ts'
import { startS3 } from '../support/s3-server.ts'
import { hasPostgres, startPostgres, type PostgresServer } from '../support/services.ts'
import { startSmtpPeer } from '../support/smtp-peer.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Problems that doctor is about; those of an empty folder and of the shell are tested elsewhere. */
const ABOUT_SERVERS: ReadonlySet<string> = new Set<ProblemId>([
  'journal-unreachable',
  'postgres-too-old',
  'postgres-encoding',
  'postgres-connections-few',
  'postgres-unsafe',
  'queue-unreachable',
  'redis-unfit',
  'redis-forgets',
  'redis-evicts',
  'bucket-unreachable',
  'clock-off',
  'mail-unreachable',
])
/** Of tcpmux (RFC 1078): nobody listens there. */
const DEAD = '127.0.0.1:1'

async function named(
  environment: Readonly<Record<string, string>>,
  on: Partial<Machine> = {},
): Promise<readonly string[]> {
  const data = await temporaryFolder()
  const diagnoses = await diagnose({ data }, { environment }, { ...thisMachine(), ...on })
  return diagnoses.flatMap(({ problem }) =>
    problem !== undefined && ABOUT_SERVERS.has(problem) ? [problem] : [],
  )
}

const anHourAhead = { now: () => Date.now() + 3_600_000 }

describe('doctor names a Redis', () => {
  test('that is well: nothing', async () => {
    const redis = await startRedis()
    expect(await named({ RACCORD_QUEUE__URL: redis.url })).toEqual([])
  })

  test('that forgets, that throws away, whose clock is another, that is gone', async () => {
    const redis = await startRedis()
    const environment = { RACCORD_QUEUE__URL: redis.url }
    await redis.ask('CONFIG', 'SET', 'appendonly', 'no')
    expect(await named(environment)).toEqual(['redis-forgets'])
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'allkeys-lru')
    expect(await named(environment)).toEqual(['redis-forgets', 'redis-evicts'])
    await redis.ask('CONFIG', 'SET', 'maxmemory-policy', 'noeviction')
    await redis.ask('CONFIG', 'SET', 'appendonly', 'yes')
    expect(await named(environment, anHourAhead)).toEqual(['clock-off'])
    await redis.kill()
    expect(await named(environment)).toEqual(['queue-unreachable'])
  })

  test('that is too old, by what it answers', async () => {
    const redis = await startRedis()
    expect(await named({ RACCORD_QUEUE__URL: await aged(redis) })).toEqual(['redis-unfit'])
  })
})

/** A way to a Redis on which it calls itself one of another time. */
async function aged(redis: { readonly url: string }): Promise<string> {
  const way = createServer((caller) => {
    const server = connect(Number(new URL(redis.url).port), '127.0.0.1')
    caller.pipe(server)
    // As many bytes: the answer says how long it is.
    server.on('data', (data) =>
      caller.write(data.toString('latin1').replace(/(redis_version:)\d/, '$15'), 'latin1'),
    )
    for (const end of [caller, server]) end.on('error', () => {})
    server.once('close', () => caller.destroy())
    caller.once('close', () => server.destroy())
  })
  await once(way.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => void way.close())
  const address = way.address()
  return `redis://127.0.0.1:${typeof address === 'object' ? address?.port : ''}`
}

describe.runIf(hasPostgres)('doctor names a PostgreSQL', () => {
  let server: PostgresServer
  beforeAll(async () => {
    server = await startPostgres({ fsync: true })
  })
  afterAll(() => server.remove())

  test('that is well: nothing', async () => {
    await server.createDatabase('well')
    expect(await named({ RACCORD_JOURNAL__URL: server.url('well') })).toEqual([])
  })

  test('whose database is not in UTF8, has few connections, or a clock of its own', async () => {
    await server.run(
      'postgres',
      `create database latin encoding 'SQL_ASCII' lc_collate 'C' lc_ctype 'C' template template0`,
    )
    expect(await named({ RACCORD_JOURNAL__URL: server.url('latin') })).toEqual([
      'postgres-encoding',
    ])
    await server.run('postgres', 'create database narrow connection limit 5')
    const narrow = { RACCORD_JOURNAL__URL: server.url('narrow') }
    expect(await named(narrow)).toEqual(['postgres-connections-few'])
    await server.createDatabase('clocks')
    const clocks = { RACCORD_JOURNAL__URL: server.url('clocks') }
    expect(await named(clocks, anHourAhead)).toEqual(['clock-off'])
  })

  test('that is too old, by what it answers', async () => {
    // Found before the server's own function: the server then says what an old one would.
    await server.createDatabase('old')
    await server.run(
      'old',
      `create function public.current_setting(text) returns text language sql as $$
        select case $1 when 'server_version_num' then '140012'
          else pg_catalog.current_setting($1, false) end $$;
       alter database old set search_path = public, pg_catalog`,
    )
    expect(await named({ RACCORD_JOURNAL__URL: server.url('old') })).toEqual(['postgres-too-old'])
  })

  test('that does not sync what it commits', async () => {
    const careless = await startPostgres({ fsync: false })
    onTestFinished(() => careless.remove())
    expect(await named({ RACCORD_JOURNAL__URL: careless.url('postgres') })).toEqual([
      'postgres-unsafe',
    ])
  })

  test('that is not there, or has no such database', async () => {
    const dead = { RACCORD_JOURNAL__URL: `postgres://raccord@${DEAD}/raccord` }
    expect(await named(dead)).toEqual(['journal-unreachable'])
    const none = { RACCORD_JOURNAL__URL: server.url('none') }
    expect(await named(none)).toEqual(['journal-unreachable'])
  })
})

describe('a server that hangs', () => {
  test('takes no examination with it: each is named within its time', async () => {
    const port = await silentPort()
    const environment = {
      RACCORD_JOURNAL__URL: `postgres://raccord:zqHush@127.0.0.1:${port}/raccord`,
      RACCORD_QUEUE__URL: `redis://:zqHush@127.0.0.1:${port}/0`,
      RACCORD_PAYLOADS__URL: `s3://key:zqHush@bucket?endpoint=http://127.0.0.1:${port}`,
      RACCORD_MAIL__SERVER: `smtp://post:zqHush@127.0.0.1:${port}`,
    }
    const timeFrom = `http://us:zqHush@127.0.0.1:${port}/`
    const diagnoses = await diagnose(
      { data: await temporaryFolder(), timeFrom },
      { environment },
      thisMachine(),
    )
    expect(diagnoses.map(({ problem }) => problem)).toEqual(
      expect.arrayContaining([
        'journal-unreachable',
        'queue-unreachable',
        'bucket-unreachable',
        'mail-unreachable',
        'clock-off',
      ] satisfies ProblemId[]),
    )
    expect(JSON.stringify(diagnoses)).not.toContain('zqHush')
  })

  test.runIf(hasPostgres)(
    'in the middle fails what is asked of it, and what would be asked behind that at once',
    async () => {
      const server = await startPostgres()
      onTestFinished(() => server.remove())
      const way = await frozenWay(Number(new URL(server.url('postgres')).port))
      const url = new URL(server.url('postgres'))
      url.port = String(way.port)
      const view = await openJournalView(url.href, '', 5_000)
      expect(await view?.read('select 1 as one')).toMatchObject([{ one: 1 }])
      way.freeze()
      const asked = Array.from({ length: 200 }, async () => view?.read('select 1 as one'))
      const outcomes = await Promise.allSettled(asked)
      expect(new Set(outcomes.map(({ status }) => status))).toEqual(new Set(['rejected']))
      await view?.close()
    },
  )
})

test(
  'a server that answers is well, however long a large journal takes to be looked through',
  { timeout: 60_000 },
  async () => {
    const web = createHttpServer((_, response) => void response.end())
    const data = await temporaryFolder()
    const log = createLogger('silent')
    await (await openJournal({ url: 'sqlite:', dataFolder: data, log })).close()
    const view = (await openJournalView('sqlite:', data))!
    const timeFrom = `http://127.0.0.1:${await listening(web)}/`
    // It takes a while the first time.
    await fetch(timeFrom)
    const diagnoses = await examine(
      {
        config: loadConfig({ environment: {}, overrides: { data } }),
        configFaults: [],
        environment: {},
        machine: thisMachine(),
        run: undefined,
        isRunning: false,
        timeFrom,
        journal: async () => ({
          ...view,
          // Like SQLite it lets nothing else of this thread go on: longer than a server may take.
          async read(statement) {
            if (statement.includes('quick_check')) {
              Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 4_500)
            }
            return view.read(statement)
          },
        }),
      },
      () => Promise.reject(new Error('no gateway runs')),
    )
    const problems = diagnoses.map(({ problem }) => problem)
    expect(problems).toContain('gateway-stopped')
    expect(problems).not.toContain('clock-off')
  },
)

/** Of a server that takes connections and never says a word. */
async function silentPort(): Promise<number> {
  return listening(createServer((socket) => void socket.on('error', () => {})))
}

/** A way to a server of this machine, which carries nothing any more once it is frozen. */
async function frozenWay(to: number): Promise<{ readonly port: number; freeze: () => void }> {
  let isFrozen = false
  const way = createServer((caller) => {
    const server = connect(to, '127.0.0.1')
    caller.on('data', (data) => void (isFrozen || server.write(data)))
    server.on('data', (data) => void (isFrozen || caller.write(data)))
    for (const end of [caller, server]) end.on('error', () => {})
    caller.once('close', () => server.destroy())
  })
  return { port: await listening(way), freeze: () => void (isFrozen = true) }
}

async function listening(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => void sockets.add(socket))
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.close()
    for (const socket of sockets) socket.destroy()
  })
  return (server.address() as AddressInfo).port
}

describe('doctor names a bucket', () => {
  test('that is not there, never one that answers', async () => {
    const s3 = await startS3('s3rver')
    expect(await named({ RACCORD_PAYLOADS__URL: s3.url() })).toEqual([])
    expect(await named({ RACCORD_PAYLOADS__URL: s3.url({ bucket: 'another' }) })).toEqual([
      'bucket-unreachable',
    ])
  })
})

describe('doctor names a mail server', () => {
  test('that does not answer, or says nothing; never one that does', async () => {
    const peer = await startSmtpPeer()
    onTestFinished(() => peer.stop())
    expect(await named({ RACCORD_MAIL__SERVER: `smtp://127.0.0.1:${peer.port}` })).toEqual([])
    expect(await named({ RACCORD_MAIL__SERVER: `smtp://${DEAD}` })).toEqual(['mail-unreachable'])
    const mute = createServer((socket) => socket.end())
    await once(mute.listen(0, '127.0.0.1'), 'listening')
    onTestFinished(() => void mute.close())
    const address = mute.address()
    const port = typeof address === 'object' ? address?.port : undefined
    expect(await named({ RACCORD_MAIL__SERVER: `smtp://127.0.0.1:${port}` })).toEqual([
      'mail-unreachable',
    ])
  })
})
