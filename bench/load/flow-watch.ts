import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from 'pg'
import { DATABASE_FILE } from '../../gateway/journal/sqlite/thread-messages.ts'
import type { Engines } from './engine-sets.ts'

const POLL_MILLISECONDS = 25

/** What has become of flows, read from the journal itself: the gateway is asked nothing. */
export interface FlowWatch {
  /**
   * Waits until so many flows have their report.
   * @throws Error when they have not within `seconds`, or when the flow that any of their reports
   *   is about was not integrated whole
   */
  finished(count: number, seconds: number): Promise<FinishedFlows>
  close(): Promise<void>
}

export interface FinishedFlows {
  readonly flows: number
  /** Integrated, of all of them. */
  readonly invoices: number
  /** When the last one was finished, milliseconds UTC by the gateway's clock. */
  readonly lastAt: number
}

const COUNT = `select count(*) as flows, coalesce(sum(integrated), 0) as invoices,
    coalesce(sum(refused), 0) as refused, coalesce(max(finished_at), 0) as last_at
  from flows where finished_at is not null`

type Row = Readonly<Record<'flows' | 'invoices' | 'refused' | 'last_at', number | string>>

/** @param dataFolder of the process that has the journal's file, where it is one */
export async function watchFlows(engines: Engines, dataFolder: string): Promise<FlowWatch> {
  const source = await openSource(engines, dataFolder)
  return {
    async finished(count, seconds) {
      const deadline = performance.now() + seconds * 1_000
      for (;;) {
        const row = await source.ask()
        if (Number(row.refused) > 0) throw new Error(`${row.refused} valid invoices were refused`)
        const flows = Number(row.flows)
        if (flows >= count) {
          return { flows, invoices: Number(row.invoices), lastAt: Number(row.last_at) }
        }
        if (performance.now() > deadline) {
          throw new Error(`${flows} of ${count} flows were finished in ${seconds} s`)
        }
        await sleep(POLL_MILLISECONDS)
      }
    },
    close: () => source.close(),
  }
}

async function openSource(
  engines: Engines,
  dataFolder: string,
): Promise<{ ask(): Promise<Row>; close(): Promise<void> }> {
  if (engines.name === 'sqlite') {
    const database = new DatabaseSync(join(dataFolder, DATABASE_FILE), { readOnly: true })
    const statement = database.prepare(COUNT)
    return {
      ask: async () => statement.get() as Row,
      close: async () => database.close(),
    }
  }
  const client = new Client({ connectionString: engines.journalUrl })
  client.on('error', () => {}) // told by the query that fails
  await client.connect()
  return {
    ask: async () => (await client.query<Row>(COUNT)).rows[0]!,
    close: () => client.end(),
  }
}
