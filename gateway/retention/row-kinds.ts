import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { JournalSchema } from '../journal/schema.ts'
import { goneOf, isReturnContentPast } from './content-kinds.ts'
import {
  cutoff,
  ITEMS_PER_BATCH,
  type RetentionContext,
  type RetentionKind,
  type RetentionKindName,
} from './retention-kind.ts'

interface RowKind {
  readonly name: RetentionKindName
  readonly table: keyof JournalSchema
  /** Column by which rows are gone through; several rows may have one (rejections of a flow). */
  readonly key: string
  /** Texts of a row, in characters. */
  readonly bytes: RawBuilder<number>
  /** Past its time, and needed for nothing. */
  readonly isPast: RawBuilder<SqlBool>
  /** May go for a ceiling, too. */
  readonly isYoung?: RawBuilder<SqlBool>
  /** Rows of other tables that go with it: table and the column that names it. */
  readonly also?: readonly (readonly [keyof JournalSchema, string])[]
  /** Fewer at a time where a key has many rows. */
  readonly perBatch?: number
}

/**
 * Kinds whose rows go. Flows, their invoices, the numbers these hold and their statuses stay: what
 * was taken in once must be known when it comes again (decisions B11, D2). So does the audit.
 */
export function rowKinds(context: RetentionContext): readonly RetentionKind[] {
  const { now, systemNow, settings } = context
  const before = cutoff(now, settings.eventDays)
  const beforeSystem = cutoff(systemNow, settings.eventDays)
  const transcriptsBefore = cutoff(now, settings.transcriptDays)
  const qualificationsBefore = cutoff(systemNow, settings.qualificationDays)
  const ofDecided = (table: string) =>
    sql<SqlBool>`exists (select 1 from flows where flows.id = ${sql.ref(`${table}.flow_id`)}
      and flows.finished_at is not null)`
  const rows: readonly RowKind[] = [
    {
      name: 'events',
      table: 'flow_events',
      key: 'id',
      bytes: sql`length(detail_json) + length(stage) + length(outcome)`,
      isPast: sql`(at < ${before} and ${ofDecided('flow_events')})`,
      isYoung: sql`(at >= ${before} and ${ofDecided('flow_events')})`,
    },
    {
      name: 'rejections',
      table: 'flow_rejections',
      key: 'flow_id',
      bytes: sql`length(value) + length(code)`,
      isPast: sql`(at < ${before} and ${ofDecided('flow_rejections')})`,
      perBatch: 20,
    },
    {
      name: 'refusals',
      table: 'refusals',
      key: 'id',
      bytes: sql`length(reason)`,
      isPast: sql`(at < ${before})`,
    },
    {
      name: 'sessions',
      table: 'sessions',
      key: 'id',
      bytes: sql`length(fields_json)`,
      // Its transcript goes first.
      isPast: sql`(ended_at < ${before}
        and (transcript_sha256 is null or ended_at < ${transcriptsBefore}))`,
    },
    {
      name: 'returns',
      table: 'return_flows',
      key: 'id',
      bytes: sql`length(file_name)`,
      // Its content goes first.
      isPast: sql`(state in ('DELIVERED', 'EXPIRED', 'CANCELLED')
        and coalesce(delivered_at, available_until) < ${before}
        and (payload_removed_at is not null or ${isReturnContentPast(context)}))`,
      also: [['deliveries', 'return_flow_id']],
      perBatch: 50,
    },
    {
      name: 'hooks',
      table: 'hook_calls',
      key: 'id',
      bytes: sql`length(body_json)`,
      isPast: sql`(state in ('DONE', 'FAILED') and created_at < ${beforeSystem})`,
    },
    {
      name: 'mails',
      table: 'mails',
      key: 'id',
      bytes: sql`length(body)`,
      isPast: sql`(state in ('SENT', 'FAILED') and created_at < ${beforeSystem})`,
    },
    {
      name: 'receipts',
      table: 'as2_receipts',
      key: 'id',
      bytes: sql`length(body) + length(headers_json)`,
      isPast: sql`(state in ('SENT', 'FAILED') and created_at < ${beforeSystem})`,
    },
    {
      name: 'faultHits',
      table: 'fault_hits',
      key: 'id',
      bytes: sql`length(point)`,
      isPast: sql`(at < ${before})`,
    },
    {
      name: 'faults',
      table: 'faults',
      key: 'id',
      bytes: sql`length(values_json)`,
      // Its hits go first.
      isPast: sql`(ends_at < ${beforeSystem} and not exists
        (select 1 from fault_hits where fault_hits.fault_id = faults.id
          and fault_hits.at >= ${before}))`,
    },
    {
      name: 'runs',
      table: 'qualification_runs',
      key: 'id',
      bytes: sql`length(scenario_json) + length(memory_json) + length(facts_json)`,
      // Not before the result of the campaign that names it.
      isPast: sql`(state <> 'RUNNING' and ended_at is not null
        and ended_at < ${qualificationsBefore} and not exists
        (select 1 from campaign_items
          inner join campaign_results on campaign_results.id = campaign_items.result_id
          where campaign_items.run_id = qualification_runs.id
            and not coalesce(campaign_results.ended_at < ${qualificationsBefore}, false)))`,
      also: [
        ['qualification_steps', 'run_id'],
        ['qualification_attachments', 'run_id'],
        ['run_views', 'run_id'],
      ],
      perBatch: 20,
    },
    {
      name: 'campaigns',
      table: 'campaign_results',
      key: 'id',
      bytes: sql`length(campaign_json)`,
      isPast: sql`(state <> 'RUNNING' and ended_at is not null
        and ended_at < ${qualificationsBefore})`,
      also: [['campaign_items', 'result_id']],
      perBatch: 20,
    },
  ]
  return rows.map((row) => rowKind(context, row))
}

