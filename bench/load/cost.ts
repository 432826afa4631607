import { join } from 'node:path'
import { settleDisk } from '../bench-context.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import { LoadClient, loadTarget } from '../load-driver.ts'
import { median } from '../measurement.ts'
import type { Measurement } from '../measurement.ts'
import { ENGINE_SETS, startEngines } from './engine-sets.ts'
import type { Engines } from './engine-sets.ts'
import { makeLoadFlows } from './load-flows.ts'
import { startLoadGateway } from './load-gateway.ts'
import type { LoadGateway } from './load-gateway.ts'
import { syncAndRename } from './raw-limits.ts'

/** Sizes of a flow, and how many of each: one alone after the other. */
const SIZES: readonly { readonly invoices: number; readonly flows: number }[] = [
  { invoices: 1, flows: 60 },
  { invoices: 10, flows: 40 },
  { invoices: 100, flows: 20 },
  { invoices: 1_000, flows: 5 },
  { invoices: 10_000, flows: 2 },
  { invoices: 100_000, flows: 1 },
]
const QUICK_INVOICES = 1_000
const WARM_UP = { flows: 40, invoices: 200 }
const REPORT_SECONDS = 600
const RAW_FILES = 300
/** From this size on the cost of an invoice is told; below, that of a flow hides it. */
const TELLING_INVOICES = 100
const FIXED_COST_TARGET = 20
const GROWTH_TARGET = 1.5

/**
 * What a flow costs by its size, from the first byte sent to its report: a + b·n milliseconds, a
 * beside one file written, synced and renamed, b of large flows beside that of small ones.
 */
export const measureCost: Suite = async (bench) => {
  const measurements: Measurement[] = []
  for (const name of ENGINE_SETS) {
    const engines = await startEngines(name)
    const client = new LoadClient()
    try {
      // One thread in all: a large flow is not faster by being divided.
      const gateway = await startLoadGateway(bench, engines, 'whole', 1)
      try {
        measurements.push(...(await measureOn(bench, engines, gateway, client)))
      } finally {
        await gateway.stop()
      }
    } finally {
      client.stop()
      await engines.remove()
    }
  }
  return measurements
}

interface Point {
  readonly invoices: number
  readonly milliseconds: number
}

async function measureOn(
  bench: BenchContext,
  engines: Engines,
  gateway: LoadGateway,
  client: LoadClient,
): Promise<readonly Measurement[]> {
  const target = loadTarget(gateway.listener, bench.keys.ed25519, bench.cipher)
  let sent = 0
  const timesOf = async (how: { readonly flows: number; readonly invoices: number }) => {
    const folder = join(engines.folder, 'flows')
    const flows = await makeLoadFlows(bench, folder, how.flows, how)
    settleDisk(engines.folder)
    const times: number[] = []
    for (const flow of flows) {
      const { startedAt } = await client.run({ kind: 'flows', target, flows: [flow], parallel: 1 })
      sent += 1
      times.push((await gateway.flows.finished(sent, REPORT_SECONDS)).lastAt - startedAt)
    }
    return times
  }
  await timesOf(WARM_UP)
  const points: Point[] = []
  const raw: number[] = []
  for (const size of SIZES) {
    if (bench.isQuick && size.invoices > QUICK_INVOICES) continue
    const milliseconds = median(await timesOf(size))
    const disk = await syncAndRename(engines.folder, { callers: 1, count: RAW_FILES })
    raw.push(disk.milliseconds / RAW_FILES)
    points.push({ invoices: size.invoices, milliseconds })
    bench.tell(
      `cost, ${engines.title}: ${size.invoices} invoices ${milliseconds.toFixed(1)} ms, disk ${raw.at(-1)!.toFixed(2)} ms`,
    )
  }
  return figures(engines, points, raw)
}

function figures(
  engines: Engines,
  points: readonly Point[],
  raw: readonly number[],
): readonly Measurement[] {
  const { a, b } = fit(points)
  const slopes = points
    .filter(({ invoices }) => invoices >= TELLING_INVOICES)
    .map(({ invoices, milliseconds }) => (milliseconds - a) / invoices)
  const id = `load.cost.${engines.name}`
  return [
    {
      id: `${id}.a`,
      title: `a flow costs a + b·n: a, ${engines.title}`,
      unit: 'ms',
      ours: [a],
      reference: { name: 'one fsync + rename', samples: [median(raw)] },
      target: { ratioAtMost: FIXED_COST_TARGET },
      note: points
        .map(({ invoices, milliseconds }) => `${invoices}: ${milliseconds.toFixed(1)} ms`)
        .join(', '),
    },
    { id: `${id}.b`, title: '  b, of an invoice', unit: 'ms', ours: [b] },
    {
      id: `${id}.growth`,
      title: `  b from ${TELLING_INVOICES} to ${points.at(-1)!.invoices} invoices, highest ⇄ lowest`,
      unit: 'ms',
      ours: [Math.max(...slopes)],
      reference: { name: 'lowest', samples: [Math.min(...slopes)] },
      target: { ratioAtMost: GROWTH_TARGET },
    },
  ]
}

/** Least squares of the relative error: else the largest flow alone would say what a small one costs. */
function fit(points: readonly Point[]): { readonly a: number; readonly b: number } {
  const sums = { one: 0, n: 0, nn: 0, t: 0, nt: 0 }
  for (const { invoices: n, milliseconds: t } of points) {
    const weight = 1 / (t * t)
    sums.one += weight
    sums.n += weight * n
    sums.nn += weight * n * n
    sums.t += weight * t
    sums.nt += weight * n * t
  }
  const b = (sums.one * sums.nt - sums.n * sums.t) / (sums.one * sums.nn - sums.n * sums.n)
  return { a: (sums.t - b * sums.n) / sums.one, b }
}
