import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { LandedPayloads } from '../../gateway/payloads/landed-payloads.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import { type FlowJudgement, type JudgedGround } from './flow-judge.ts'
import type { PartnerFleet } from './partner-fleet.ts'

/** Where a set keeps its things, once its processes are stopped (SQLite) or while they run. */
export interface FaultGround {
  readonly journalUrl: string
  readonly payloadsUrl: string
  /** The first is that of the journal on SQLite. */
  readonly dataFolders: readonly string[]
}

/** Opens journal and store of a ground for as long as `look` takes. */
export async function onGround<Result>(
  ground: FaultGround,
  look: (opened: JudgedGround) => Promise<Result>,
): Promise<Result> {
  const log = createLogger('silent')
  const dataFolder = ground.dataFolders[0]!
  const journal = await openJournal({ url: ground.journalUrl, dataFolder, log })
  const store = await openPayloads({ url: ground.payloadsUrl, dataFolder })
  const payloads = new LandedPayloads(store, journal)
  try {
    return await look({ journal, payloads, dataFolders: ground.dataFolders })
  } finally {
    await payloads.close()
    await journal.close()
  }
}

/** Nothing lost, nothing twice, nothing left over; prints the counts. */
export function expectNothingLost(
  title: string,
  judgement: FlowJudgement,
  fleet: PartnerFleet,
  facts: Readonly<Record<string, unknown>>,
): void {
  const { flows, invoices, leftovers, ...faults } = judgement
  const counts = Object.entries(faults).map(([name, list]) => `${list.length} ${name}`)
  const lines = [
    `${title}: ${JSON.stringify(facts)}`,
    `  ${fleet.sent.size} flows sent, ${fleet.acknowledged.size} acknowledged, ${flows} in the journal, ${invoices} invoices integrated`,
    `  ${counts.join(', ')}; left over: ${JSON.stringify(leftovers)}`,
    `  on the way: ${JSON.stringify(fleet.failures)}`,
  ]
  process.stdout.write(`${lines.join('\n')}\n`)
  expect(flows).toBe(fleet.sent.size)
  expect(fleet.acknowledged.size).toBe(fleet.sent.size)
  for (const [name, list] of Object.entries(faults)) expect(list, name).toEqual([])
  for (const [name, count] of Object.entries(leftovers)) expect(count, name).toBe(0)
}

/** Waits until `isSo`, asking often. @throws Error with what was waited for */
export async function patiently(
  what: string,
  isSo: () => Promise<boolean>,
  seconds = 120,
): Promise<void> {
  const deadline = performance.now() + seconds * 1_000
  while (!(await isSo())) {
    if (performance.now() > deadline) throw new Error(`waited in vain: ${what}`)
    await sleep(250)
  }
}