function rowKind(context: RetentionContext, row: RowKind): RetentionKind {
  const { journal, settings } = context
  const [table, key] = [sql.table(row.table), sql.ref(row.key)]
  const perBatch = row.perBatch ?? ITEMS_PER_BATCH
  const total = sql<{ readonly total: number }>`select count(*) as total from ${table}`
  return {
    name: row.name,
    ...(row.isYoung === undefined
      ? {}
      : {
          ceiling: {
            name: 'events' as const,
            limit: settings.events,
            weigh: () => 1,
            total: async () => {
              const [counted] = await journal.read({ compile: () => total.compile(journal.db) })
              return counted?.total ?? 0
            },
          },
        }),
    async page(which, after) {
      const wanted = which === 'past' ? row.isPast : row.isYoung
      if (wanted === undefined) return []
      const from = after === undefined ? sql`` : sql`and ${key} > ${after}`
      const query = sql<{ readonly key: string | number; readonly bytes: number }>`
        select ${key} as key, sum(${row.bytes}) as bytes from ${table}
        where ${wanted} ${from} group by ${key} order by ${key} limit ${perBatch}`
      const rows = await journal.read({ compile: () => query.compile(journal.db) })
      return rows
    },
    async remove(items) {
      const keys = sql.join(items.map((item) => item.key))
      const mayGo = row.isYoung === undefined ? row.isPast : sql`(${row.isPast} or ${row.isYoung})`
      const statements = [
        sql`delete from ${table} where ${key} in (${keys}) and ${mayGo} returning ${key} as key`,
        ...(row.also ?? []).map(([other, column]) => {
          const named = sql.ref(`${other}.${column}`)
          return sql`delete from ${sql.table(other)} where ${named} in (${keys})
            and not exists (select 1 from ${table} where ${sql.ref(`${row.table}.${row.key}`)} = ${named})`
        }),
      ]
      const result = await journal.write(
        statements.map((statement) => ({
          query: { compile: () => statement.compile(journal.db) },
        })),
      )
      return goneOf(items, result)
    },
  }
}
