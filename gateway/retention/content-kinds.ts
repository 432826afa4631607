import { sql, type RawBuilder, type SqlBool } from 'kysely'
import type { FlowId, ReturnFlowId, SessionId } from '../flow.ts'
import { removeIfUnnamed } from '../payloads/unnamed-payloads.ts'
import {
  cutoff,
  ITEMS_PER_BATCH,
  type RetentionCeiling,
  type RetentionContext,
  type RetentionItem,
  type RetentionKind,
} from './retention-kind.ts'

/**
 * Statuses of invoices that their supplier hands over again, which takes the content of the flow
 * (moves by `supplier` to 01 and 12, processing/returns/invoice-statuses.ts).
 */
export const SENT_BACK: readonly string[] = ['04', '06', '24', '26', '28', '31', '34']

/** Kinds whose rows stay, and say that their content is gone. */
export function contentKinds(context: RetentionContext): readonly RetentionKind[] {
  return [flowPayloads(context), returnPayloads(context), transcripts(context)]
}

/**
 * Contents of flows that are decided, and of the documents of their invoices. Not while an invoice
 * of the flow waits for its recipient or has a plan, nor its report for the partner, nor another flow
 * needs the same content; before their time (`keep`) not while one is sent back to its supplier.
 */
function flowPayloads(context: RetentionContext): RetentionKind {
  const { journal, keep, now, settings } = context
  const { db } = journal
  const before = cutoff(now, settings.payloadDays)
  const isPast = (flow: string): RawBuilder<SqlBool> => {
    const [state, finished] = [sql.ref(`${flow}.state`), sql.ref(`${flow}.finished_at`)]
    const isSettled = sql<SqlBool>`not exists (select 1 from invoices
      where invoices.flow_id = ${sql.ref(`${flow}.id`)}
        and invoices.status in (${sql.join(SENT_BACK)}))`
    return {
      all: sql<SqlBool>`(${finished} is not null and ${finished} < ${before})`,
      rejected: sql<SqlBool>`(${finished} is not null
        and (${finished} < ${before} or (${state} = 'IN_INTEGRE' and ${isSettled})))`,
      none: sql<SqlBool>`(${finished} is not null
        and (${finished} < ${before} or ${isSettled}))`,
    }[keep]
  }
  const mayGo = (which: 'past' | 'young'): RawBuilder<SqlBool> => {
    const [self, other] =
      which === 'past'
        ? [isPast('flows'), isPast('other')]
        : [sql<SqlBool>`not ${isPast('flows')}`, sql<SqlBool>`other.finished_at is not null`]
    return sql<SqlBool>`(flows.finished_at is not null and flows.payload_removed_at is null
      and flows.life_cycle = 'DONE' and ${self}
      and not exists (select 1 from flows as other where other.sha256 = flows.sha256
        and other.payload_removed_at is null and not ${other})
      and not exists (select 1 from return_items
        where return_items.flow_id = flows.id and return_items.return_flow_id is null)
      and not exists (select 1 from invoice_plans where invoice_plans.flow_id = flows.id)
      and not exists (select 1 from return_flows where return_flows.flow_id = flows.id
        and return_flows.state in ('OFFERED', 'SENDING'))
      and not exists (select 1 from chunks where chunks.flow_id = flows.id)
      and not exists (select 1 from landed_payloads where landed_payloads.sha256 = flows.sha256)
      and not exists (select 1 from payload_uploads where payload_uploads.sha256 = flows.sha256))`
  }
  return {
    name: 'payloads',
    ceiling: payloadCeiling(context),
    page: (which, after = '') =>
      journal.read(
        db
          .selectFrom('flows')
          .select(['id as key', 'bytes', 'sha256'])
          .where('id', '>', after as FlowId)
          .where(mayGo(which))
          .orderBy('id')
          .limit(ITEMS_PER_BATCH),
      ),
    async remove(items) {
      const ids = items.map(({ key }) => key as FlowId)
      const result = await journal.write([
        {
          query: db
            .updateTable('flows')
            .set({ payload_removed_at: now })
            .where('id', 'in', ids)
            .where((where) => where.or([mayGo('past'), mayGo('young')]))
            .returning('id'),
          announce: 'flows',
        },
      ])
      const gone = goneOf(items, result)
      const documents = await journal.read(
        db
          .selectFrom('invoice_documents')
          .select('sha256')
          .where('flow_id', 'in', gone.length === 0 ? [] : gone.map(({ key }) => key as FlowId)),
      )
      await free(context, [...gone, ...documents])
      return gone
    },
  }
}

/** Which return flows that are over no longer keep their content. */
export function isReturnContentPast({
  keep,
  now,
  settings,
}: RetentionContext): RawBuilder<SqlBool> {
  const before = cutoff(now, settings.payloadDays)
  const isOld = sql<SqlBool>`coalesce(return_flows.delivered_at, return_flows.available_until) < ${before}`
  return {
    all: isOld,
    rejected: sql<SqlBool>`(${isOld} or exists (select 1 from flows
      where flows.id = return_flows.flow_id and flows.state = 'IN_INTEGRE'))`,
    none: sql<SqlBool>`(1 = 1)`,
  }[keep]
}

