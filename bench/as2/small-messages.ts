import { generateKeyPairSync, privateDecrypt, publicEncrypt, sign } from 'node:crypto'
import type { Suite } from '../bench-context.ts'
import type { Measurement } from '../measurement.ts'
import { peakRssBytes, treeCpuSeconds } from '../process-tree.ts'
import { makeSmallMessages } from './messages.ts'
import { openAs2Rig } from './rig.ts'
import { startPostingSender } from './sender.ts'

const CONNECTIONS = 16
const MEBIBYTE = 1024 * 1024
const TARGET_PER_SECOND = 500
const KEY_BITS = [3_072, 2_048] as const

/** Messages of 20 KB, signed and encrypted, made beforehand; each with its signed receipt. */
export const measureSmallMessages: Suite = async (bench) => {
  const count = bench.isQuick ? 500 : 2_000
  const measurements: Measurement[] = []
  for (const bits of KEY_BITS) {
    const rig = await openAs2Rig(bits)
    const sender = startPostingSender()
    try {
      const gateway = await rig.start()
      const [speeds, costs, senderCosts]: number[][] = [[], [], []]
      for (let round = 0; round < (bench.isQuick ? 2 : 3); round += 1) {
        const posts = await makeSmallMessages(bench, rig.partner, count)
        const before = treeCpuSeconds(gateway.pid)
        const result = await sender.post(gateway.port, posts, CONNECTIONS)
        speeds!.push((count * 1_000) / result.milliseconds)
        costs!.push(((treeCpuSeconds(gateway.pid) - before) * 1_000) / count)
        senderCosts!.push((result.cpuSeconds * 1_000) / count)
      }
      const what = `AS2, messages of 20 KB, key of ${bits} bits`
      measurements.push(
        {
          id: `as2.small.${bits}`,
          title: what,
          unit: '/s',
          ours: speeds!,
          target: { valueAtLeast: TARGET_PER_SECOND },
          note: `${CONNECTIONS} connections`,
        },
        {
          id: `as2.small.cpu.${bits}`,
          title: `${what}: CPU of one`,
          unit: 'ms',
          ours: costs!,
          reference: { name: 'two private operations', samples: [privateMilliseconds(bits)] },
        },
        {
          id: `as2.small.sender.${bits}`,
          title: `${what}: CPU of the sender`,
          unit: 'ms',
          ours: senderCosts!,
        },
        {
          id: `as2.small.memory.${bits}`,
          title: `${what}: peak RSS`,
          unit: 'MiB',
          ours: [peakRssBytes(gateway.pid) / MEBIBYTE],
        },
      )
      await gateway.stop()
    } finally {
      sender.stop()
      await rig.remove()
    }
  }
  return measurements
}

/** Of opening one key and signing one receipt, by node:crypto alone. */
function privateMilliseconds(bits: number): number {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: bits })
  const key = publicEncrypt(publicKey, Buffer.alloc(32))
  const rounds = 100
  const startedAt = performance.now()
  for (let round = 0; round < rounds; round += 1) {
    privateDecrypt(privateKey, key)
    sign('sha256', key, privateKey)
  }
  return (performance.now() - startedAt) / rounds
}
