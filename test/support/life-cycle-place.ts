import { gunzipSync } from 'node:zlib'
import { onTestFinished } from 'vitest'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import type { ConnectionForm } from '../../gateway/connections/form.ts'
import { noFaults } from '../../gateway/faults.ts'
import type { FlowId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type { FlowsTable } from '../../gateway/journal/schema.ts'
import { openPayloads } from '../../gateway/payloads/open-payloads.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import {
  lifeCycleWork,
  type LifeCycleWorkOptions,
} from '../../processing/life-cycle/life-cycle-work.ts'
import { insertConnection } from './connection-rows.ts'
import type { JournalAdapter } from './journal-adapters.ts'
import { finding, flowRow, invoiceRow } from './journal-rows.ts'

/** Business time of the tests: nothing in them waits. */
export const BEGINNING = Date.parse('2026-11-22T12:00:00Z')

/** A journal with one partner, and the life cycle on it; time passes when it is told to. */
export interface LifeCyclePlace {
  readonly journal: Journal
  readonly payloads: PayloadStore
  readonly clock: { now(): number; pass(seconds: number): void }
  readonly options: LifeCycleWorkOptions
  /** Every chore, once, in their order. */
  work(): Promise<void>
  /** A decided flow: correct and bad invoices, ordinals from 1. */
  decide(
    number: number,
    invoices: readonly boolean[],
    changes?: Partial<Pick<FlowsTable, 'state' | 'connection_id'>>,
  ): Promise<FlowId>
  /** `01 02 03` of each invoice of a flow, in their order. */
  histories(id: FlowId): Promise<readonly string[]>
  /** Return flows of a code, oldest first: name and document. */
  issued(code: string): Promise<readonly { readonly name: string; readonly xml: string }[]>
}

export async function openLifeCycle(
  adapter: JournalAdapter,
  changes: Partial<LifeCycleWorkOptions> & { readonly codes?: ConnectionForm['codes'] } = {},
): Promise<LifeCyclePlace> {
  const place = await adapter.prepare()
  const journal = await place.open()
  const payloads = await openPayloads({ url: 'file:', dataFolder: place.dataFolder })
  onTestFinished(() => payloads.close())
  const { codes = { FEN1200A: 'PARTIAL', FEN1201A: 'PARTIAL' }, ...more } = changes
  await insertConnection(journal, 'cnx_partner', { running: { codes } })
  let now = BEGINNING
  const clock = {
    now: () => now,
    pass: (seconds: number) => {
      now += seconds * 1_000
    },
  }
  const options: LifeCycleWorkOptions = {
    journal,
    payloads,
    clock,
    environment: 'qualification',
    faults: noFaults,
    profile: 'none',
    seed: 1,
    settings: { batchSeconds: 60, batchStatuses: 500 },
    report: { packing: 'tar.gz', availableSeconds: 604_800 },
    packingOf: () => undefined,
    offerReturnFlow: (returnFlow) => offerReturnFlow(journal, returnFlow),
    ...more,
  }
  return {
    journal,
    payloads,
    clock,
    options,
    async work() {
      for (const chore of lifeCycleWork(options)) await chore.run()
    },
    async decide(number, invoices, flowChanges = {}) {
      const good = invoices.filter((isCorrect) => isCorrect).length
      const bad = invoices.length - good
      const isRejected = flowChanges.state === 'IN_REJETE'
      const row = flowRow(number, {
        state: bad === 0 ? 'IN_INTEGRE' : 'IN_INTEGRE_PARTIEL',
        total: invoices.length,
        integrated: isRejected ? 0 : good,
        refused: bad,
        finished_at: now,
        ...flowChanges,
      })
      const rows = invoices.map((isCorrect, index) => ({
        ...invoiceRow(row.id, index + 1, isCorrect ? [] : [finding('BR-02')]),
        number: `F${number}-${index + 1}`,
      }))
      await journal.write([
        { query: journal.db.insertInto('flows').values(row) },
        { query: journal.db.insertInto('invoices').values(rows) },
      ])
      return row.id
    },
    async histories(id) {
      const rows = await journal.read(
        journal.db
          .selectFrom('invoice_statuses')
          .select(['ordinal', 'status'])
          .where('flow_id', '=', id)
          .orderBy('ordinal')
          .orderBy('sequence'),
      )
      return [...Map.groupBy(rows, ({ ordinal }) => ordinal).values()].map((group) =>
        group.map(({ status }) => status).join(' '),
      )
    },
    async issued(code) {
      const rows = await journal.read(
        journal.db
          .selectFrom('return_flows')
          .selectAll()
          .where('interface_code', '=', code)
          .orderBy('file_name'),
      )
      return await Promise.all(
        rows.map(async (row) => {
          const tar = gunzipSync(Buffer.concat(await payloads.read(row).toArray()))
          const bytes = Number.parseInt(tar.subarray(124, 135).toString(), 8)
          return { name: row.file_name, xml: tar.subarray(512, 512 + bytes).toString() }
        }),
      )
    },
  }
}
