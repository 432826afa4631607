import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { once } from 'node:events'
import type { Suite } from '../bench-context.ts'
import { stampArchive } from '../flow-archive.ts'
import type { Measurement } from '../measurement.ts'
import { largeArchive, newName, PLATFORM, PREFERRED, startGround } from './ground.ts'

const MEBIBYTE = 1024 * 1024
const KIBIBYTE = 1024
/** Where the network goes away: between two sync points, in the last tenth. */
const CUT_SHARE = 0.9043

/** What is sent again of what had come, after the network went away late in a large WRITE. */
export const measurePesitRestarts: Suite = async (bench) => {
  const ground = await startGround()
  try {
    const archive = await largeArchive(bench)
    const cutAfter = Math.floor(archive.mebibytes * MEBIBYTE * CUT_SHARE)
    const measurements: Measurement[] = []
    for (const sync of [PREFERRED, PLATFORM]) {
      await stampArchive(archive.path, bench.nextNumber())
      const road = await startRoad(ground.rig.clearPort, cutAfter)
      const { restartOffset = 0 } = await ground.order({
        how: 'write-again',
        path: archive.path,
        names: [newName(bench)],
        sync,
        cutPort: road.port,
      })
      road.close()
      measurements.push({
        id: `pesit.restart.${sync.intervalKib}`,
        title: `sent again after a cut at ${Math.floor(cutAfter / MEBIBYTE)} MiB, sync ${sync.intervalKib} KiB`,
        unit: 'KiB',
        ours: [(cutAfter - restartOffset) / KIBIBYTE],
        // What came on the wire has headers too: less than a thousandth of an interval's data.
        target: { valueAtMost: sync.intervalKib },
        note: `of ${archive.mebibytes} MiB`,
      })
    }
    return measurements
  } finally {
    await ground.stop()
  }
}

/** A network that goes away once so many bytes went to the server, which gets all of these. */
async function startRoad(
  serverPort: number,
  cutAfter: number,
): Promise<{ readonly port: number; close(): void }> {
  const server: Server = createServer((near) => carry(near, serverPort, cutAfter))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, close: () => server.close() }
}

function carry(near: Socket, serverPort: number, cutAfter: number): void {
  const far = connect(serverPort, '127.0.0.1')
  let left = cutAfter
  for (const socket of [near, far]) socket.on('error', () => {})
  far.pipe(near)
  far.on('drain', () => near.resume())
  near.on('data', (bytes: Buffer) => {
    const part = bytes.subarray(0, left)
    left -= part.length
    if (!far.write(part)) near.pause()
    if (left > 0) return
    far.end()
    near.destroy()
  })
}
