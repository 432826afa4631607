import { randomBytes } from 'node:crypto'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { recommendedName } from '../../config/flow-name.ts'
import { settleDisk } from '../bench-context.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import type { Measurement, Target } from '../measurement.ts'
import { transfer } from '../openssh-client.ts'
import { treeCpuSeconds } from '../process-tree.ts'
import type { SftpServer } from '../sftp-server.ts'
import { BENCH_USERS, startRig } from './rig.ts'

const FILE_BYTES = 5 * 1024
const FILES = 2_000

/** What must hold with OpenSSH's own client, which knows `put -f`. */
const CASES: readonly {
  readonly parallel: number
  readonly command: 'put' | 'put -f'
  readonly target: Target
}[] = [
  { parallel: 1, command: 'put -f', target: { ratioAtLeast: 0.7 } },
  { parallel: 16, command: 'put', target: { ratioAtLeast: 1 } },
]

/**
 * Flows of 5 KB put by OpenSSH's `sftp`, one after the other on each connection, the same client
 * to both servers. Ours are durable and journaled however they are put; the reference syncs with
 * `put -f` only.
 */
export const measureSmallPuts: Suite = async (bench) => {
  const rig = await startRig(bench, { medium: 'disk' })
  try {
    const count = bench.isQuick ? FILES / 4 : FILES
    const files = await makeFiles(join(rig.folder, 'small'), count)
    const measurements: Measurement[] = []
    for (const { parallel, command, target } of CASES) {
      const ours: Run[] = []
      const theirs: Run[] = []
      const rounds = bench.isQuick ? 1 : 3
      for (let round = 0; round <= rounds; round += 1) {
        const share = round === 0 ? files.slice(0, count / 4) : files
        const ourRun = await putAll(bench, rig.ours, share, { parallel, command: 'put' })
        const theirRun = await putAll(bench, rig.openSsh.internal, share, { parallel, command })
        await rig.clearReference()
        settleDisk(rig.folder)
        bench.tell(
          `small puts x${parallel} ${round}/${rounds}: ${ourRun.perSecond.toFixed(0)}/s, ${command} ${theirRun.perSecond.toFixed(0)}/s`,
        )
        if (round > 0) {
          ours.push(ourRun)
          theirs.push(theirRun)
        }
      }
      const id = `sftp.smallputs.${parallel}`
      const connections = parallel === 1 ? '1 connection' : `${parallel} connections`
      measurements.push(
        {
          id,
          title: `sftp: put of 5 KB files, ${connections} ⇄ ${command}`,
          unit: '/s',
          ours: ours.map((run) => run.perSecond),
          reference: { name: command, samples: theirs.map((run) => run.perSecond) },
          target,
        },
        {
          id: `${id}.cpu`,
          title: '  server CPU of one',
          unit: 'ms',
          ours: ours.map((run) => run.cpuMilliseconds),
          reference: { name: command, samples: theirs.map((run) => run.cpuMilliseconds) },
        },
      )
    }
    return measurements
  } finally {
    await rig.stop()
  }
}

interface Run {
  readonly perSecond: number
  readonly cpuMilliseconds: number
}

async function putAll(
  bench: BenchContext,
  server: SftpServer,
  files: readonly string[],
  how: { readonly parallel: number; readonly command: string },
): Promise<Run> {
  const shares = Array.from({ length: how.parallel }, (_, index) =>
    files.filter((_path, position) => position % how.parallel === index),
  )
  const cpuBefore = treeCpuSeconds(server.pid)
  let firstStart = Number.POSITIVE_INFINITY
  const ends = await Promise.all(
    shares.map(async (share) => {
      let startedAt = 0
      const milliseconds = await transfer({
        server,
        key: bench.keys.ed25519,
        cipher: bench.cipher,
        command: share
          .map((path) => {
            const name = recommendedName(
              'FSO1110A',
              BENCH_USERS.ed25519,
              bench.nextNumber(),
              'tar.gz',
            )
            return `${how.command} ${path} ${server.uploadPath(name)}`
          })
          .join('\n'),
        onStart: () => {
          startedAt = performance.now()
          firstStart = Math.min(firstStart, startedAt)
        },
      })
      return startedAt + milliseconds
    }),
  )
  return {
    perSecond: (files.length * 1_000) / (Math.max(...ends) - firstStart),
    cpuMilliseconds: ((treeCpuSeconds(server.pid) - cpuBefore) * 1_000) / files.length,
  }
}

/** Whole gzip files of about 5 KB, each of its own content. */
async function makeFiles(folder: string, count: number): Promise<readonly string[]> {
  await mkdir(folder)
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const path = join(folder, String(index))
      await writeFile(path, gzipSync(randomBytes(FILE_BYTES - 64), { level: 0 }))
      return path
    }),
  )
}
