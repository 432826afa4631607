import { randomFillSync } from 'node:crypto'
import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { Client } from 'pg'
import { expect, onTestFinished, test } from 'vitest'
import { encodeTarHeader, archiveBytes } from '../../processing/archives/write-archive.ts'
import { expectNothingLost, onGround, patiently } from '../support/fault-run.ts'
import { findLeftovers, judgeFlows } from '../support/flow-judge.ts'
import { freePort } from '../../gateway/cli/free-port.ts'
import { GatewayProcess } from '../support/gateway-process.ts'
import { ADDITION, NEXT_STEP, upgradeJournal } from '../support/next-version.ts'
import { PartnerFleet, registerPartners } from '../support/partner-fleet.ts'
import { describeWith } from '../support/programs.ts'
import { startRedis } from '../support/redis-server.ts'
import { seededRandom } from '../support/seeded-random.ts'
import { sampleInvoice, verdict } from '../support/sending-partner.ts'
import { hasPostgres, startPostgres } from '../support/services.ts'
import { mountSmallDisk } from '../support/small-disk.ts'

const SEED = Number(process.env['FAULTS_SEED'] ?? 20_261_122)
const PARTNERS = 16
const KILLS = 25
const PAUSE_MILLISECONDS = 500
const DISK_MIB = 768
const FLOOR_MIB = 32
const BIG_MIB = 200
const MANY_INVOICES = 500
const MIB = 1024 * 1024

