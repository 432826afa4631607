import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { BenchContext } from '../bench-context.ts'
import { prepareGatewayData } from '../gateway-data.ts'
import type { EventLoopDelay, GatewayQuestion } from '../gateway-questions.ts'
import { startGatewayProcess, startGatewayServer } from '../gateway-server.ts'
import type { GatewayProcess, GatewayServer } from '../gateway-server.ts'
import { peakRssBytes, resetPeakRss } from '../process-tree.ts'
import type { Engines } from './engine-sets.ts'
import { watchFlows } from './flow-watch.ts'
import type { FlowWatch } from './flow-watch.ts'

/** Application code of the one partner. */
export const LOAD_USER = 'BEN001'

const GATEWAY_PROGRAM = [join(import.meta.dirname, '..', 'gateway-process.ts')]
/** What stands in the way of a large flow, not of its cost. */
const SETTINGS = { RACCORD_LIMITS__MAX_INVOICES_PER_FLOW: '100000' }
const MEBIBYTE = 1024 * 1024

/** A gateway on a set of engines: one process, or a listener and workers of their own. */
export interface LoadGateway {
  readonly listener: GatewayServer
  readonly flows: FlowWatch
  /** From here on the highest memory and the delays of the listener's event loop are watched. */
  watch(): Promise<void>
  watched(): Promise<Watched>
  stop(): Promise<void>
}

export interface Watched {
  /** Highest resident memory of each process, in MiB, by what it is. */
  readonly peakMebibytes: ReadonlyMap<string, number>
  /** Of the process that listens. */
  readonly eventLoop: EventLoopDelay
}

/**
 * @param part `listener`: only what takes flows in; `whole`: up to the report, where engines can be
 *   shared by two processes that only work
 */
export async function startLoadGateway(
  bench: BenchContext,
  engines: Engines,
  part: 'listener' | 'whole',
  workerCount = 2,
): Promise<LoadGateway> {
  const isShared = engines.name === 'postgres'
  const dataFolder = await prepareLoadData(bench, engines)
  const listener = await startGatewayServer({
    ...processOptions(engines, dataFolder),
    user: LOAD_USER,
    roles:
      part === 'listener'
        ? 'listeners'
        : isShared
          ? 'listeners,delivery,api'
          : 'listeners,workers,delivery,api',
  })
  const workers = part === 'whole' && isShared ? await startWorkers(engines, workerCount) : []
  const flows = await watchFlows(engines, dataFolder)
  const names = workers.map((_, index) => `worker ${index + 1}`)
  const processes = new Map<string, GatewayProcess>([
    [part === 'whole' && !isShared ? 'gateway' : 'listener', listener],
    ...workers.map((worker, index) => [names[index]!, worker] as const),
  ])
  return {
    listener,
    flows,
    async watch() {
      for (const { pid } of processes.values()) resetPeakRss(pid)
      await ask(listener, 'watch the event loop')
    },
    async watched() {
      const eventLoop = (await ask(listener, 'event loop delay')) as EventLoopDelay
      const peaks = [...processes].map(
        ([name, { pid }]) => [name, peakRssBytes(pid) / MEBIBYTE] as const,
      )
      return { eventLoop, peakMebibytes: new Map(peaks) }
    },
    async stop() {
      await flows.close()
      await Promise.all([...processes.values()].map((gateway) => gateway.stop()))
    },
  }
}

/** Makes the journal with the one connection in it. @returns a data folder for the listener */
export async function prepareLoadData(bench: BenchContext, engines: Engines): Promise<string> {
  const dataFolder = join(engines.folder, 'listener')
  await mkdir(dataFolder)
  await prepareGatewayData({
    dataFolder,
    journalUrl: engines.journalUrl,
    connections: [{ applicationCode: LOAD_USER, key: bench.keys.ed25519, isActive: true }],
  })
  return dataFolder
}

/** Processes that only work, each with one thread and a data folder of its own. */
export async function startWorkers(engines: Engines, count: number): Promise<GatewayProcess[]> {
  const workers: GatewayProcess[] = []
  for (let index = 1; index <= count; index += 1) {
    const dataFolder = join(engines.folder, `worker-${index}`)
    await mkdir(dataFolder, { recursive: true })
    const options = processOptions(engines, dataFolder)
    workers.push(
      await startGatewayProcess({
        ...options,
        roles: 'workers',
        settings: { ...options.settings, RACCORD_PIPELINE__THREADS: '1' },
      }),
    )
  }
  return workers
}

function processOptions(engines: Engines, dataFolder: string) {
  return {
    dataFolder,
    program: GATEWAY_PROGRAM,
    settings: {
      ...SETTINGS,
      RACCORD_JOURNAL__URL: engines.journalUrl,
      RACCORD_QUEUE__URL: engines.queueUrl,
      RACCORD_PAYLOADS__URL: engines.payloadsUrl,
      // One host key for all of them, whoever starts first.
      RACCORD_IDENTITY__FOLDER: join(engines.folder, 'identity'),
    },
  }
}

function ask({ process: gateway }: GatewayProcess, question: GatewayQuestion): Promise<unknown> {
  return new Promise((done) => {
    gateway.once('message', done)
    gateway.send(question)
  })
}
