import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { recommendedName } from '../../config/flow-name.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import { stampArchive, writeLargeArchive } from '../flow-archive.ts'
import { returnFlowName } from '../gateway-data.ts'
import type { GatewayServer } from '../gateway-server.ts'
import type { Measurement } from '../measurement.ts'
import { transfer } from '../openssh-client.ts'
import { peakRssBytes, rssBytes } from '../process-tree.ts'
import { scratchFolder } from '../scratch.ts'
import { SftpClient } from '../ssh-client/sftp-client.ts'
import { BENCH_USERS, startListenersOnly } from './rig.ts'

const MEBIBYTE = 1024 * 1024
const IDLE_MILLISECONDS = 1_500
const STALL_MILLISECONDS = 3_000
const STALLED_CONNECTIONS = 8
/** Twice what a stalled reader asks for. */
const STALLED_RETURN_BYTES = 32 * MEBIBYTE
/** What OpenSSH's client keeps in flight: 64 requests of 255 KiB. */
const REQUESTS = 64
const REQUEST_BYTES = 255 * 1024
/** A client that says it has room for everything. */
const LARGE_WINDOW = 1024 * MEBIBYTE

/** What a fresh listeners-only process holds: doing nothing, at full speed, and when a peer stalls. */
export const measureMemory: Suite = async (bench) => {
  const measurements: Measurement[] = []
  for (const [connections, valueAtMost] of [
    [1, 180],
    [4, 200],
  ] as const) {
    measurements.push(
      ...(await withFreshGateway(bench, connections, await largeFile(bench), async (server) => {
        await sleep(IDLE_MILLISECONDS)
        const idle = rssBytes(server.pid) / MEBIBYTE
        await transferTogether(bench, server, connections)
        const peak = peakRssBytes(server.pid) / MEBIBYTE
        const isFirst = connections === 1
        const at = isFirst ? 'one connection' : `${connections} connections`
        return [
          ...(isFirst ? [figure('idle', 'RSS, idle', idle)] : []),
          {
            ...figure(`at.${connections}`, `peak RSS, ${at} at full speed`, peak),
            target: { valueAtMost },
          },
        ]
      })),
    )
  }
  for (const [id, title, stall] of [
    ['reader', 'RSS of a reader that stops reading', stallReading],
    ['writer', 'RSS of a writer that never reads an answer', stallWriting],
  ] as const) {
    const scratch = scratchFolder()
    const file = join(scratch.path, 'return.tar.gz')
    await writeLargeArchive(file, STALLED_RETURN_BYTES)
    measurements.push(
      ...(await withFreshGateway(bench, STALLED_CONNECTIONS, file, async (server) => {
        const grown = await stalledGrowth(bench, server, stall)
        return [{ ...figure(`stalled.${id}`, title, grown), target: { valueAtMost: 12 } }]
      })),
    )
    scratch.remove()
  }
  return measurements
}

async function withFreshGateway(
  bench: BenchContext,
  returns: number,
  file: string,
  measure: (server: GatewayServer) => Promise<Measurement[]>,
): Promise<Measurement[]> {
  const scratch = scratchFolder()
  const server = await startListenersOnly(bench, join(scratch.path, 'data'), {
    file,
    count: returns,
  })
  try {
    return await measure(server)
  } finally {
    await server.stop()
    scratch.remove()
  }
}

async function largeFile(bench: BenchContext): Promise<string> {
  const { path } = await bench.largeArchive()
  return path
}

/** Puts at the same time, then gets at the same time. */
async function transferTogether(
  bench: BenchContext,
  server: GatewayServer,
  connections: number,
): Promise<void> {
  const { path } = await bench.largeArchive()
  await stampArchive(path, bench.nextNumber())
  const all = (commandOf: (index: number) => string) =>
    Promise.all(
      Array.from({ length: connections }, (_, index) =>
        transfer({
          server,
          key: bench.keys.ed25519,
          cipher: bench.cipher,
          command: commandOf(index + 1),
        }),
      ),
    )
  const newName = () =>
    recommendedName('FSO1110A', BENCH_USERS.ed25519, bench.nextNumber(), 'tar.gz')
  await all(() => `put ${path} ${server.uploadPath(newName())}`)
  await all((index) => `get /retrait/${returnFlowName(BENCH_USERS.ed25519, index)} /dev/null`)
}

/** What one stalled connection adds to a process with as many idle ones, in MiB. */
async function stalledGrowth(
  bench: BenchContext,
  server: GatewayServer,
  stall: (bench: BenchContext, client: SftpClient, index: number) => Promise<void>,
): Promise<number> {
  const clients: SftpClient[] = []
  for (let index = 1; index <= STALLED_CONNECTIONS; index += 1) {
    const target = {
      host: server.host,
      port: server.port,
      user: server.user,
      key: bench.keys.ed25519.privateKey,
      hostKey: 'ssh-ed25519',
      cipher: bench.cipher,
    } as const
    clients.push(await SftpClient.open(target, LARGE_WINDOW))
  }
  await sleep(IDLE_MILLISECONDS)
  const before = rssBytes(server.pid)
  for (const [index, client] of clients.entries()) await stall(bench, client, index + 1)
  let highest = 0
  const deadline = performance.now() + STALL_MILLISECONDS
  while (performance.now() < deadline) {
    highest = Math.max(highest, rssBytes(server.pid))
    await sleep(100)
  }
  await Promise.all(clients.map((client) => client.end()))
  return (highest - before) / STALLED_CONNECTIONS / MEBIBYTE
}

async function stallReading(
  _bench: BenchContext,
  client: SftpClient,
  index: number,
): Promise<void> {
  const handle = await client.openFile(
    `/retrait/${returnFlowName(BENCH_USERS.ed25519, index)}`,
    'read',
  )
  client.connection.socket.pause()
  for (let request = 0; request < REQUESTS; request += 1) {
    client.readAndForget(handle, request * REQUEST_BYTES, REQUEST_BYTES)
  }
}

async function stallWriting(bench: BenchContext, client: SftpClient): Promise<void> {
  const name = recommendedName('FSO1110A', BENCH_USERS.ed25519, bench.nextNumber(), 'tar.gz')
  const handle = await client.openFile(`/depot/${name}`, 'write')
  client.connection.socket.pause()
  const data = Buffer.alloc(REQUEST_BYTES, 0x1f)
  for (let request = 0; request < REQUESTS; request += 1) {
    client.writeAndForget(handle, request * REQUEST_BYTES, data)
  }
}

function figure(id: string, title: string, value: number): Measurement {
  return { id: `sftp.memory.${id}`, title, unit: 'MiB', ours: [value] }
}
