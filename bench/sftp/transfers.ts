import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { copyFile, statfs } from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { recommendedName } from '../../config/flow-name.ts'
import { settleDisk, touchFreePages } from '../bench-context.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import { stampArchive } from '../flow-archive.ts'
import { returnFlowName } from '../gateway-data.ts'
import type { Measurement, Target } from '../measurement.ts'
import { transfer } from '../openssh-client.ts'
import { peakRssBytes, resetPeakRss, treeCpuSeconds } from '../process-tree.ts'
import { MEMORY_DISK } from '../scratch.ts'
import type { SftpServer } from '../sftp-server.ts'
import { BENCH_USERS, startRig } from './rig.ts'
import type { Medium, Rig } from './rig.ts'

const MEBIBYTE = 1024 * 1024
/** Time a server has to finish what it does after its last answer. */
const SETTLE_MILLISECONDS = 150
/** What the runs of one medium keep at most, for a small memory disk. */
const NEEDED_MEMORY_DISK_BYTES = 6 * 1024 * MEBIBYTE

/** One transfer as the server saw it. */
interface Run {
  readonly mebibytesPerSecond: number
  readonly cpuSeconds: number
}

/** Who takes part in a round, in this order; what each is called in the table. */
const PUT_RIVALS = {
  shipped: 'sftp-server',
  internal: 'internal-sftp',
  durable: 'put -f',
} as const

/** Durable puts of ours beside OpenSSH's, which only `put -f` makes durable. */
export const measurePuts: Suite = async (bench) => {
  const measurements: Measurement[] = []
  for (const medium of await media(bench)) {
    const rig = await startRig(bench, { medium })
    try {
      measurements.push(...(await putsOn(bench, rig, medium)))
    } finally {
      await rig.stop()
    }
  }
  return measurements
}

/** Gets of return flows beside gets of plain files; the client throws the bytes away. */
export const measureGets: Suite = async (bench) => {
  const archive = await bench.largeArchive()
  const rounds = roundsOf(bench)
  const rig = await startRig(bench, {
    medium: 'disk',
    returns: { file: archive.path, count: rounds + 1 },
  })
  try {
    const paths = new Map<SftpServer, string>()
    for (const server of Object.values(rig.openSsh)) {
      const path = server.uploadPath('large.tar.gz')
      await copyFile(archive.path, path)
      paths.set(server, path)
    }
    let taken = 0
    const pathOf = (server: SftpServer) => {
      if (server !== rig.ours) return paths.get(server)!
      taken += 1
      return `/retrait/${returnFlowName(BENCH_USERS.ed25519, taken)}`
    }
    const rivals = [rig.ours, rig.openSsh.external, rig.openSsh.internal]
    for (const server of bench.isQuick ? [rig.ours] : rivals) {
      await compareContent(bench, rig, server, pathOf(server))
    }
    resetPeakRss(rig.ours.pid)
    const runs = new Map<SftpServer, Run[]>(rivals.map((server) => [server, []]))
    for (let round = 1; round <= rounds; round += 1) {
      for (const server of rivals) {
        const run = await timedTransfer(bench, server, `get ${pathOf(server)} /dev/null`)
        runs.get(server)!.push(run)
        bench.tell(`get ${round}/${rounds} ${server.name}: ${told(run)}`)
      }
    }
    const ours = runs.get(rig.ours)!
    return compare(`sftp.get`, 'get 512 MB', ours, [
      [PUT_RIVALS.shipped, runs.get(rig.openSsh.external)!, { ratioAtLeast: 1.2 }],
      [PUT_RIVALS.internal, runs.get(rig.openSsh.internal)!],
    ])
  } finally {
    await rig.stop()
  }
}

