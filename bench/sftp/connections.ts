import { setTimeout as sleep } from 'node:timers/promises'
import type { BenchContext, Suite } from '../bench-context.ts'
import { LoadClient, loadTarget } from '../load-driver.ts'
import type { Measurement } from '../measurement.ts'
import { median } from '../measurement.ts'
import { treeCpuSeconds } from '../process-tree.ts'
import type { BenchKey, SftpServer } from '../sftp-server.ts'
import { BENCH_USERS, startRig } from './rig.ts'

const PARALLEL = 8
const SETTLE_MILLISECONDS = 150
/** Above this share of one processor the client may be what is measured. */
const CLIENT_BOUND_SHARE = 0.9

/** Ed25519 host and user key; RSA-3072 both is what partners have. */
const TARGETS: readonly (readonly [kind: BenchKey['kind'], ratioAtLeast: number])[] = [
  ['ed25519', 2],
  ['rsa-3072', 1.5],
]

interface Run {
  readonly perSecond: number
  readonly cpuMilliseconds: number
  readonly clientShare: number
}

/** Handshake, authentication, sftp subsystem, one REALPATH, end: how many in a second. */
export const measureConnections: Suite = async (bench) => {
  const rig = await startRig(bench, { medium: 'disk' })
  const client = new LoadClient()
  try {
    const measurements: Measurement[] = []
    for (const [kind, ratioAtLeast] of TARGETS) {
      for (const parallel of [1, PARALLEL]) {
        const servers = [{ ...rig.ours, user: BENCH_USERS[kind] }, rig.openSsh.internal]
        const [ours = [], theirs = []] = await rounds(bench, client, kind, parallel, servers)
        const how = parallel === 1 ? 'one after the other' : `${parallel} at a time`
        const id = `sftp.connections.${kind}.${parallel}`
        const share = median(ours.map((run) => run.clientShare))
        const isClientBound = share > CLIENT_BOUND_SHARE
        measurements.push(
          {
            id,
            title: `connections, ${kind}, ${how}`,
            unit: '/s',
            ours: ours.map((run) => run.perSecond),
            reference: { name: 'internal-sftp', samples: theirs.map((run) => run.perSecond) },
            target: { ratioAtLeast },
            ...(isClientBound
              ? { note: `client used ${(share * 100).toFixed(0)} % of a CPU` }
              : {}),
          },
          {
            id: `${id}.cpu`,
            title: '  server CPU of one',
            unit: 'ms',
            ours: ours.map((run) => run.cpuMilliseconds),
            reference: { name: 'internal-sftp', samples: theirs.map((run) => run.cpuMilliseconds) },
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
  client: LoadClient,
  kind: BenchKey['kind'],
  parallel: number,
  servers: readonly SftpServer[],
): Promise<Run[][]> {
  const roundCount = bench.isQuick ? 1 : 3
  const count = (parallel === 1 ? 60 : 240) / (bench.isQuick ? 2 : 1)
  const runs = servers.map((): Run[] => [])
  for (let round = 0; round <= roundCount; round += 1) {
    for (const [index, server] of servers.entries()) {
      const target = loadTarget(server, bench.keys[kind], bench.cipher)
      const cpuBefore = treeCpuSeconds(server.pid)
      const warmUp = Math.ceil(count / 4)
      const connections = round === 0 ? warmUp : count
      const job = { kind: 'connections', target, count: connections, parallel } as const
      const result = await client.run(job)
      await sleep(SETTLE_MILLISECONDS)
      const run = {
        perSecond: (connections * 1_000) / result.milliseconds,
        cpuMilliseconds: ((treeCpuSeconds(server.pid) - cpuBefore) * 1_000) / connections,
        clientShare: (result.cpuSeconds * 1_000) / result.milliseconds,
      }
      bench.tell(
        `connections ${kind} x${parallel} ${round}/${roundCount} ${server.name}: ${run.perSecond.toFixed(0)}/s, ${run.cpuMilliseconds.toFixed(1)} ms of CPU each, client ${(run.clientShare * 100).toFixed(0)} %`,
      )
      if (round > 0) runs[index]!.push(run)
    }
  }
  return runs
}
