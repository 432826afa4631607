import { spawnSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SaxesParser } from 'saxes'
import { recommendedName } from '../config/flow-name.ts'
import type { Suite } from './bench-context.ts'
import { makeInvoiceArchive } from './invoice-archive.ts'
import type { InvoiceArchive } from './invoice-archive.ts'
import type { Measurement } from './measurement.ts'
import { transfer } from './openssh-client.ts'
import { treeCpuSeconds } from './process-tree.ts'
import { scratchFolder } from './scratch.ts'
import { startWholeGateway } from './whole-gateway.ts'

const INVOICES = 500
const SETTLE_MILLISECONDS = 300

/**
 * Flows of 500 invoices from the first byte received to the last report, beside two lower bounds
 * on the same archives: `tar -xzf`, and parsing alone in one thread.
 */
export const measurePipeline: Suite = async (bench) => {
  const flowCount = bench.isQuick ? 4 : 12
  const scratch = scratchFolder()
  const gateway = await startWholeGateway(bench)
  const { server, user } = gateway
  const newName = () => recommendedName('FSO1110A', user, bench.nextNumber(), 'tar.gz')
  const putAll = (flows: readonly InvoiceArchive[]) =>
    flows
      .map((flow) => {
        const name = newName()
        const path = join(scratch.path, name)
        writeFileSync(path, flow.archive)
        return `put ${path} ${server.uploadPath(name)}`
      })
      .join('\n')
  try {
    const key = bench.keys.ed25519
    const { cipher } = bench
    const warmUp = await makeInvoiceArchive('WARM', INVOICES)
    await transfer({ server, key, cipher, command: putAll([warmUp]) })
    await gateway.finishedFlows(1)
    const flows: InvoiceArchive[] = []
    for (let flow = 1; flow <= flowCount; flow += 1) {
      flows.push(await makeInvoiceArchive(`P${flow}`, INVOICES))
    }
    const commands = putAll(flows)
    const tarSeconds = extractAll(flows, scratch.path)
    const parseSeconds = parseAll(flows)
    const cpuBefore = treeCpuSeconds(server.pid)
    const startedAt = performance.now()
    await transfer({ server, key, cipher, command: commands })
    const finished = await gateway.finishedFlows(flowCount + 1)
    const seconds = (performance.now() - startedAt) / 1_000
    await sleep(SETTLE_MILLISECONDS)
    const cpuSeconds = treeCpuSeconds(server.pid) - cpuBefore
    const integrated = finished.reduce((sum, flow) => sum + flow.invoices.integrated, 0) - INVOICES
    const invoices = flowCount * INVOICES
    if (integrated !== invoices) {
      throw new Error(`${integrated} of ${invoices} valid invoices were integrated`)
    }
    bench.tell(`pipeline: ${flowCount} flows in ${seconds.toFixed(1)} s`)
    return [
      rate('pipeline.flows', 'flows of 500 invoices', flowCount / seconds),
      {
        ...rate('pipeline.invoices', 'invoices ⇄ tar -xzf', invoices / seconds),
        reference: { name: 'tar -xzf', samples: [invoices / tarSeconds] },
      },
      {
        ...rate('pipeline.parse', 'invoices ⇄ parsing alone, one thread', invoices / seconds),
        reference: { name: 'saxes', samples: [invoices / parseSeconds] },
      },
      {
        id: 'pipeline.cpu',
        title: '  CPU of one invoice, receiving included',
        unit: 'ms',
        ours: [(cpuSeconds * 1_000) / invoices],
        reference: { name: 'saxes', samples: [(parseSeconds * 1_000) / invoices] },
      },
    ]
  } finally {
    await gateway.stop()
    scratch.remove()
  }
}

function rate(id: string, title: string, perSecond: number): Measurement {
  return { id, title, unit: '/s', ours: [perSecond] }
}

/** @returns seconds */
function extractAll(flows: readonly InvoiceArchive[], folder: string): number {
  const target = join(folder, 'extracted')
  mkdirSync(target)
  const archives = flows.map((flow, index) => {
    const path = join(folder, `reference-${index}.tar.gz`)
    writeFileSync(path, flow.archive)
    return path
  })
  const startedAt = performance.now()
  for (const archive of archives) {
    const { status } = spawnSync('tar', ['-xzf', archive, '-C', target])
    if (status !== 0) throw new Error('tar -xzf failed')
  }
  return (performance.now() - startedAt) / 1_000
}

/** @returns seconds */
function parseAll(flows: readonly InvoiceArchive[]): number {
  const startedAt = performance.now()
  for (const invoice of flows.flatMap((flow) => flow.invoices)) {
    const parser = new SaxesParser({ xmlns: true })
    parser.write(invoice).close()
  }
  return (performance.now() - startedAt) / 1_000
}
