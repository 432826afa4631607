import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { recommendedName } from '../../config/flow-name.ts'
import { settleDisk, touchFreePages } from '../bench-context.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import { stampArchive } from '../flow-archive.ts'
import type { Measurement } from '../measurement.ts'
import { peakRssBytes, resetPeakRss } from '../process-tree.ts'
import { atEnd, scratchFolder } from '../scratch.ts'
import { startPesitRig } from './rig.ts'
import type { PesitRig } from './rig.ts'
import type { SendingOrder, SendingResult } from './sending-client.ts'

const MEBIBYTE = 1024 * 1024
/** Two in an entity of 65,535 bytes, headers and lengths included. */
const LONG_ARTICLE_BYTES = 32_760
const SMALL_BYTES = 20 * 1024
/** Partners that send at the same time. */
const AT_ONCE = 16
const PREFERRED = { intervalKib: 1_024, window: 4 }
const PLATFORM = { intervalKib: 64, window: 2 }

interface Ground {
  readonly rig: PesitRig
  readonly order: (order: Partial<SendingOrder>) => Promise<SendingResult>
  readonly folder: string
  stop(): Promise<void>
}

/** Large flows by WRITE, beside a copy over the same kind of socket. */
export const measurePesitWrites: Suite = async (bench) => {
  const ground = await startGround()
  try {
    const archive = await bench.largeArchive()
    const rounds = bench.isQuick ? 1 : 3
    const measurements: Measurement[] = []
    for (const isTls of [false, true]) {
      const way = isTls ? 'TLS' : 'TCP'
      resetPeakRss(ground.rig.pid)
      for (const sync of [PREFERRED, PLATFORM]) {
        const [ours, theirs]: [number[], number[]] = [[], []]
        for (let round = 0; round < rounds; round += 1) {
          touchFreePages(ground.folder)
          settleDisk(ground.folder)
          theirs.push(await speed(ground, archive, { how: 'raw', isTls }))
          await stampArchive(archive.path, bench.nextNumber())
          settleDisk(ground.folder)
          ours.push(await speed(ground, archive, { how: 'pesit', isTls, sync }, bench))
        }
        measurements.push({
          id: `pesit.write.${way.toLowerCase()}.${sync.intervalKib}`,
          title: `PeSIT WRITE over ${way}, ${sync.intervalKib} KiB, window ${sync.window}`,
          unit: 'MiB/s',
          ours,
          reference: { name: `copy over ${way}, SHA-256, fsync`, samples: theirs },
          ...(sync === PREFERRED ? { target: { ratioAtLeast: 0.6 } as const } : {}),
        })
      }
      measurements.push({
        id: `pesit.write.${way.toLowerCase()}.rss`,
        title: `memory of the listener while it receives over ${way}`,
        unit: 'MiB',
        ours: [peakRssBytes(ground.rig.pid) / MEBIBYTE],
        target: { valueAtMost: 150 },
      })
    }
    return measurements
  } finally {
    await ground.stop()
  }
}

/** Connect, 20 KB, release, over TLS: durable by the answer. */
export const measurePesitSessions: Suite = async (bench) => {
  const ground = await startGround()
  try {
    const count = bench.isQuick ? 50 : 200
    const path = join(ground.folder, 'small')
    const measurements: Measurement[] = []
    for (const resumes of [true, false]) {
      const [ours, theirs]: [number[], number[]] = [[], []]
      for (let round = 0; round < 3; round += 1) {
        await writeFile(path, Buffer.alloc(SMALL_BYTES, bench.nextNumber()))
        const common = { isTls: true, path, resumes, atOnce: AT_ONCE }
        const names = namesOf(bench, count)
        const raw = await ground.order({ ...common, how: 'raw', names })
        const own = await ground.order({ ...common, how: 'pesit', names })
        theirs.push((count * 1_000) / raw.milliseconds)
        ours.push((count * 1_000) / own.milliseconds)
      }
      measurements.push({
        id: `pesit.sessions.${resumes ? 'resumed' : 'full'}`,
        title: `PeSIT sessions of 20 KB over TLS, ${resumes ? 'resumed' : 'full handshakes'}`,
        unit: '/s',
        ours,
        reference: { name: 'TLS, 20 KB, fsync', samples: theirs },
        target: { ratioAtLeast: 0.5 },
      })
    }
    return measurements
  } finally {
    await ground.stop()
  }
}

async function speed(
  ground: Ground,
  archive: { readonly path: string; readonly mebibytes: number },
  order: Partial<SendingOrder>,
  bench?: BenchContext,
): Promise<number> {
  const names = bench === undefined ? ['raw'] : namesOf(bench, 1)
  const { milliseconds } = await ground.order({ ...order, path: archive.path, names })
  return (archive.mebibytes * 1_000) / milliseconds
}

function namesOf(bench: BenchContext, count: number): string[] {
  return Array.from({ length: count }, () =>
    recommendedName('FSO1110A', 'GAM003', bench.nextNumber(), 'tar.gz'),
  )
}

async function startGround(): Promise<Ground> {
  const rig = await startPesitRig()
  const scratch = scratchFolder()
  const here = import.meta.dirname
  const client = fork(join(here, 'sending-client.ts'))
  const key = await rig.partner.credentials('client')
  const certificate = join(rig.partner.folder, 'client.pem')
  const [clear, tls] = await Promise.all([
    startRaw([scratch.path]),
    startRaw([scratch.path, key.keyFile, certificate]),
  ])
  const kill = atEnd(() => {
    for (const child of [client, clear.child, tls.child]) child.kill('SIGKILL')
  })
  return {
    rig,
    folder: scratch.path,
    async order(order) {
      const isTls = order.isTls === true
      const raw = isTls ? tls.port : clear.port
      const own = isTls ? rig.tlsPort : rig.clearPort
      client.send({
        atOnce: 1,
        resumes: false,
        sync: PREFERRED,
        articleBytes: LONG_ARTICLE_BYTES,
        partner: rig.partner.folder,
        port: order.how === 'raw' ? raw : own,
        ...order,
      })
      const [result] = (await once(client, 'message')) as [SendingResult]
      if (result.fault !== undefined) throw new Error(result.fault)
      return result
    },
    async stop() {
      kill()
      await rig.stop()
      scratch.remove()
    },
  }
}

async function startRaw(
  words: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const program = fileURLToPath(new URL('./raw-receiver.ts', import.meta.url))
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, port: Number(String(said)) }
}
