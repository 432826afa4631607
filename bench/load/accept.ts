import { join } from 'node:path'
import { settleDisk } from '../bench-context.ts'
import type { BenchContext, Suite } from '../bench-context.ts'
import { LoadClient, loadTarget } from '../load-driver.ts'
import { quantile } from '../measurement.ts'
import type { Measurement } from '../measurement.ts'
import { ENGINE_SETS, startEngines } from './engine-sets.ts'
import type { Engines } from './engine-sets.ts'
import { makeLoadFlows } from './load-flows.ts'
import { startLoadGateway } from './load-gateway.ts'
import type { LoadGateway } from './load-gateway.ts'
import { insertRows, syncAndRename } from './raw-limits.ts'

/** Connections at a time, flows of a round, and what is aimed at beside the disk alone. */
const CASES: readonly {
  readonly connections: number
  readonly flows: number
  readonly target?: number
}[] = [
  { connections: 1, flows: 400 },
  { connections: 16, flows: 2_000, target: 0.25 },
  { connections: 64, flows: 2_000 },
]
const ROUNDS = 3
/** To the report: so much less is sent, and so long it is waited for. */
const REPORTED_SHARE = 4
const REPORT_SECONDS = 90

/** Flows of 20 KB put by SFTP into a process that only listens: a CLOSE is answered once durable. */
export const measureAccepting: Suite = async (bench) => {
  const measurements: Measurement[] = []
  await forEachSet(bench, 'listener', async (engines, gateway, client) => {
    for (const { connections, flows, target } of CASES) {
      const count = bench.isQuick ? flows / 4 : flows
      const ours: number[] = []
      const p50: number[] = []
      const p99: number[] = []
      const limits = new RawLimits(engines, { callers: connections, count })
      for (let round = 0; round <= (bench.isQuick ? 1 : ROUNDS); round += 1) {
        const { perSecond, latencies } = await sendFlows(bench, engines, gateway, client, {
          connections,
          count,
        })
        const disk = await limits.measure(round > 0)
        bench.tell(
          `accepting x${connections} ${engines.title} ${round}: ${perSecond.toFixed(0)}/s, disk ${disk.toFixed(0)}/s`,
        )
        if (round === 0) continue
        ours.push(perSecond)
        p50.push(quantile(latencies, 0.5))
        p99.push(quantile(latencies, 0.99))
      }
      const id = `load.accept.${engines.name}.${connections}`
      measurements.push(
        ...limits.beside({
          id,
          title: `accepted by SFTP, 20 KB, ${connectionsText(connections)}, ${engines.title}`,
          ours,
          ...(target === undefined ? {} : { target }),
        }),
        { id: `${id}.p50`, title: '  from OPEN to the answer, p50', unit: 'ms', ours: p50 },
        { id: `${id}.p99`, title: '  p99', unit: 'ms', ours: p99 },
      )
    }
  })
  return measurements
}

/** The same flows from the first byte sent to the last report; each has one invoice with its PDF. */
export const measureReporting: Suite = async (bench) => {
  const measurements: Measurement[] = []
  await forEachSet(bench, 'whole', async (engines, gateway, client) => {
    let sent = 0
    for (const { connections, flows } of CASES) {
      const share = flows / REPORTED_SHARE
      const count = bench.isQuick ? share / 2 : share
      const ours: number[] = []
      const limits = new RawLimits(engines, { callers: connections, count })
      for (let round = 0; round <= 1; round += 1) {
        const { startedAt } = await sendFlows(bench, engines, gateway, client, {
          connections,
          count,
        })
        sent += count
        const { lastAt } = await gateway.flows.finished(sent, REPORT_SECONDS)
        const perSecond = (count * 1_000) / (lastAt - startedAt)
        const disk = await limits.measure(round > 0)
        bench.tell(
          `reporting x${connections} ${engines.title} ${round}: ${perSecond.toFixed(0)}/s, disk ${disk.toFixed(0)}/s`,
        )
        if (round > 0) ours.push(perSecond)
      }
      measurements.push(
        ...limits.beside({
          id: `load.report.${engines.name}.${connections}`,
          title: `SFTP to the report, 20 KB, ${connectionsText(connections)}, ${engines.title}`,
          ours,
        }),
      )
    }
  })
  return measurements
}

const connectionsText = (count: number): string =>
  count === 1 ? '1 connection' : `${count} connections`

async function forEachSet(
  bench: BenchContext,
  part: 'listener' | 'whole',
  measure: (engines: Engines, gateway: LoadGateway, client: LoadClient) => Promise<void>,
): Promise<void> {
  for (const name of ENGINE_SETS) {
    const engines = await startEngines(name)
    const client = new LoadClient()
    try {
      const gateway = await startLoadGateway(bench, engines, part)
      try {
        await measure(engines, gateway, client)
      } finally {
        await gateway.stop()
      }
    } finally {
      client.stop()
      await engines.remove()
    }
  }
}

interface SentFlows {
  readonly perSecond: number
  readonly latencies: readonly number[]
  /** Milliseconds UTC. */
  readonly startedAt: number
}

async function sendFlows(
  bench: BenchContext,
  engines: Engines,
  gateway: LoadGateway,
  client: LoadClient,
  { connections, count }: { readonly connections: number; readonly count: number },
): Promise<SentFlows> {
  const flows = await makeLoadFlows(bench, join(engines.folder, 'flows'), count, 'of 20 KB')
  settleDisk(engines.folder)
  const target = loadTarget(gateway.listener, bench.keys.ed25519, bench.cipher)
  const result = await client.run({ kind: 'flows', target, flows, parallel: connections })
  return {
    startedAt: result.startedAt,
    perSecond: (count * 1_000) / result.milliseconds,
    latencies: result.latencies,
  }
}

/** The disk alone, and where there is one the database alone, measured between our own rounds. */
class RawLimits {
  readonly #engines: Engines
  readonly #how: { readonly callers: number; readonly count: number }
  readonly #disk: number[] = []
  readonly #inserts: number[] = []

  constructor(engines: Engines, how: { readonly callers: number; readonly count: number }) {
    this.#engines = engines
    this.#how = how
  }

  /** @returns files a second */
  async measure(counts: boolean): Promise<number> {
    const { name, folder, journalUrl } = this.#engines
    settleDisk(folder)
    const disk = await syncAndRename(folder, this.#how)
    if (!counts) return disk.perSecond
    this.#disk.push(disk.perSecond)
    if (name === 'postgres') {
      this.#inserts.push((await insertRows(journalUrl, this.#how)).perSecond)
    }
    return disk.perSecond
  }

  beside(measured: {
    readonly id: string
    readonly title: string
    readonly ours: readonly number[]
    readonly target?: number
  }): readonly Measurement[] {
    const { id, title, ours, target } = measured
    const unit = '/s'
    return [
      {
        id,
        title,
        unit,
        ours,
        reference: { name: 'fsync + rename', samples: this.#disk },
        ...(target === undefined ? {} : { target: { ratioAtLeast: target } }),
      },
      ...(this.#inserts.length === 0
        ? []
        : [
            {
              id: `${id}.insert`,
              title: '  beside inserts of 20 KB',
              unit,
              ours,
              reference: { name: 'a commit each', samples: this.#inserts },
            },
          ]),
    ]
  }
}
