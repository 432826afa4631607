import { join } from 'node:path'
import { settleDisk } from '../bench-context.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import { LoadClient, loadTarget } from '../load-driver.ts'
import type { Measurement } from '../measurement.ts'
import { ENGINE_SETS, startEngines } from './engine-sets.ts'
import type { Engines } from './engine-sets.ts'
import { makeLoadFlows } from './load-flows.ts'
import type { LoadFlow } from './load-flows.ts'
import { startLoadGateway } from './load-gateway.ts'
import type { LoadGateway } from './load-gateway.ts'
import { syncAndRename } from './raw-limits.ts'

const ONE_FLOW_INVOICES = 100_000
const MANY_FLOWS = 2_000
const MANY_FLOWS_INVOICES = 50
const CONNECTIONS = 16
/** So much smaller in a quick run. */
const QUICK_SHARE = 20
const WARM_UP = { flows: 20, invoices: 50 }
const REPORT_SECONDS = 600
const EVENT_LOOP_TARGET_MILLISECONDS = 50
/** Architecture §5: of a process, its threads included, while 100,000 invoices are processed. */
const MEMORY_TARGET_MEBIBYTES = 400

interface Volume {
  readonly id: string
  readonly flows: number
  readonly invoices: number
}

/** One flow of 100,000 invoices. */
export const measureLargeFlow: Suite = (bench) =>
  measureVolume(bench, {
    id: 'large',
    flows: 1,
    invoices: ONE_FLOW_INVOICES / (bench.isQuick ? QUICK_SHARE : 1),
  })

/** 2,000 flows of 50 invoices over 16 connections. */
export const measureManyFlows: Suite = (bench) =>
  measureVolume(bench, {
    id: 'many',
    flows: MANY_FLOWS / (bench.isQuick ? QUICK_SHARE : 1),
    invoices: MANY_FLOWS_INVOICES,
  })

interface Place {
  readonly bench: BenchContext
  readonly engines: Engines
  readonly gateway: LoadGateway
  readonly client: LoadClient
}

async function measureVolume(bench: BenchContext, volume: Volume): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  for (const name of ENGINE_SETS) {
    const engines = await startEngines(name)
    try {
      const gateway = await startLoadGateway(bench, engines, 'whole')
      const client = new LoadClient()
      try {
        measurements.push(...(await measureOn({ bench, engines, gateway, client }, volume)))
      } finally {
        client.stop()
        await gateway.stop()
      }
    } finally {
      await engines.remove()
    }
  }
  return measurements
}

async function measureOn(
  { bench, engines, gateway, client }: Place,
  volume: Volume,
): Promise<readonly Measurement[]> {
  const folder = join(engines.folder, 'flows')
  const target = loadTarget(gateway.listener, bench.keys.ed25519, bench.cipher)
  const send = (flows: readonly LoadFlow[]) =>
    client.run({ kind: 'flows', target, flows, parallel: Math.min(CONNECTIONS, flows.length) })
  const warmUp = await makeLoadFlows(bench, folder, WARM_UP.flows, WARM_UP)
  await send(warmUp)
  await gateway.flows.finished(warmUp.length, REPORT_SECONDS)
  const flows = await makeLoadFlows(bench, folder, volume.flows, volume)
  const disk = await syncAndRename(engines.folder, { callers: 1, count: 200 })
  settleDisk(engines.folder)
  await gateway.watch()
  const { startedAt, milliseconds } = await send(flows)
  const { lastAt } = await gateway.flows.finished(warmUp.length + flows.length, REPORT_SECONDS)
  const { eventLoop, peakMebibytes } = await gateway.watched()
  const seconds = (lastAt - startedAt) / 1_000
  const invoices = volume.flows * volume.invoices
  const id = `load.${volume.id}.${engines.name}`
  const title =
    volume.flows === 1
      ? `a flow of ${volume.invoices.toLocaleString('en')} invoices`
      : `${volume.flows.toLocaleString('en')} flows of ${volume.invoices} invoices`
  const peaks = [...peakMebibytes].map(([what, peak]) => `${what} ${peak.toFixed(0)} MiB`)
  bench.tell(
    `${title}, ${engines.title}: ${seconds.toFixed(1)} s (sent in ${(milliseconds / 1_000).toFixed(1)} s), ${peaks.join(', ')}, loop p99 ${eventLoop.p99.toFixed(1)} ms, longest ${eventLoop.max.toFixed(0)} ms`,
  )
  return [
    { id, title: `${title}, ${engines.title}`, unit: 's', ours: [seconds] },
    {
      id: `${id}.invoices`,
      title: '  invoices',
      unit: '/s',
      ours: [invoices / seconds],
    },
    {
      id: `${id}.flows`,
      title: '  flows ⇄ fsync + rename, one at a time',
      unit: '/s',
      ours: [volume.flows / seconds],
      reference: { name: 'fsync + rename', samples: [disk.perSecond] },
    },
    ...[...peakMebibytes].map(([what, peak]) => ({
      id: `${id}.memory.${what.replace(' ', '-')}`,
      title: `  highest memory, ${what}`,
      unit: 'MiB',
      ours: [peak],
      target: { valueAtMost: MEMORY_TARGET_MEBIBYTES },
    })),
    {
      id: `${id}.event-loop`,
      title: '  event loop of the listener, p99',
      unit: 'ms',
      ours: [eventLoop.p99],
      target: { valueAtMost: EVENT_LOOP_TARGET_MILLISECONDS },
      note: `longest ${eventLoop.max.toFixed(0)} ms`,
    },
  ]
}
