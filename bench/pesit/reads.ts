import { settleDisk, touchFreePages } from '../bench-context.ts'
import type { Suite } from '../bench-context.ts'
import type { Measurement } from '../measurement.ts'
import { resetPeakRss } from '../process-tree.ts'
import { largeArchive, listenerMemory, PLATFORM, PREFERRED, speed, startGround } from './ground.ts'

/** Large return flows by READ, beside a copy over the same kind of socket; both go to disk. */
export const measurePesitReads: Suite = async (bench) => {
  const archive = await largeArchive(bench)
  const rounds = bench.isQuick ? 1 : 3
  // At the platform's interval once.
  const ground = await startGround({ file: archive.path, count: 2 * (rounds + 1) })
  try {
    const measurements: Measurement[] = []
    for (const isTls of [false, true]) {
      const way = isTls ? 'TLS' : 'TCP'
      resetPeakRss(ground.rig.pid)
      for (const sync of [PREFERRED, PLATFORM]) {
        const [ours, theirs]: [number[], number[]] = [[], []]
        for (let round = 0; round < (sync === PLATFORM ? 1 : rounds); round += 1) {
          touchFreePages(ground.folder, archive.mebibytes)
          const common = { isTls, sync, folder: ground.folder }
          settleDisk(ground.folder)
          theirs.push(await speed(ground, archive, { ...common, how: 'raw-read' }))
          settleDisk(ground.folder)
          ours.push(await speed(ground, archive, { ...common, how: 'read' }))
        }
        measurements.push({
          id: `pesit.read.${way.toLowerCase()}.${sync.intervalKib}`,
          title: `PeSIT READ over ${way}, ${sync.intervalKib} KiB, window ${sync.window}`,
          unit: 'MiB/s',
          ours,
          reference: { name: `copy over ${way}, SHA-256, fsync`, samples: theirs },
          ...(sync === PREFERRED ? { target: { ratioAtLeast: 0.6 } as const } : {}),
        })
      }
      measurements.push(
        listenerMemory(ground, `pesit.read.${way.toLowerCase()}.rss`, `is read over ${way}`),
      )
    }
    return measurements
  } finally {
    await ground.stop()
  }
}
