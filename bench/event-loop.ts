import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { recommendedName } from '../config/flow-name.ts'
import type { BenchContext, Suite } from './bench-context.ts'
import { writeLargeArchive } from './flow-archive.ts'
import { makeInvoiceArchive } from './invoice-archive.ts'
import { transfer } from './openssh-client.ts'
import { scratchFolder } from './scratch.ts'
import { startWholeGateway } from './whole-gateway.ts'
import type { WholeGateway } from './whole-gateway.ts'

const MEBIBYTE = 1024 * 1024
const UPLOAD_MEBIBYTES = 1024
const INVOICES = 500
const TARGET_MILLISECONDS = 50

/**
 * How late the event loop is, in one process with every role, while 500-invoice flows are
 * processed and 1 GB is uploaded.
 */
export const measureEventLoop: Suite = async (bench) => {
  const scratch = scratchFolder()
  const gateway = await startWholeGateway(bench)
  try {
    const upload = join(scratch.path, 'upload.tar.gz')
    await writeLargeArchive(upload, UPLOAD_MEBIBYTES * MEBIBYTE)
    await put(bench, gateway, await flowOf(scratch.path, 'WARM', 50))
    await gateway.finishedFlows(1)
    const rounds = bench.isQuick ? 1 : 3
    const p99: number[] = []
    const longest: number[] = []
    for (let round = 1; round <= rounds; round += 1) {
      const flow = await flowOf(scratch.path, `R${round}`, INVOICES)
      await gateway.watchEventLoop()
      await Promise.all([put(bench, gateway, upload), putAndProcess(bench, gateway, flow, round)])
      const delay = await gateway.eventLoopDelay()
      bench.tell(
        `event loop ${round}/${rounds}: p50 ${delay.p50.toFixed(1)} ms, p99 ${delay.p99.toFixed(1)} ms, longest ${delay.max.toFixed(1)} ms`,
      )
      p99.push(delay.p99)
      longest.push(delay.max)
      await gateway.finishedFlows(2 * round + 1)
    }
    return [
      {
        id: 'event-loop.p99',
        title: 'event loop delay, p99, 1 GB up and 500 invoices',
        unit: 'ms',
        ours: p99,
        target: { valueAtMost: TARGET_MILLISECONDS },
      },
      { id: 'event-loop.max', title: '  the longest', unit: 'ms', ours: longest },
    ]
  } finally {
    await gateway.stop()
    scratch.remove()
  }
}

/** The small flow is received while the large one still is, so it is finished first. */
async function putAndProcess(
  bench: BenchContext,
  gateway: WholeGateway,
  flow: string,
  round: number,
): Promise<void> {
  await put(bench, gateway, flow)
  await gateway.finishedFlows(2 * round)
}

async function put(bench: BenchContext, gateway: WholeGateway, path: string): Promise<void> {
  const { server, user } = gateway
  const name = recommendedName('FSO1110A', user, bench.nextNumber(), 'tar.gz')
  const command = `put ${path} ${server.uploadPath(name)}`
  await transfer({ server, key: bench.keys.ed25519, cipher: bench.cipher, command })
}

async function flowOf(folder: string, prefix: string, invoices: number): Promise<string> {
  const path = join(folder, `${prefix}.tar.gz`)
  await writeFile(path, (await makeInvoiceArchive(prefix, invoices)).archive)
  return path
}
