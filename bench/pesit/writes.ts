import { settleDisk, touchFreePages } from '../bench-context.ts'
import type { Suite } from '../bench-context.ts'
import { stampArchive } from '../flow-archive.ts'
import type { Measurement } from '../measurement.ts'
import { resetPeakRss } from '../process-tree.ts'
import {
  dropPayloads,
  largeArchive,
  listenerMemory,
  newName,
  PLATFORM,
  PREFERRED,
  speed,
  startGround,
} from './ground.ts'

/** Large flows by WRITE, beside a copy over the same kind of socket. */
export const measurePesitWrites: Suite = async (bench) => {
  const ground = await startGround()
  try {
    const archive = await largeArchive(bench)
    const measurements: Measurement[] = []
    for (const isTls of [false, true]) {
      const way = isTls ? 'TLS' : 'TCP'
      resetPeakRss(ground.rig.pid)
      for (const sync of [PREFERRED, PLATFORM]) {
        const [ours, theirs]: [number[], number[]] = [[], []]
        const rounds = bench.isQuick || sync === PLATFORM ? 1 : 3
        for (let round = 0; round < rounds; round += 1) {
          touchFreePages(ground.folder, archive.mebibytes)
          settleDisk(ground.folder)
          theirs.push(await speed(ground, archive, { how: 'raw-write', isTls }))
          await stampArchive(archive.path, bench.nextNumber())
          settleDisk(ground.folder)
          const names = [newName(bench)]
          ours.push(await speed(ground, archive, { how: 'write', isTls, sync, names }))
          await dropPayloads(ground)
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
      measurements.push(
        listenerMemory(ground, `pesit.write.${way.toLowerCase()}.rss`, `receives over ${way}`),
      )
    }
    return measurements
  } finally {
    await ground.stop()
  }
}
