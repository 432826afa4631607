import { readFile, writeFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runProgram } from '../support/child-program.ts'
import { startManyMachines } from '../support/many-machines.ts'
import { describeWith } from '../support/programs.ts'
import { runRaccord, type RaccordRun } from '../support/raccord-command.ts'
import { startRedis } from '../support/redis-server.ts'
import { S3_PROGRAMS, startS3 } from '../support/s3-server.ts'
import { hasPostgres, startPostgres, type PostgresServer } from '../support/services.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const EXAMPLE = resolve(import.meta.dirname, '../../docs/examples/invoice.xml')
/** Partners’ addresses: all of 127.0.0.0/8 is this machine, and the balancer goes by the address. */
const ADDRESSES = [
  '127.0.0.11',
  '127.0.0.12',
  '127.0.0.13',
  '127.0.0.14',
  '127.0.0.15',
  '127.0.0.16',
]

const describeHere = hasPostgres ? describeWith('redis-server', 'haproxy', 'sftp') : describe.skip

describeHere('many machines', () => {
  let postgres: PostgresServer

  beforeAll(async () => {
    postgres = await startPostgres()
    await postgres.createDatabase('many')
  })
  afterAll(() => postgres.remove())

  test('are one gateway to a partner, also when the listener it talked to dies', async () => {
    const folder = await temporaryFolder()
    const redis = await startRedis()
    const journalUrl = postgres.url('many')
    // Several put the same content: s3rver would show halves of it meanwhile, as no bucket does.
    const bucket = S3_PROGRAMS.find((program) => program !== 's3rver')
    const payloadsUrl = (await startS3(bucket)).url()
    const machines = await startManyMachines({
      journalUrl,
      queueUrl: redis.url,
      payloadsUrl,
      folder,
    })
    const { api, listeners, workers, balancerPort } = machines
    const raccord = (line: string, data = api.data): Promise<RaccordRun> =>
      runRaccord(line.split(' '), { cwd: folder, environment: { RACCORD_DATA: data } })

    // A process without an API says how it is, too.
    for (const { data } of [api, ...listeners, ...workers]) {
      const ready = await raccord('ready --wait 120s --json', data)
      expect(ready.exitCode, ready.stderr).toBe(0)
      expect(JSON.parse(ready.stdout)).toMatchObject({
        ready: true,
        checks: expect.arrayContaining([{ name: 'journal', ok: true, detail: 'postgres' }]),
      })
    }

    const structures = await raccord('structures generate --seed demo --count 3')
    expect(structures.exitCode, structures.stderr).toBe(0)
    const made = await raccord('certs make --for sftp --cn many --out mine')
    expect(made.exitCode, made.stderr).toBe(0)
    const created = await raccord('connection create --cert mine/client.p7b --submit')
    expect(created.exitCode, created.stderr).toBe(0)
    const place = JSON.parse(await readFile(join(folder, 'mine/connection.json'), 'utf8'))
    expect(place).toMatchObject({ host: '127.0.0.1', port: balancerPort })
    const { applicationCode } = place as { applicationCode: string }

    const invoice = await readFile(EXAMPLE, 'utf8')
    const sftp = async (address: string, ...commands: readonly string[]): Promise<string> => {
      const settings = [
        'BatchMode=yes',
        'StrictHostKeyChecking=yes',
        `BindAddress=${address}`,
        `UserKnownHostsFile=${join(folder, 'mine/known_hosts')}`,
        `Port=${balancerPort}`,
      ].flatMap((setting) => ['-o', setting])
      const key = join(folder, 'mine/client.key')
      const target = `${applicationCode}@127.0.0.1`
      const { code, stdout, stderr } = await runProgram(
        'sftp',
        ['-F', 'none', '-i', key, ...settings, '-b', '-', target],
        { input: `${commands.join('\n')}\n`, cwd: folder },
      )
      expect(code, stderr).toBe(0)
      return stdout
    }
    const number = (index: number): string => `${applicationCode}${String(index).padStart(19, '0')}`
    const put = async (index: number, address: string): Promise<void> => {
      const name = `FSO1110A_${applicationCode}_${number(index)}.xml`
      const own = invoice.replaceAll('EXAMPLE-0001', `MANY-${index}`)
      await writeFile(join(folder, name), own)
      await sftp(address, `put ${name} /depot/`)
    }
    const fetchReport = async (index: number, address: string): Promise<void> => {
      const name = `CSO1110A_${applicationCode}_${number(index)}.tar.gz`
      await expect
        .poll(() => sftp(address, 'ls -1 /retrait'), { timeout: 60_000, interval: 300 })
        .toContain(name)
      await sftp(address, `get /retrait/${name}`)
    }

    await Promise.all(ADDRESSES.map((address, index) => put(index, address)))
    // Where a report is fetched does not matter: another listener has it too.
    await Promise.all(
      ADDRESSES.map((_, index) => fetchReport(index, ADDRESSES[(index + 1) % 6] ?? '')),
    )
    const received = 'raccord_flows_total{protocol="sftp",code="FSO1110A",outcome="received"}'
    const taken = await Promise.all(
      listeners.map(async (listener) => (await listener.metrics()).get(received) ?? 0),
    )
    expect(
      taken.every((count) => count > 0),
      String(taken),
    ).toBe(true)
    expect(taken[0]! + taken[1]!).toBe(ADDRESSES.length)
    // Each is counted by the worker that decided it, once.
    const integrated = 'raccord_flows_total{protocol="sftp",code="FSO1110A",outcome="IN_INTEGRE"}'
    const decided = await Promise.all(
      workers.map(async (worker) => (await worker.metrics()).get(integrated) ?? 0),
    )
    expect(decided.reduce((sum, count) => sum + count)).toBe(ADDRESSES.length)
    const seen = await api.metrics()
    expect(seen.get('raccord_queue_depth{stage="extract"}')).toBe(0)
    expect(seen.get('raccord_dependency_up{dependency="queue"}')).toBe(1)
    expect(seen.has(`raccord_certificate_expiry_seconds{connection="${applicationCode}"}`)).toBe(
      true,
    )

    // The journal has partners' own addresses, not the balancer's.
    const sessions = await rows<{ peer: string }>(journalUrl, 'select peer from sessions')
    const peers = new Set(sessions.map(({ peer }) => peer.replace(/:\d+$/, '')))
    expect([...peers].filter((peer) => ADDRESSES.includes(peer)).toSorted()).toEqual(ADDRESSES)
    expect(peers).not.toContain('127.0.0.1')

    await listeners[0]!.kill()
    await Promise.all(ADDRESSES.map((address, index) => put(100 + index, address)))
    await Promise.all(ADDRESSES.map((address, index) => fetchReport(100 + index, address)))
    expect((await listeners[1]!.metrics()).get(received)).toBe(taken[1]! + ADDRESSES.length)
    const flows = await rows<{ state: string }>(journalUrl, 'select state from flows')
    expect(flows.map(({ state }) => state)).toEqual(
      Array.from({ length: 2 * ADDRESSES.length }, () => 'IN_INTEGRE'),
    )
  })
})

async function rows<Row>(url: string, sql: string): Promise<readonly Row[]> {
  const client = new Client({ connectionString: url })
  await client.connect()
  try {
    return (await client.query(sql)).rows as Row[]
  } finally {
    await client.end()
  }
}
