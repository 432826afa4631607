import { createMailbox } from '../gateway/delivery/mailbox.ts'
import { openJournal } from '../gateway/journal/open-journal.ts'
import { createLogger } from '../gateway/logger.ts'
import { openPushPlace, type PushPlace } from '../test/support/push-place.ts'
import { startTcpPartner } from '../test/support/tcp-partner.ts'
import type { Suite } from './bench-context.ts'
import { JOURNAL_ENGINES } from './journal-engines.ts'
import { quantile, type Measurement } from './measurement.ts'
import { scratchFolder } from './scratch.ts'

const PENDING = 10_000
const LISTINGS = 40
const QUICK_LISTINGS = 10
const OTHERS = 20
const TURNS = 10
const QUICK_TURNS = 4
/** What the slow partner takes for each of its own. */
const SLOW_MILLISECONDS = 50
const LIST_GOAL_MILLISECONDS = 100

/**
 * 10,000 return flows that wait for one partner: what listing its box takes, and what the return
 * flow of another partner takes from its issue to its proof while the first one is being served.
 */
export const measureReturns: Suite = async (bench) => {
  const measurements: Measurement[] = []
  for (const engine of JOURNAL_ENGINES) {
    const scratch = scratchFolder()
    const place = await engine.prepare()
    const journal = await openJournal({
      url: place.url,
      dataFolder: scratch.path,
      log: createLogger('warn'),
    })
    const ground = await openPushPlace(journal, scratch.path)
    try {
      const title = `${engine.name}, ${PENDING.toLocaleString('en')} pending return flows of one partner`
      const listings = bench.isQuick ? QUICK_LISTINGS : LISTINGS
      const turns = bench.isQuick ? QUICK_TURNS : TURNS
      const fetching = await ground.addPartner(1, 9, 'sftp')
      await ground.issueMany(fetching, PENDING)
      await place.settle()
      bench.tell(`returns: ${PENDING} made on ${engine.name}`)
      measurements.push({
        id: `returns.${engine.name}.list`,
        title: `${title}: listing its box, p95`,
        unit: 'ms',
        ours: [quantile(await listingTimes(ground, fetching, listings), 0.95)],
        target: { valueAtMost: LIST_GOAL_MILLISECONDS },
      })
      measurements.push({
        id: `returns.${engine.name}.others`,
        title: `${title}: a return flow of another partner, issue to proof, p95`,
        unit: 'ms',
        ours: [quantile(await timesOfOthers(ground, turns), 0.95)],
        note: `the first one takes ${SLOW_MILLISECONDS} ms for each of its own; 4 at a time`,
      })
    } finally {
      await ground.close()
      await journal.close()
      await place.remove()
      scratch.remove()
    }
  }
  return measurements
}

async function listingTimes(
  { journal, payloads, clock }: PushPlace,
  partner: `cnx_${string}`,
  count: number,
): Promise<readonly number[]> {
  const mailbox = createMailbox({ journal, payloads, clock })
  const times: number[] = []
  for (let turn = 0; turn < count; turn += 1) {
    const startedAt = performance.now()
    const listed = await mailbox.list(partner)
    times.push(performance.now() - startedAt)
    if (listed.length !== PENDING) throw new Error(`${listed.length} return flows are listed`)
  }
  return times
}

async function timesOfOthers(ground: PushPlace, turns: number): Promise<readonly number[]> {
  const slow = await startTcpPartner({ milliseconds: SLOW_MILLISECONDS })
  const quick = await startTcpPartner()
  const busy = await ground.addPartner(2, slow.port)
  await ground.issueMany(busy, PENDING)
  const others: `cnx_${string}`[] = []
  for (let number = 0; number < OTHERS; number += 1) {
    others.push(await ground.addPartner(number + 3, quick.port))
  }
  const engine = ground.engine({ settings: { concurrency: 8, perConnection: 4 } })
  const times: number[] = []
  try {
    for (let turn = 0; turn < turns; turn += 1) {
      const issuing = others.map(async (other) => {
        const startedAt = performance.now()
        const id = await ground.issue(other)
        while ((await ground.stateOf(id)) !== 'DELIVERED') {
          await new Promise((resolve) => {
            setTimeout(resolve, 2)
          })
        }
        times.push(performance.now() - startedAt)
      })
      await Promise.all(issuing)
    }
  } finally {
    await engine.stop(0)
    await slow.stop()
    await quick.stop()
  }
  return times
}