/** Contents of return flows that are over: delivered, expired or cancelled; none that may be due yet. */
function returnPayloads(context: RetentionContext): RetentionKind {
  const { journal, now } = context
  const { db } = journal
  const isPast = isReturnContentPast(context)
  const isOver = sql<SqlBool>`(return_flows.payload_removed_at is null
    and return_flows.state in ('DELIVERED', 'EXPIRED', 'CANCELLED'))`
  return {
    name: 'reports',
    ceiling: payloadCeiling(context),
    page: (which, after = '') =>
      journal.read(
        db
          .selectFrom('return_flows')
          .select(['id as key', 'bytes', 'sha256'])
          .where('id', '>', after as ReturnFlowId)
          .where(isOver)
          .where(which === 'past' ? isPast : sql<SqlBool>`not ${isPast}`)
          .orderBy('id')
          .limit(ITEMS_PER_BATCH),
      ),
    async remove(items) {
      const result = await journal.write([
        {
          query: db
            .updateTable('return_flows')
            .set({ payload_removed_at: now })
            .where(
              'id',
              'in',
              items.map(({ key }) => key as ReturnFlowId),
            )
            .where(isOver)
            .returning('id'),
          announce: 'returns',
        },
      ])
      const gone = goneOf(items, result)
      await free(context, gone)
      return gone
    },
  }
}

function transcripts(context: RetentionContext): RetentionKind {
  const { journal, now, settings } = context
  const { db } = journal
  const before = cutoff(now, settings.transcriptDays)
  return {
    name: 'transcripts',
    ceiling: {
      name: 'transcriptBytes',
      limit: settings.transcriptBytes,
      weigh: ({ bytes }) => bytes,
      total: () =>
        sumOf(
          context,
          sql`select coalesce(sum(transcript_bytes), 0) as total from sessions
            where transcript_sha256 is not null`,
        ),
    },
    async page(which, after = '') {
      const rows = await journal.read(
        db
          .selectFrom('sessions')
          .select(['id as key', 'transcript_bytes as bytes', 'transcript_sha256 as sha256'])
          .where('id', '>', after as SessionId)
          .where('transcript_sha256', 'is not', null)
          .where('ended_at', which === 'past' ? '<' : '>=', before)
          .orderBy('id')
          .limit(ITEMS_PER_BATCH),
      )
      return rows.map(({ key, bytes, sha256 }) => ({
        key,
        bytes: bytes ?? 0,
        ...(sha256 === null ? {} : { sha256 }),
      }))
    },
    async remove(items) {
      const result = await journal.write([
        {
          query: db
            .updateTable('sessions')
            .set({ transcript_sha256: null, transcript_bytes: null, transcript_removed_at: now })
            .where(
              'id',
              'in',
              items.map(({ key }) => key as SessionId),
            )
            .where('transcript_sha256', 'is not', null)
            .returning('id'),
        },
      ])
      const gone = goneOf(items, result)
      await free(context, gone)
      return gone
    },
  }
}

function payloadCeiling(context: RetentionContext): RetentionCeiling {
  return {
    name: 'payloadBytes',
    limit: context.settings.payloadBytes,
    weigh: ({ bytes }) => bytes,
    total: async () =>
      (await sumOf(
        context,
        sql`select coalesce(sum(bytes), 0) as total from flows where payload_removed_at is null`,
      )) +
      (await sumOf(
        context,
        sql`select coalesce(sum(bytes), 0) as total from return_flows
          where payload_removed_at is null`,
      )),
  }
}

async function sumOf({ journal }: RetentionContext, query: RawBuilder<unknown>): Promise<number> {
  const [row] = await journal.read({
    compile: () => (query as RawBuilder<{ readonly total: number }>).compile(journal.db),
  })
  return row?.total ?? 0
}

/** Of those that were to go, the ones whose row the write changed. */
export function goneOf(
  items: readonly RetentionItem[],
  result: Awaited<ReturnType<RetentionContext['journal']['write']>>,
): readonly RetentionItem[] {
  const ids = new Set(
    result.committed ? result.results[0]?.rows.flatMap((row) => Object.values(row)) : [],
  )
  return items.filter(({ key }) => ids.has(key))
}

/** Removes contents that no row names any more; those too young for that go with a later sweep. */
async function free(
  { journal, payloads, settledBefore }: RetentionContext,
  contents: readonly { readonly sha256?: string }[],
): Promise<void> {
  const addresses = contents.flatMap(({ sha256 }) => (sha256 === undefined ? [] : [sha256]))
  if (addresses.length === 0) return
  await removeIfUnnamed({ journal, payloads, before: settledBefore }, [...new Set(addresses)])
}
