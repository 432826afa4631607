import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Suite } from '../bench-context.ts'
import type { Measurement } from '../measurement.ts'
import { newName, startGround } from './ground.ts'

const SMALL_BYTES = 20 * 1024
/** Partners that send at the same time. */
const AT_ONCE = 16
const ROUNDS = 3

/** Connect, 20 KB, release, over TLS: durable by the answer. */
export const measurePesitSessions: Suite = async (bench) => {
  const ground = await startGround()
  try {
    const count = bench.isQuick ? 50 : 200
    const path = join(ground.folder, 'small')
    const measurements: Measurement[] = []
    for (const resumes of [true, false]) {
      const [ours, theirs]: [number[], number[]] = [[], []]
      // Round 0 warms up: code of all three processes that was not run yet.
      for (let round = 0; round <= ROUNDS; round += 1) {
        await writeFile(path, Buffer.alloc(SMALL_BYTES, bench.nextNumber()))
        const names = Array.from({ length: count }, () => newName(bench))
        const common = { isTls: true, path, resumes, atOnce: AT_ONCE, names }
        const raw = await ground.order({ ...common, how: 'raw-write' })
        const own = await ground.order({ ...common, how: 'write' })
        if (round === 0) continue
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
