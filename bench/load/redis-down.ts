import { join } from 'node:path'
import { settleDisk } from '../bench-context.ts'
import type { Suite } from '../bench-context.ts'
import { LoadClient, loadTarget } from '../load-driver.ts'
import { ENGINE_SETS, startEngines } from './engine-sets.ts'
import { makeLoadFlows } from './load-flows.ts'
import { startLoadGateway } from './load-gateway.ts'

const CONNECTIONS = 16
const FLOWS = 1_500
const PAIRS = 5
const TARGET = 0.9

/** Flows of 20 KB accepted by SFTP with Redis killed, beside the same with Redis up, in turns. */
export const measureRedisDown: Suite = async (bench) => {
  if (!ENGINE_SETS.includes('postgres')) {
    bench.tell('redis-down: PostgreSQL and Redis are not installed here')
    return []
  }
  const engines = await startEngines('postgres')
  const client = new LoadClient()
  try {
    const gateway = await startLoadGateway(bench, engines, 'listener')
    try {
      const count = bench.isQuick ? FLOWS / 3 : FLOWS
      const target = loadTarget(gateway.listener, bench.keys.ed25519, bench.cipher)
      const accepted = async (): Promise<number> => {
        const folder = join(engines.folder, 'flows')
        const flows = await makeLoadFlows(bench, folder, count, 'of 20 KB')
        settleDisk(engines.folder)
        const result = await client.run({ kind: 'flows', target, flows, parallel: CONNECTIONS })
        return (count * 1_000) / result.milliseconds
      }
      const down: number[] = []
      const up: number[] = []
      await accepted()
      for (let pair = 1; pair <= PAIRS; pair += 1) {
        // Each of them first by turns: what comes second finds a larger journal.
        for (const isUp of pair % 2 === 0 ? [true, false] : [false, true]) {
          if (!isUp) await engines.redis?.stop()
          const rate = await accepted()
          ;(isUp ? up : down).push(rate)
          if (!isUp) await engines.redis?.start()
        }
        bench.tell(
          `redis down ${pair}/${PAIRS}: ${down.at(-1)?.toFixed(0)}/s, up ${up.at(-1)?.toFixed(0)}/s`,
        )
      }
      return [
        {
          id: 'load.redis-down',
          title: `accepted by SFTP, 20 KB, ${CONNECTIONS} connections, Redis down ⇄ up`,
          unit: '/s',
          ours: down,
          reference: { name: 'Redis up', samples: up },
          target: { ratioAtLeast: TARGET },
        },
      ]
    } finally {
      await gateway.stop()
    }
  } finally {
    client.stop()
    await engines.remove()
  }
}
