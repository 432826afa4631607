import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { DatabaseSync } from 'node:sqlite'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { endThread } from '../support/end-thread.ts'
import { expectNothingLost, onGround, patiently, type FaultGround } from '../support/fault-run.ts'
import { judgeFlows } from '../support/flow-judge.ts'
import { freePort } from '../../gateway/cli/free-port.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { PartnerFleet, registerPartners } from '../support/partner-fleet.ts'
import { runRaccord } from '../support/raccord-command.ts'
import { seededRandom } from '../support/seeded-random.ts'
import type { PartnerLine } from '../support/sending-partner.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

const SEED = Number(process.env['FAULTS_SEED'] ?? 20_261_122)
const PARTNERS = 16
const PROCESS_KILLS = 25
const THREAD_KILLS = 12
/** Of the threads ended, so many are the journal's: the process has to end itself then. */
const JOURNAL_THREAD_KILLS = 3
const PAUSE_MILLISECONDS = 400

/** A gateway in a folder, its partners, and what it leaves behind. */
interface Machine {
  readonly gateway: GatewayProcess
  readonly lines: readonly PartnerLine[]
  readonly ground: FaultGround
}

describe('one gateway on SQLite, with 16 partners that send all the time', () => {
  let folder: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'raccord-test-faults-'))
  })

  afterAll(async () => {
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  })

  test(`loses nothing over ${PROCESS_KILLS} kill -9 and ${THREAD_KILLS} threads that die`, async () => {
    const random = seededRandom(SEED)
    const { gateway, lines, ground } = await openMachine(join(folder, 'kills'))
    onTestFinished(() => gateway.kill())
    const fleet = await PartnerFleet.create(lines, {
      seed: SEED,
      pauseMilliseconds: PAUSE_MILLISECONDS,
    })
    onTestFinished(() => fleet.remove())
    await gateway.start()
    fleet.start()
    for (let kill = 0; kill < PROCESS_KILLS; kill += 1) {
      await sleep(200 + random() * 1_200)
      await gateway.kill()
      await gateway.start()
    }
    const ended: Record<string, number> = {}
    const endOne = async (kind: RegExp, patienceMilliseconds?: number): Promise<boolean> => {
      const choose = (files: readonly string[]): string | undefined => {
        const some = files.filter((name) => kind.test(name))
        return some[Math.floor(random() * some.length)]
      }
      const file = await endThread(gateway.inspectorUrl, choose, patienceMilliseconds)
      if (file !== undefined) ended[file] = (ended[file] ?? 0) + 1
      return file !== undefined
    }
    for (let kill = 0; kill < THREAD_KILLS - JOURNAL_THREAD_KILLS;) {
      await sleep(random() * 300)
      if (await endOne(/^invoice-worker|^reading-worker/)) kill += 1
    }
    for (let kill = 0; kill < JOURNAL_THREAD_KILLS; kill += 1) {
      await sleep(random() * 500)
      const kind = kill % 2 === 0 ? /^writer-worker/ : /^reader-worker/
      expect(await endOne(kind, 60_000), 'a thread of the journal').toBe(true)
      const end = await gateway.ended
      expect(end?.signal, gateway.said).toBeNull()
      expect(end?.code, gateway.said).not.toBe(0)
      expect(end?.stderr).toContain('JOURNAL_UNAVAILABLE')
      await gateway.start()
    }
    await fleet.stop()
    await settle(gateway, ground)
    const judgement = await onGround(ground, (opened) =>
      judgeFlows(opened, fleet.sent, fleet.acknowledged),
    )
    const facts = { seed: SEED, kills: PROCESS_KILLS, threads: ended, starts: gateway.starts }
    expectNothingLost('SQLite, killed', judgement, fleet, facts)
  })

  test.each([
    ['above the floor of free disk', 24],
    ['with no floor at all', 0],
  ])('refuses at once while the disk is full, and recovers by itself: %s', async (_, floorMib) => {
    const disk = await mountSmallDisk(join(folder, `disk-${floorMib}`), 256)
    if (disk === undefined) return
    onTestFinished(() => disk.unmount())
    const settings = { limits: { minFreeDiskBytes: floorMib * 1024 * 1024 } }
    const machine = await openMachine(join(disk.folder, 'data'), settings)
    const { gateway, lines, ground } = machine
    onTestFinished(() => gateway.kill())
    const fleet = await PartnerFleet.create(lines, {
      seed: SEED,
      pauseMilliseconds: PAUSE_MILLISECONDS / 4,
    })
    onTestFinished(() => fleet.remove())
    await gateway.start()
    fleet.start()
    await sleep(2_000)
    disk.fill(floorMib === 0 ? 0 : 8 * 1024 * 1024)
    const fullAt = performance.now()
    await patiently('a refusal for want of room', async () => fleet.refusedForRoom >= PARTNERS)
    const refusedMilliseconds = Math.round(performance.now() - fullAt)
    await sleep(2_000)
    const before = fleet.acknowledged.size
    disk.free()
    const freeAt = performance.now()
    await patiently(
      'flows are taken again',
      async () => fleet.acknowledged.size > before + PARTNERS,
    )
    const againMilliseconds = Math.round(performance.now() - freeAt)
    await fleet.stop()
    expect(gateway.starts, 'nobody started it again').toBe(1)
    await settle(gateway, ground)
    const judgement = await onGround(ground, (opened) =>
      judgeFlows(opened, fleet.sent, fleet.acknowledged),
    )
    const facts = { seed: SEED, floorMib, refusedMilliseconds, againMilliseconds }
    expectNothingLost('SQLite, disk full', judgement, fleet, facts)
  })

  test('a second gateway on its folder refuses to start, and says why', async () => {
    const { gateway, ground } = await openMachine(join(folder, 'two'))
    onTestFinished(() => gateway.kill())
    await gateway.start()
    const data = ground.dataFolders[0]!
    const second = await runRaccord([
      'serve',
      '--data',
      data,
      '--sftp-port',
      '0',
      '--api-port',
      '0',
    ])
    expect(second.exitCode).not.toBe(0)
    expect(second.stderr).toContain('Another gateway process holds the data folder')
    await gateway.kill()
    await gateway.start()
  })

  async function openMachine(
    data: string,
    settings: Readonly<Record<string, unknown>> = {},
  ): Promise<Machine> {
    const port = await freePort()
    const partners = await mkdtemp(join(folder, 'partners-'))
    const lines = await registerPartners({ data, ...settings }, partners, [port], PARTNERS)
    const gateway = new GatewayProcess({
      name: 'gateway',
      environment: {
        RACCORD_DATA: data,
        RACCORD_SFTP__PORT: String(port),
        RACCORD_SFTP__MAX_PER_ADDRESS: '200',
        RACCORD_SFTP__MAX_NEW_PER_ADDRESS_PER_SECOND: '1000',
        RACCORD_API__PORT: '0',
        RACCORD_PIPELINE__LEASE_SECONDS: '5',
        ...environmentOf(settings),
      },
    })
    const ground = { journalUrl: 'sqlite:', payloadsUrl: 'file:', dataFolders: [data] }
    return { gateway, lines, ground }
  }
})

