import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { settleDisk, touchFreePages, type Suite } from '../bench-context.ts'
import type { Measurement } from '../measurement.ts'
import { makeLargeMessage, makePayload } from './messages.ts'
import { openWithOpenSsl } from './openssl-reference.ts'
import { openAs2Rig } from './rig.ts'
import { startPostingSender } from './sender.ts'

const run = promisify(execFile)

/** One large message, signed and encrypted, its signed receipt in the answer, beside both references. */
export const measureLargeMessages: Suite = async (bench) => {
  const mebibytes = bench.isQuick ? 256 : 1_024
  const rig = await openAs2Rig(3_072)
  const sender = startPostingSender()
  try {
    const gateway = await rig.start()
    const path = join(rig.folder, 'message')
    const payload = await makePayload(join(rig.folder, 'payload'), mebibytes)
    const [ours, bare, openssl, receipts]: number[][] = [[], [], [], []]
    for (let round = 0; round < (bench.isQuick ? 1 : 3); round += 1) {
      const message = await makeLargeMessage(bench, rig.partner, payload, path)
      settleDisk(rig.folder)
      touchFreePages(rig.folder)
      const { milliseconds, answerMilliseconds } = await sender.post(gateway.port, [message], 1)
      ours!.push(milliseconds)
      receipts!.push(...answerMilliseconds)
      settleDisk(rig.folder)
      touchFreePages(rig.folder)
      bare!.push(await openWithNode(path, join(rig.folder, 'opened')))
      settleDisk(rig.folder)
      touchFreePages(rig.folder)
      openssl!.push(await openWithOpenSsl(rig, path))
    }
    await gateway.stop()
    const what = `AS2, ${mebibytes} MiB signed and encrypted`
    const wall: Omit<Measurement, 'id' | 'reference'> = {
      title: `${what}, to its receipt`,
      unit: 'ms',
      ours: ours!,
    }
    return [
      {
        ...wall,
        id: 'as2.large.node',
        reference: { name: 'A: node:crypto, write, fsync', samples: bare! },
        target: { ratioAtMost: 2 },
      },
      {
        ...wall,
        id: 'as2.large.openssl',
        reference: { name: 'B: openssl cms, not synced', samples: openssl! },
        target: { ratioAtMost: 1 },
      },
      {
        id: 'as2.large.receipt',
        title: `${what}, from the last byte to the receipt`,
        unit: 'ms',
        ours: receipts!,
        target: { valueAtMost: 250 },
        note: 'the last sync included',
      },
    ]
  } finally {
    sender.stop()
    await rig.remove()
  }
}

async function openWithNode(message: string, output: string): Promise<number> {
  const program = join(import.meta.dirname, 'opening-reference.ts')
  const { stdout } = await run(process.execPath, [program, message, output])
  await rm(output)
  return Number(stdout)
}
