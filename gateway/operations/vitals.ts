import { sql } from 'kysely'
import type { Journal } from '../journal/journal.ts'

const DAY = 86_400_000
const HOUR = 3_600_000

/** What a supervision asks of the whole gateway. */
export interface Vitals {
  /** Flows taken and not decided yet, and the age of the oldest. */
  readonly queue: { readonly flows: number; readonly oldestSeconds: number }
  /** The certificate in force that ends first; null without one. */
  readonly certificates: {
    readonly soonestDays: number | null
    readonly applicationCode: string | null
  }
  /** Partners to whom an attempt to deliver failed within the last 24 hours. */
  readonly delivery: { readonly failingPartners: number; readonly failures: number }
  /** Flows received within the last hour, and those that were refused whole or in part. */
  readonly rejections: {
    readonly flows: number
    readonly refused: number
    readonly percent: number
  }
}

type Count = number | string | null

/** @param now business time, milliseconds UTC */
export async function readVitals(journal: Journal, now: number): Promise<Vitals> {
  const { db } = journal
  const count = sql<Count>`count(*)`
  const [[waiting], [certificate], [failing], [received], [refused]] = await Promise.all([
    journal.read(
      db
        .selectFrom('flows')
        .select(({ fn }) => [count.as('flows'), fn.min('received_at').as('oldest')])
        .where('finished_at', 'is', null),
    ),
    journal.read(
      db
        .selectFrom('connections')
        .select(['application_code', 'certificate_until'])
        .where('state', '=', 'ACTIVATED')
        .where('certificate_until', 'is not', null)
        .orderBy('certificate_until')
        .limit(1),
    ),
    journal.read(
      db
        .selectFrom('deliveries')
        .innerJoin('return_flows', 'return_flows.id', 'deliveries.return_flow_id')
        .select([count.as('failures'), sql<Count>`count(distinct connection_id)`.as('partners')])
        .where('outcome', '=', 'failed')
        .where('deliveries.at', '>=', now - DAY),
    ),
    journal.read(
      db
        .selectFrom('flows')
        .select(count.as('flows'))
        .where('received_at', '>=', now - HOUR),
    ),
    journal.read(
      db
        .selectFrom('flow_rejections')
        .select(count.as('flows'))
        .where('dimension', '=', 'flow')
        .where('at', '>=', now - HOUR),
    ),
  ])
  const oldest = waiting?.oldest ?? null
  const until = certificate?.certificate_until ?? null
  const flows = Number(received?.flows ?? 0)
  const bad = Number(refused?.flows ?? 0)
  return {
    queue: {
      flows: Number(waiting?.flows ?? 0),
      oldestSeconds: oldest === null ? 0 : Math.max(0, Math.round((now - oldest) / 1_000)),
    },
    certificates: {
      soonestDays: until === null ? null : Math.floor((until - now) / DAY),
      applicationCode: certificate?.application_code ?? null,
    },
    delivery: {
      failingPartners: Number(failing?.partners ?? 0),
      failures: Number(failing?.failures ?? 0),
    },
    rejections: { flows, refused: bad, percent: flows === 0 ? 0 : Math.round((bad * 100) / flows) },
  }
}
