import { fork, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { glob, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { recommendedName } from '../../config/flow-name.ts'
import type { BenchContext } from '../bench-context.ts'
import type { Measurement } from '../measurement.ts'
import { peakRssBytes } from '../process-tree.ts'
import { atEnd, scratchFolder } from '../scratch.ts'
import { startPesitRig } from './rig.ts'
import type { PesitReturns, PesitRig } from './rig.ts'
import type { PartnerOrder, PartnerResult } from './partner-client.ts'

export const PREFERRED = { intervalKib: 1_024, window: 4 }
export const PLATFORM = { intervalKib: 64, window: 2 }
/** Two in an entity of 65,535 bytes, headers and lengths included. */
const LONG_ARTICLE_BYTES = 32_760
const MEBIBYTE = 1024 * 1024
/** The size that the targets speak of, and that of `--quick`, in MiB. */
const LARGE = { full: 1_024, quick: 512 }

/** The gateway, a partner of it, and what both are compared with. */
export interface Ground {
  readonly rig: PesitRig
  /** Where the reference and the partner put what they receive. */
  readonly folder: string
  readonly order: (order: Partial<PartnerOrder>) => Promise<PartnerResult>
  stop(): Promise<void>
}

export function largeArchive(bench: BenchContext): ReturnType<BenchContext['largeArchive']> {
  return bench.largeArchive(bench.isQuick ? LARGE.quick : LARGE.full)
}

/** Name of a flow that was never sent. */
export function newName(bench: BenchContext): string {
  return recommendedName('FSO1110A', 'GAM003', bench.nextNumber(), 'tar.gz')
}

/** One file over, in MiB/s. */
export async function speed(
  ground: Ground,
  archive: { readonly path: string; readonly mebibytes: number },
  order: Partial<PartnerOrder>,
): Promise<number> {
  const { milliseconds } = await ground.order({ path: archive.path, ...order })
  return (archive.mebibytes * 1_000) / milliseconds
}

/** Highest resident memory of the listening process since it was last reset. */
export function listenerMemory(ground: Ground, id: string, doing: string): Measurement {
  return {
    id,
    title: `memory of the listener while it ${doing}`,
    unit: 'MiB',
    ours: [peakRssBytes(ground.rig.pid) / MEBIBYTE],
    target: { valueAtMost: 150 },
  }
}

/** @param returns wait for the partner; the reference sends their file then, else it receives */
export async function startGround(returns?: PesitReturns): Promise<Ground> {
  const rig = await startPesitRig(returns)
  const scratch = scratchFolder()
  const client = fork(join(import.meta.dirname, 'partner-client.ts'))
  const key = await rig.partner.credentials('client')
  const certificate = join(rig.partner.folder, 'client.pem')
  const raw = returns === undefined ? ['receive', scratch.path] : ['send', returns.file]
  const [clear, tls] = await Promise.all([
    startRaw(raw),
    startRaw([...raw, key.keyFile, certificate]),
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
        names: ['raw'],
        resumes: false,
        sync: PREFERRED,
        articleBytes: LONG_ARTICLE_BYTES,
        partner: rig.partner.folder,
        port: order.how?.startsWith('raw') === true ? raw : own,
        ...order,
      })
      const [result] = (await once(client, 'message')) as [PartnerResult]
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

/** What the gateway has stored is of no use any more: the disk has room for the next. */
export async function dropPayloads({ rig }: Ground): Promise<void> {
  for await (const path of glob('payloads/??/*', { cwd: rig.dataFolder })) {
    await rm(join(rig.dataFolder, path))
  }
}

async function startRaw(
  words: readonly string[],
): Promise<{ readonly child: ChildProcess; readonly port: number }> {
  const program = fileURLToPath(new URL('./raw-peer.ts', import.meta.url))
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const [said] = (await once(child.stdout, 'data')) as [Buffer]
  return { child, port: Number(String(said)) }
}
