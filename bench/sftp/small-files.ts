import { setTimeout as sleep } from 'node:timers/promises'
import { recommendedName } from '../../config/flow-name.ts'
import { settleDisk } from '../bench-context.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import { LoadClient, loadTarget } from '../load-driver.ts'
import type { Measurement } from '../measurement.ts'
import { treeCpuSeconds } from '../process-tree.ts'
import type { SftpServer } from '../sftp-server.ts'
import { BENCH_USERS, startRig } from './rig.ts'
import type { Rig } from './rig.ts'

const FILE_BYTES = 5 * 1024
const FILES = 2_000
const SETTLE_MILLISECONDS = 150

interface Run {
  readonly perSecond: number
  readonly cpuMilliseconds: number
}

interface Rival {
  readonly name: 'ours' | 'plain' | 'put -f'
  readonly server: SftpServer
  readonly fsync: boolean
}

/** How many connections at a time. */
const CASES: readonly number[] = [1, 16]

/**
 * Flows of 5 KB from a client that costs next to nothing, which shows what the servers can take:
 * one after the other on each connection; ours are always durable. The targets speak of OpenSSH's
 * client (small-puts.ts).
 */
export const measureSmallFiles: Suite = async (bench) => {
  const rig = await startRig(bench, { medium: 'disk' })
  const client = new LoadClient()
  try {
    const measurements: Measurement[] = []
    for (const parallel of CASES) {
      const runs = await rounds(bench, rig, client, parallel)
      const ours = runs.get('ours')!
      for (const name of ['plain', 'put -f'] as const) {
        const theirs = runs.get(name)!
        const connections = parallel === 1 ? '1 connection' : `${parallel} connections`
        const id = `sftp.small.${parallel}.${name.replaceAll(' ', '')}`
        measurements.push(
          {
            id,
            title: `bare client: files of 5 KB, ${connections} ⇄ ${name}`,
            unit: '/s',
            ours: ours.map((run) => run.perSecond),
            reference: { name, samples: theirs.map((run) => run.perSecond) },
          },
          {
            id: `${id}.cpu`,
            title: '  server CPU of one',
            unit: 'ms',
            ours: ours.map((run) => run.cpuMilliseconds),
            reference: { name, samples: theirs.map((run) => run.cpuMilliseconds) },
          },
        )
      }
    }
    return measurements
  } finally {
    client.stop()
    await rig.stop()
  }
}

async function rounds(
  bench: BenchContext,
  rig: Rig,
  client: LoadClient,
  parallel: number,
): Promise<Map<Rival['name'], Run[]>> {
  const rivals: readonly Rival[] = [
    { name: 'ours', server: rig.ours, fsync: false },
    { name: 'plain', server: rig.openSsh.internal, fsync: false },
    { name: 'put -f', server: rig.openSsh.internal, fsync: true },
  ]
  const roundCount = bench.isQuick ? 1 : 3
  const count = bench.isQuick ? FILES / 4 : FILES
  const runs = new Map<Rival['name'], Run[]>(rivals.map(({ name }) => [name, []]))
  for (let round = 0; round <= roundCount; round += 1) {
    for (const { name, server, fsync } of rivals) {
      const files = round === 0 ? count / 4 : count
      const paths = Array.from({ length: files }, () =>
        server.uploadPath(
          recommendedName('FSO1110A', BENCH_USERS.ed25519, bench.nextNumber(), 'tar.gz'),
        ),
      )
      const target = loadTarget(server, bench.keys.ed25519, bench.cipher)
      const cpuBefore = treeCpuSeconds(server.pid)
      const job = { kind: 'small-files', target, paths, fileBytes: FILE_BYTES, parallel, fsync }
      const result = await client.run({ ...job, kind: 'small-files' })
      await sleep(SETTLE_MILLISECONDS)
      const run = {
        perSecond: (files * 1_000) / result.milliseconds,
        cpuMilliseconds: ((treeCpuSeconds(server.pid) - cpuBefore) * 1_000) / files,
      }
      await rig.clearReference()
      settleDisk(rig.folder)
      bench.tell(
        `small files x${parallel} ${round}/${roundCount} ${name}: ${run.perSecond.toFixed(0)}/s, ${run.cpuMilliseconds.toFixed(2)} ms of CPU each, client ${((result.cpuSeconds * 1e5) / result.milliseconds).toFixed(0)} %`,
      )
      if (round > 0) runs.get(name)!.push(run)
    }
  }
  return runs
}
