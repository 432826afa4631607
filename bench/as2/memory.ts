import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Suite } from '../bench-context.ts'
import type { Measurement } from '../measurement.ts'
import { peakRssBytes, rssBytes } from '../process-tree.ts'
import { makeLargeMessage, makePayload } from './messages.ts'
import type { PreparedPost } from './posting-client.ts'
import { openAs2Rig, type As2Rig } from './rig.ts'
import { startPostingSender, type PostingSender } from './sender.ts'

const MEBIBYTE = 1024 * 1024
const IDLE_MILLISECONDS = 1_500
const TOGETHER = 4

/** What a process that only listens holds at most, a fresh one for each figure. */
export const measureAs2Memory: Suite = async (bench) => {
  const large = bench.isQuick ? 256 : 1_024
  const rig = await openAs2Rig(3_072)
  const sender = startPostingSender()
  try {
    const small = await makePayload(join(rig.folder, 'small'), 10)
    const payload = await makePayload(join(rig.folder, 'payload'), large)
    const make = (one: typeof payload, name: string): Promise<PreparedPost> =>
      makeLargeMessage(bench, rig.partner, one, join(rig.folder, name))
    const first = await peaks(rig, sender, [await make(small, 'message')])
    const second = await peaks(rig, sender, [await make(payload, 'message')])
    const together: PreparedPost[] = []
    for (let at = 0; at < TOGETHER; at += 1) together.push(await make(payload, `message-${at}`))
    const third = await peaks(rig, sender, together)
    return [
      figure('idle', 'RSS, idle', first.idle),
      figure('small', 'peak RSS, a message of 10 MiB', first.peak),
      figure('large', `peak RSS, a message of ${large} MiB`, second.peak, 200),
      figure('growth', `${large} MiB beside 10 MiB`, second.peak - first.peak, 30),
      figure('together', `peak RSS, ${TOGETHER} of ${large} MiB at once`, third.peak, 320),
    ]
  } finally {
    sender.stop()
    await rig.remove()
  }
}

async function peaks(
  rig: As2Rig,
  sender: PostingSender,
  posts: readonly PreparedPost[],
): Promise<{ readonly idle: number; readonly peak: number }> {
  const gateway = await rig.start()
  try {
    await sleep(IDLE_MILLISECONDS)
    const idle = rssBytes(gateway.pid) / MEBIBYTE
    await sender.post(gateway.port, posts, posts.length)
    return { idle, peak: peakRssBytes(gateway.pid) / MEBIBYTE }
  } finally {
    await gateway.stop()
  }
}

function figure(id: string, title: string, value: number, valueAtMost?: number): Measurement {
  return {
    id: `as2.memory.${id}`,
    title: `AS2: ${title}`,
    unit: 'MiB',
    ours: [value],
    ...(valueAtMost === undefined ? {} : { target: { valueAtMost } }),
  }
}
