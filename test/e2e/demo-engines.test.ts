import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith } from '../support/programs.ts'
import { runRaccord } from '../support/raccord-command.ts'
import { startRedis } from '../support/redis-server.ts'
import { hasPostgres, startPostgres, type PostgresServer } from '../support/services.ts'

interface DemoDocument {
  readonly ok: boolean
  readonly engines: unknown
  readonly flows: readonly {
    readonly state: string | null
    readonly returns: readonly { readonly retrieved: boolean }[]
  }[]
}

const describeHere = hasPostgres ? describeWith('redis-server') : describe.skip

describeHere('raccord demo on PostgreSQL and Redis', () => {
  let postgres: PostgresServer

  beforeAll(async () => {
    postgres = await startPostgres()
    await postgres.createDatabase('demo')
  })
  afterAll(() => postgres.remove())

  test('ends as on one machine and says what it ran on; and leaves nothing in the database', async () => {
    const redis = await startRedis()
    const engines = ['--journal', postgres.url('demo'), '--queue', redis.url]

    const first = await runRaccord(['demo', '--once', '--json', ...engines])
    expect(first.exitCode, first.stderr).toBe(0)
    const document = JSON.parse(first.stdout) as DemoDocument
    expect(document.ok).toBe(true)
    expect(document.engines).toEqual({ journal: 'postgres', queue: 'bullmq', payloads: 'files' })
    const ended = document.flows.filter(({ state }) => state !== null)
    expect(ended.length).toBeGreaterThan(2)
    for (const { returns } of ended) expect(returns).toMatchObject([{ retrieved: true }])

    const again = await runRaccord(['demo', '--once', ...engines])
    expect(again.exitCode, again.stderr).toBe(0)
    expect(again.stdout).not.toContain('✗')
    expect(again.stdout).toContain('on: journal postgres, queue bullmq, payloads files')

    const client = new Client({ connectionString: postgres.url('demo') })
    await client.connect()
    const left = await client.query(
      "select table_schema from information_schema.tables where table_schema not in ('pg_catalog', 'information_schema')",
    )
    await client.end()
    expect(left.rows).toEqual([])
  })
})