/** Settings of one level, as the environment has them. */
function environmentOf(settings: Readonly<Record<string, unknown>>): Record<string, string> {
  const upperSnake = (name: string): string => name.replaceAll(/[A-Z]/g, '_$&').toUpperCase()
  return Object.fromEntries(
    Object.entries(settings).flatMap(([section, members]) =>
      Object.entries(members as Record<string, unknown>).map(([name, value]) => [
        `RACCORD_${upperSnake(section)}__${upperSnake(name)}`,
        String(value),
      ]),
    ),
  )
}

/** How many contents there are in its store of payloads. */
async function contentsOf(data: string): Promise<number> {
  const names = await readdir(join(data, 'payloads'), { recursive: true })
  return names.filter((name) => /[0-9a-f]{64}$/.test(name)).length
}

/** Waits for every verdict; then a last start clears up what the kills left, and it ends in order. */
async function settle(gateway: GatewayProcess, { dataFolders }: FaultGround): Promise<void> {
  const file = join(dataFolders[0]!, 'journal.sqlite')
  const counted = (sql: string): number => {
    const database = new DatabaseSync(file, { readOnly: true, timeout: 5_000 })
    try {
      return Number(database.prepare(sql).get()?.['rows'])
    } finally {
      database.close()
    }
  }
  const unfinished = 'select count(*) as rows from flows where finished_at is null'
  await patiently('every flow has its verdict', async () => counted(unfinished) === 0)
  expect((await gateway.stop())?.code, gateway.said).toBe(0)
  await gateway.start({ RACCORD_PAYLOADS__UNNAMED_SECONDS: '1' })
  const waiting = `select (select count(*) from chunks) + (select count(*) from jobs)
    + (select count(*) from landed_payloads) as rows`
  await patiently('what is left over is cleared up', async () => counted(waiting) === 0)
  const naming = `select count(*) as rows from (select sha256 from flows
    union select sha256 from return_flows union select transcript_sha256 from sessions
    where transcript_sha256 is not null)`
  await patiently(
    'contents that nothing names are gone',
    async () => (await contentsOf(dataFolders[0]!)) <= counted(naming),
  )
  expect((await gateway.stop())?.code, gateway.said).toBe(0)
}