describeWith('redis-server')('five processes on PostgreSQL and Redis, with 16 partners', () => {
  test.skipIf(!hasPostgres)(
    `lose nothing over ${KILLS} kill -9 of every role, engines wiped and away, a full disk and an upgrade`,
    async () => {
      const random = seededRandom(SEED)
      const folder = await mkdtemp(join(tmpdir(), 'raccord-test-faults-'))
      onTestFinished(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))
      // Payloads and what listeners receive share one disk, which can be filled.
      const place = join(folder, 'disk')
      const disk = await mountSmallDisk(place, DISK_MIB)
      onTestFinished(() => disk?.unmount())
      const postgres = await startPostgres()
      onTestFinished(() => postgres.remove())
      await postgres.createDatabase('raccord')
      const journalUrl = postgres.url('raccord')
      const redis = await startRedis()
      const ports = [await freePort(), await freePort()]
      const payloadsUrl = `file:${join(place, 'payloads')}`
      const identityFolder = join(folder, 'identity')
      await mkdir(join(folder, 'keys'))
      const lines = await registerPartners(
        {
          data: join(folder, 'setup'),
          journal: { url: journalUrl },
          payloads: { url: payloadsUrl },
          identity: { folder: identityFolder },
          limits: { minFreeDiskBytes: 0 },
        },
        join(folder, 'keys'),
        ports,
        PARTNERS + 2,
      )
      const started = (name: string, roles: string, data: string, port = 0) =>
        new GatewayProcess({
          name,
          environment: {
            RACCORD_DATA: data,
            RACCORD_ROLES: roles,
            RACCORD_JOURNAL__URL: journalUrl,
            RACCORD_QUEUE__URL: redis.url,
            RACCORD_PAYLOADS__URL: payloadsUrl,
            RACCORD_IDENTITY__FOLDER: identityFolder,
            RACCORD_SFTP__PORT: String(port),
            RACCORD_SFTP__MAX_PER_ADDRESS: '200',
            RACCORD_SFTP__MAX_NEW_PER_ADDRESS_PER_SECOND: '1000',
            RACCORD_API__PORT: '0',
            RACCORD_METRICS__PORT: '0',
            RACCORD_LIMITS__MIN_FREE_DISK_BYTES: String(FLOOR_MIB * MIB),
            RACCORD_PIPELINE__LEASE_SECONDS: '5',
            RACCORD_PIPELINE__CHUNK_INVOICES: '50',
          },
        })
      const listeners = [
        started('listener 1', 'listeners', join(place, 'listener-1'), ports[0]),
        started('listener 2', 'listeners', join(place, 'listener-2'), ports[1]),
      ]
      const workers = [
        started('worker 1', 'workers,delivery', join(folder, 'worker-1')),
        started('worker 2', 'workers,delivery', join(folder, 'worker-2')),
      ]
      const processes = [...listeners, ...workers, started('api', 'api', join(folder, 'api'))]
      const dataFolders = ['disk/listener-1', 'disk/listener-2', 'worker-1', 'worker-2', 'api'].map(
        (name) => join(folder, name),
      )
      onTestFinished(async () => {
        await Promise.all(processes.map((one) => one.kill()))
      })
      await Promise.all(processes.map((one) => one.start()))
      const second = started('second', 'workers', dataFolders[2]!)
      await expect(second.start()).rejects.toThrow('Another gateway process holds the data folder')
      const fleet = await PartnerFleet.create(lines, {
        seed: SEED,
        pauseMilliseconds: PAUSE_MILLISECONDS,
      })
      onTestFinished(() => fleet.remove())
      const [many, big] = fleet.partners.slice(PARTNERS)
      const kills: Record<string, number> = {}
      const kill = async (
        victims: readonly GatewayProcess[],
        look?: () => Promise<unknown>,
      ): Promise<void> => {
        await Promise.all(victims.map((one) => one.kill()))
        for (const { name } of victims) kills[name] = (kills[name] ?? 0) + 1
        await look?.()
        await Promise.all(victims.map((one) => one.start()))
      }
      const facts: Record<string, unknown> = { seed: SEED, kills }
      const faults: Record<string, number> = {}
      facts['faults'] = faults
      const fault = async (name: string, work: () => Promise<unknown>): Promise<void> => {
        faults[name] = (faults[name] ?? 0) + 1
        await work()
      }
      const ofEngines: readonly (readonly [string, () => Promise<unknown>])[] = [
        ['FLUSHALL', () => redis.ask('FLUSHALL')],
        [
          'Redis away',
          async () => {
            await redis.kill()
            await sleep(1_500)
            await redis.start()
          },
        ],
        [
          'PostgreSQL away',
          async () => {
            await postgres.stop('immediate')
            await sleep(1_500)
            await postgres.start()
          },
        ],
        ['FLUSHALL', () => redis.ask('FLUSHALL')],
        ['schema upgraded', () => upgradeJournal({ url: journalUrl, dataFolder: '' }, ADDITION)],
        [
          'PostgreSQL away',
          async () => {
            await postgres.stop('fast')
            await sleep(7_000) // longer than its callers wait for it
            await postgres.start()
          },
        ],
      ]

      fleet.start(PARTNERS)
      // What is killed in the middle of it.
      const [manyName, bigName] = [many!.nextName('tar.gz'), big!.nextName('tar.gz')]
      const chunksDone = `select count(*) as rows from chunks join flows on flows.id = flow_id
        where file_name = '${manyName}' and chunks.state = 'DONE'`
      const sendingMany = many!.sendUntilTaken(
        manyName,
        await manyInvoices(),
        verdict('IN_INTEGRE', MANY_INVOICES, MANY_INVOICES),
      )
      await patiently(
        'a part of the 500 invoices is done',
        async () => (await counted(journalUrl, chunksDone)) > 0,
      )
      await kill(workers, async () => {
        facts['chunksDoneAtKill'] = await counted(journalUrl, chunksDone)
      })
      await sendingMany
      const sendingBig = big!.sendUntilTaken(bigName, bigArchive(), verdict('IN_REJETE', 0, 0))
      let half: GatewayProcess | undefined
      await patiently('half of the 200 MB is there', async () => {
        const sizes = await Promise.all(dataFolders.slice(0, 2).map(largestStaged))
        half = listeners[sizes.findIndex((size) => size > (BIG_MIB / 2) * MIB)]
        return half !== undefined
      })
      await kill([half!], async () => {
        const sizes = await Promise.all(dataFolders.slice(0, 2).map(largestStaged))
        facts['mibAtKill'] = Math.round(Math.max(...sizes) / MIB)
      })

      // Every process is killed as often as any other, in a random order.
      const victims = Array.from({ length: KILLS - 3 }, (_, n) => processes[n % processes.length]!)
      for (let index = victims.length - 1; index > 0; index -= 1) {
        const other = Math.floor(random() * (index + 1))
        ;[victims[index], victims[other]] = [victims[other]!, victims[index]!]
      }
      for (const [index, victim] of victims.entries()) {
        await sleep(100 + random() * 900)
        await kill([victim])
        const due = ofEngines[(index - 1) / 3]
        if (due !== undefined) await fault(due[0], due[1])
      }
      await sendingBig

      if (disk !== undefined) {
        await fault('disk full', async () => {
          const refusedBefore = fleet.refusedForRoom
          disk.fill((FLOOR_MIB / 2) * MIB)
          await patiently('refusals', async () => fleet.refusedForRoom >= refusedBefore + PARTNERS)
          const before = fleet.acknowledged.size
          disk.free()
          await patiently(
            'flows are taken again',
            async () => fleet.acknowledged.size > before + PARTNERS,
          )
          facts['refusedWhileFull'] = fleet.refusedForRoom - refusedBefore
        })
      }
      await fleet.stop()
      await patiently(
        'every flow has its verdict',
        async () =>
          (await counted(
            journalUrl,
            'select count(*) as rows from flows where finished_at is null',
          )) === 0,
      )
      const orderly = await Promise.all(processes.map((one) => one.stop()))
      expect(orderly.map((end) => end?.code)).toEqual(processes.map(() => 0))

      // Contents that only the next version might name are left alone: it would clear up here.
      await postgres.run('raccord', `delete from kysely_migration where name = '${NEXT_STEP}'`)
      const last = [...listeners, workers[0]!]
      await Promise.all(last.map((one) => one.start({ RACCORD_PAYLOADS__UNNAMED_SECONDS: '1' })))
      const ground = { journalUrl, payloadsUrl, dataFolders }
      await onGround(
        ground,
        (opened) =>
          patiently('what is left over is cleared up', async () =>
            Object.values(await findLeftovers(opened)).every((count) => count === 0),
          ).catch(() => {}), // told below, with its name
      )
      await Promise.all(last.map((one) => one.stop()))
      const judgement = await onGround(ground, (opened) =>
        judgeFlows(opened, fleet.sent, fleet.acknowledged),
      )
      expectNothingLost('PostgreSQL and Redis', judgement, fleet, facts)
      expect(Object.values(kills).reduce((sum, count) => sum + count)).toBe(KILLS)
    },
  )
})

