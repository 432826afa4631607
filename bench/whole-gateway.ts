import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { FlowDocument } from '../gateway/flow.ts'
import type { BenchContext } from './bench-context.ts'
import { prepareGatewayData } from './gateway-data.ts'
import type { EventLoopDelay, GatewayQuestion } from './gateway-questions.ts'
import { startGatewayServer } from './gateway-server.ts'
import type { GatewayServer } from './gateway-server.ts'
import { scratchFolder } from './scratch.ts'

const USER = 'BEN001'
const POLL_MILLISECONDS = 200
const MAX_WAIT_MILLISECONDS = 120_000
/** `/api/v1/flows` gives at most this many. */
const PAGE = 500

/** A gateway with every role in one process, which answers questions about its event loop. */
export interface WholeGateway {
  readonly server: GatewayServer
  readonly user: string
  watchEventLoop(): Promise<void>
  eventLoopDelay(): Promise<EventLoopDelay>
  /** Flow documents, once none of those received is still on its way. */
  finishedFlows(count: number): Promise<readonly FlowDocument[]>
  stop(): Promise<void>
}

export async function startWholeGateway(bench: BenchContext): Promise<WholeGateway> {
  const scratch = scratchFolder()
  const dataFolder = join(scratch.path, 'data')
  await mkdir(dataFolder)
  await prepareGatewayData({
    dataFolder,
    connections: [{ applicationCode: USER, key: bench.keys.ed25519, isActive: true }],
  })
  const server = await startGatewayServer({
    dataFolder,
    user: USER,
    roles: 'listeners,workers,delivery,api',
    program: [join(import.meta.dirname, 'gateway-process.ts')],
  })
  const ask = (question: GatewayQuestion) =>
    new Promise<unknown>((done) => {
      server.process.once('message', done)
      server.process.send(question)
    })
  return {
    server,
    user: USER,
    async watchEventLoop() {
      await ask('watch the event loop')
    },
    async eventLoopDelay() {
      return (await ask('event loop delay')) as EventLoopDelay
    },
    finishedFlows: (count) => finishedFlows(server, count),
    async stop() {
      await server.stop()
      scratch.remove()
    },
  }
}

async function finishedFlows(
  server: GatewayServer,
  count: number,
): Promise<readonly FlowDocument[]> {
  const deadline = performance.now() + MAX_WAIT_MILLISECONDS
  for (;;) {
    const response = await fetch(`${server.run.url}/api/v1/flows?limit=${PAGE}`, {
      headers: { authorization: `Bearer ${server.run.token}` },
    })
    if (!response.ok) throw new Error(`The API answers ${response.status}`)
    const { flows } = (await response.json()) as { flows: FlowDocument[] }
    const finished = flows.filter((flow) => flow.finishedAt !== null)
    if (finished.length >= count) return finished
    if (performance.now() > deadline) {
      throw new Error(`${finished.length} of ${count} flows finished in two minutes`)
    }
    await sleep(POLL_MILLISECONDS)
  }
}
