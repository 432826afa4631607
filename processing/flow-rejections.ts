import { sql } from 'kysely'
import type { Finding } from '../gateway/flow.ts'
import type { Journal, WriteStatement } from '../gateway/journal/journal.ts'
import type { JournaledFlow } from './pipeline-context.ts'
import type { Verdict } from './stages/report.ts'

/** Rules and codes kept of one flow, the most frequent ones: a hostile flow has room for no more. */
const MAX_KEPT = 300

interface Counted {
  readonly dimension: 'code' | 'rule'
  readonly value: string
  readonly code: string
  readonly invoices: number
}

/**
 * The statements, if any, that record what was refused of a flow, for its last message: its rules
 * and codes with the number of bad invoices, and the good ones that went with them.
 */
export async function rejectionStatements(
  journal: Journal,
  flow: JournaledFlow,
  verdict: Verdict,
  findings: readonly Finding[],
): Promise<WriteStatement[]> {
  const ofFlow = findings.filter(({ severity }) => severity === 'fatal')
  const ofInvoices = verdict.refused > 0 ? await countByRule(journal, flow) : []
  if (ofFlow.length === 0 && ofInvoices.length === 0) return []
  const kept = new Map(
    [...ofInvoices, ...ofFlow.flatMap(countedOfFlow)]
      .toSorted((one, other) => other.invoices - one.invoices)
      .slice(0, MAX_KEPT)
      .toReversed()
      .map((counted) => [`${counted.dimension} ${counted.value}`, counted]),
  )
  const isLost = flow.mode === 'COMPLETE' && verdict.state === 'IN_REJETE' && verdict.refused > 0
  const shared = {
    flow_id: flow.id,
    connection_id: flow.connection_id,
    interface_code: flow.interface_code,
    at: flow.received_at,
    lost: isLost ? flow.total - verdict.refused : 0,
  }
  const whole = {
    ...shared,
    dimension: 'flow' as const,
    value: '',
    code: '',
    invoices: verdict.refused,
  }
  const rows = [...kept.values()].map((counted) => ({ ...shared, ...counted }))
  return [
    {
      query: journal.db
        .insertInto('flow_rejections')
        .values([whole, ...rows])
        .onConflict((conflict) => conflict.doNothing()),
    },
  ]
}

/** What is said of the flow itself concerns no invoice in particular. */
function countedOfFlow({ rule, code }: Finding): Counted[] {
  return [
    { dimension: 'rule', value: rule, code, invoices: 0 },
    { dimension: 'code', value: code, code, invoices: 0 },
  ]
}

async function countByRule(journal: Journal, flow: JournaledFlow): Promise<Counted[]> {
  const found =
    journal.engine === 'sqlite'
      ? sql`
        select i.ordinal as ordinal, json_extract(e.value, '$.rule') as rule,
          json_extract(e.value, '$.code') as code
        from invoices i join json_each(i.findings_json) e
        where i.flow_id = ${flow.id} and i.is_correct = 0
          and json_extract(e.value, '$.severity') = 'fatal'`
      : sql`
        select i.ordinal as ordinal, e.value ->> 'rule' as rule, e.value ->> 'code' as code
        from invoices i cross join lateral json_array_elements(i.findings_json::json) as e(value)
        where i.flow_id = ${flow.id} and i.is_correct = 0 and e.value ->> 'severity' = 'fatal'`
  const query = sql<Omit<Counted, 'invoices'> & { readonly invoices: number | string }>`
    with found as (${found})
    select 'rule' as dimension, rule as value, max(code) as code,
      count(distinct ordinal) as invoices
    from found group by rule
    union all
    select 'code', code, code, count(distinct ordinal) from found group by code`
  const rows = await journal.read({ compile: () => query.compile(journal.db) })
  return rows.map((row) => ({ ...row, invoices: Number(row.invoices) }))
}