async function counted(url: string, sql: string): Promise<number> {
  const client = new Client({ connectionString: url })
  client.on('error', () => {})
  try {
    await client.connect()
    const { rows } = await client.query<{ readonly rows: string }>(sql)
    return Number(rows[0]?.rows)
  } finally {
    await client.end()
  }
}

function manyInvoices(): Promise<Buffer> {
  return archiveBytes(
    Array.from({ length: MANY_INVOICES }, (_, index) => ({
      name: `F${index + 1}.xml`,
      content: sampleInvoice(`MANY-${index + 1}`),
    })),
  )
}

/** One file that is larger than a file may be, and does not shrink: a flow that is rejected. */
function bigArchive(): Buffer {
  const content = randomFillSync(Buffer.alloc(BIG_MIB * MIB))
  const tar = Buffer.concat([
    encodeTarHeader('big.xml', content.length),
    content,
    Buffer.alloc(1024),
  ])
  return gzipSync(tar, { level: 0 })
}

/** Bytes of the largest file that a listener is receiving. */
async function largestStaged(dataFolder: string): Promise<number> {
  const staging = join(dataFolder, 'staging')
  const names = await readdir(staging).catch(() => [])
  const sizes = await Promise.all(
    names.map((name) =>
      stat(join(staging, name)).then(
        ({ size }) => size,
        () => 0,
      ),
    ),
  )
  return Math.max(0, ...sizes)
}