async function putsOn(bench: BenchContext, rig: Rig, medium: Medium): Promise<Measurement[]> {
  const { external, internal } = rig.openSsh
  const rivals = [
    { name: 'ours', server: rig.ours, command: 'put' },
    { name: PUT_RIVALS.shipped, server: external, command: 'put' },
    { name: PUT_RIVALS.internal, server: internal, command: 'put' },
    { name: PUT_RIVALS.durable, server: external, command: 'put -f' },
  ]
  const rounds = roundsOf(bench)
  const runs = new Map<string, Run[]>(rivals.map(({ name }) => [name, []]))
  const { path } = await bench.largeArchive()
  resetPeakRss(rig.ours.pid)
  for (let round = 0; round <= rounds; round += 1) {
    for (const { name, server, command } of rivals) {
      const number = bench.nextNumber()
      await stampArchive(path, number)
      const remote = server.uploadPath(
        recommendedName('FSO1110A', BENCH_USERS.ed25519, number, 'tar.gz'),
      )
      touchFreePages(rig.folder)
      const run = await timedTransfer(bench, server, `${command} ${path} ${remote}`)
      await rig.clearReference()
      settleDisk(rig.folder)
      bench.tell(`put on ${medium} ${round}/${rounds} ${name}: ${told(run)}`)
      // Round 0 warms up: first code of ours, first pages of the archive.
      if (round > 0) runs.get(name)!.push(run)
    }
  }
  const suffix = medium === 'disk' ? '' : '.memory'
  const title = `put 512 MB, ${medium}`
  const onDisk: Target = { ratioAtLeast: 1.2 }
  const measurements = compare(`sftp.put${suffix}`, title, runs.get('ours')!, [
    [PUT_RIVALS.shipped, runs.get(PUT_RIVALS.shipped)!, onDisk],
    [PUT_RIVALS.internal, runs.get(PUT_RIVALS.internal)!],
    [PUT_RIVALS.durable, runs.get(PUT_RIVALS.durable)!],
  ])
  const peak = peakRssBytes(rig.ours.pid) / MEBIBYTE
  return [
    ...measurements,
    { id: `sftp.put${suffix}.rss`, title: `${title}: peak RSS`, unit: 'MiB', ours: [peak] },
  ]
}

/** Speed against each rival, CPU against the first. */
function compare(
  id: string,
  title: string,
  ours: readonly Run[],
  rivals: readonly (readonly [name: string, runs: readonly Run[], target?: Target])[],
): Measurement[] {
  const speed = (runs: readonly Run[]) => runs.map((run) => run.mebibytesPerSecond)
  const cpu = (runs: readonly Run[]) => runs.map((run) => run.cpuSeconds)
  return rivals.flatMap(([name, runs, target]) => [
    {
      id: `${id}.${name.replaceAll(' ', '')}`,
      title: `${title} ⇄ ${name}`,
      unit: 'MiB/s',
      ours: speed(ours),
      reference: { name, samples: speed(runs) },
      ...(target === undefined ? {} : { target }),
    },
    {
      id: `${id}.${name.replaceAll(' ', '')}.cpu`,
      title: `  its server CPU`,
      unit: 's',
      ours: cpu(ours),
      reference: { name, samples: cpu(runs) },
      ...(target === undefined ? {} : { target: { ratioAtMost: 1 } }),
    },
  ])
}

async function timedTransfer(
  bench: BenchContext,
  server: SftpServer,
  command: string,
): Promise<Run> {
  const { mebibytes } = await bench.largeArchive()
  let cpuBefore = 0
  const milliseconds = await transfer({
    server,
    key: bench.keys.ed25519,
    cipher: bench.cipher,
    command,
    onStart: () => (cpuBefore = treeCpuSeconds(server.pid)),
  })
  await sleep(SETTLE_MILLISECONDS)
  return {
    mebibytesPerSecond: (mebibytes * 1_000) / milliseconds,
    cpuSeconds: treeCpuSeconds(server.pid) - cpuBefore,
  }
}

/** Fast and wrong would be worthless: what comes back once is compared whole. */
async function compareContent(
  bench: BenchContext,
  rig: Rig,
  server: SftpServer,
  remote: string,
): Promise<void> {
  const { path } = await bench.largeArchive()
  const copy = join(rig.folder, 'copy')
  await timedTransfer(bench, server, `get ${remote} ${copy}`)
  const [sent, received] = await Promise.all([sha256Of(path), sha256Of(copy)])
  if (sent !== received) throw new Error(`${server.name} sent another content than it had`)
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(path), hash)
  return hash.digest('hex')
}

async function media(bench: BenchContext): Promise<readonly Medium[]> {
  if (bench.isQuick) return ['disk']
  const { bavail, bsize } = await statfs(MEMORY_DISK).catch(() => ({ bavail: 0, bsize: 0 }))
  if (bavail * bsize >= NEEDED_MEMORY_DISK_BYTES) return ['disk', 'memory']
  bench.tell(`${MEMORY_DISK} is too small: puts are measured on disk only`)
  return ['disk']
}

const roundsOf = (bench: BenchContext): number => (bench.isQuick ? 1 : 5)

const told = (run: Run): string =>
  `${run.mebibytesPerSecond.toFixed(0)} MiB/s, ${run.cpuSeconds.toFixed(2)} s of CPU`
