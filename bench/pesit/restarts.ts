import { createServer, connect } from 'node:net'
import type { AddressInfo, Server, Socket } from 'node:net'
import { once } from 'node:events'
import type { Suite } from '../bench-context.ts'
import { stampArchive } from '../flow-archive.ts'
import type { Measurement } from '../measurement.ts'
import { dropPayloads, largeArchive, newName, PLATFORM, PREFERRED, startGround } from './ground.ts'
import type { PartnerOrder } from './partner-client.ts'

const MEBIBYTE = 1024 * 1024
const KIBIBYTE = 1024
/** Where the network goes away: between two sync points, in the last tenth. */
const CUT_SHARE = 0.9043

/**
 * What is sent again after the network went away late in a large WRITE: what crossed the wire in both
 * attempts, beyond what a transfer takes that is not cut. Headers are in both, and cancel out.
 */
export const measurePesitRestarts: Suite = async (bench) => {
  const ground = await startGround()
  try {
    const archive = await largeArchive(bench)
    const cutAfter = Math.floor(archive.mebibytes * MEBIBYTE * CUT_SHARE)
    const measurements: Measurement[] = []
    for (const sync of [PREFERRED, PLATFORM]) {
      const write = async (order: Partial<PartnerOrder>): Promise<void> => {
        await stampArchive(archive.path, bench.nextNumber())
        await ground.order({ path: archive.path, names: [newName(bench)], sync, ...order })
        await dropPayloads(ground)
      }
      const [whole, cut, rest] = await Promise.all([
        startRoad(ground.rig.clearPort),
        startRoad(ground.rig.clearPort, cutAfter),
        startRoad(ground.rig.clearPort),
      ])
      await write({ how: 'write', port: whole.port })
      await write({ how: 'write-again', cutPort: cut.port, port: rest.port })
      measurements.push({
        id: `pesit.restart.${sync.intervalKib}`,
        title: `sent again after a cut at ${Math.floor(cutAfter / MEBIBYTE)} MiB, sync ${sync.intervalKib} KiB`,
        unit: 'KiB',
        ours: [(cut.carried() + rest.carried() - whole.carried()) / KIBIBYTE],
        // The second session's own words are in it too: half a KiB.
        target: { valueAtMost: sync.intervalKib },
        note: `of ${archive.mebibytes} MiB`,
      })
      for (const road of [whole, cut, rest]) road.close()
    }
    return measurements
  } finally {
    await ground.stop()
  }
}

interface Road {
  readonly port: number
  /** Bytes that went to the server. */
  carried(): number
  close(): void
}

/** A network that goes away once so many bytes went to the server, which gets all of these. */
async function startRoad(serverPort: number, cutAfter = Infinity): Promise<Road> {
  let left = cutAfter
  let carried = 0
  const server: Server = createServer((near) => {
    carry(near, serverPort, (bytes) => {
      const part = bytes.subarray(0, left)
      left -= part.length
      carried += part.length
      return { part, isCut: left === 0 }
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return { port, carried: () => carried, close: () => server.close() }
}

/** @param passed what of these bytes reaches the server, and whether that was all */
function carry(
  near: Socket,
  serverPort: number,
  passed: (bytes: Buffer) => { readonly part: Buffer; readonly isCut: boolean },
): void {
  const far = connect(serverPort, '127.0.0.1')
  for (const socket of [near, far]) socket.on('error', () => {})
  far.pipe(near)
  far.on('drain', () => near.resume())
  near.once('end', () => far.end())
  near.on('data', (bytes: Buffer) => {
    const { part, isCut } = passed(bytes)
    if (!far.write(part)) near.pause()
    if (!isCut) return
    far.end()
    near.destroy()
  })
}
