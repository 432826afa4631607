import { sql, type Expression, type SqlBool } from 'kysely'
import type { Finding, FlowId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { narrowed, type RejectionCriteria } from './rejections.ts'

/** Which invoices: those of the criteria that were refused for this rule or code. */
export interface RejectedInvoiceCriteria extends RejectionCriteria {
  readonly rule?: string
  readonly code?: string
  /** Of this flow alone. */
  readonly flowId?: FlowId
  /** The `id` of the last one of the page before. */
  readonly after?: string
  readonly limit: number
}

/** A refused invoice, with what it was refused for; without ordinal it is a refused flow. */
export interface RejectedInvoice {
  /** Flow and ordinal, as `raccord invoices` names it. */
  readonly id: string
  readonly flowId: FlowId
  readonly flowNumber: string
  readonly connectionId: string
  readonly applicationCode: string
  readonly interfaceCode: string
  readonly receivedAt: number
  readonly ordinal: number | null
  readonly fileName: string
  readonly number: string | null
  readonly supplier: string | null
  readonly recipient: string | null
  /** The fatal ones that match. */
  readonly findings: readonly Finding[]
}

/** Flows looked into at a time; each has at least one item. */
const FLOWS_AT_A_TIME = 50

/** Invoices behind a row of rejections, of the newest flow first, in the order of the flow. */
export async function readRejectedInvoices(
  journal: Journal,
  criteria: RejectedInvoiceCriteria,
): Promise<{ readonly items: readonly RejectedInvoice[]; readonly next: string | null }> {
  const { limit } = criteria
  const items: RejectedInvoice[] = []
  let place = placeOf(criteria.after)
  while (items.length <= limit) {
    const flows = await readFlows(journal, criteria, place)
    if (flows.length === 0) break
    items.push(...(await readItems(journal, criteria, flows, place, limit + 1 - items.length)))
    place = { flowId: flows.at(-1)!.id, ordinal: undefined }
    if (flows.length < FLOWS_AT_A_TIME) break
  }
  const page = items.slice(0, limit)
  return { items: page, next: items.length > limit ? (page.at(-1)?.id ?? null) : null }
}

interface Place {
  readonly flowId: FlowId
  /** The last ordinal of that flow that was given; 0 = the flow itself; undefined = all of it. */
  readonly ordinal: number | undefined
}

function placeOf(after: string | undefined): Place | undefined {
  if (after === undefined) return undefined
  const [flowId = '', ordinal = '0'] = after.split('.')
  return { flowId: flowId as FlowId, ordinal: Number(ordinal) || 0 }
}

type FlowBehind = Awaited<ReturnType<typeof readFlows>>[number]

async function readFlows(
  journal: Journal,
  criteria: RejectedInvoiceCriteria,
  place: Place | undefined,
) {
  const { rule, code, flowId, since, until } = criteria
  const dimension = rule !== undefined ? 'rule' : code !== undefined ? 'code' : 'flow'
  const query = journal.db
    .selectFrom('flow_rejections')
    .innerJoin('flows', 'flows.id', 'flow_rejections.flow_id')
    .select([
      'flows.id',
      'flow_identifier',
      'flows.connection_id',
      'application_code',
      'flows.interface_code',
      'received_at',
      'file_name',
      'findings_json',
    ])
    .where('dimension', '=', dimension)
    .where('value', '=', rule ?? code ?? '')
    .where('at', '>=', since)
    .where('at', '<', until)
    .$if(flowId !== undefined, (flows) => flows.where('flow_id', '=', flowId!))
    .$if(place !== undefined, (flows) =>
      flows.where('flow_id', place?.ordinal === undefined ? '<' : '<=', place!.flowId),
    )
    .orderBy('flow_id', 'desc')
    .limit(FLOWS_AT_A_TIME)
  return journal.read(narrowed(journal, query, criteria))
}

async function readItems(
  journal: Journal,
  criteria: RejectedInvoiceCriteria,
  flows: readonly FlowBehind[],
  place: Place | undefined,
  limit: number,
): Promise<RejectedInvoice[]> {
  const rows = await journal.read(
    journal.db
      .selectFrom('invoices')
      .select([
        'flow_id',
        'ordinal',
        'file_name',
        'number',
        'supplier_id',
        'recipient_id',
        'findings_json',
      ])
      .where(
        'flow_id',
        'in',
        flows.map(({ id }) => id),
      )
      .where('is_correct', '=', 0)
      .where(mentions(journal, criteria))
      .where((where) =>
        where.or([
          where('flow_id', '<>', place?.flowId ?? ('' as FlowId)),
          where('ordinal', '>', place?.ordinal ?? 0),
        ]),
      )
      .orderBy('flow_id', 'desc')
      .orderBy('ordinal')
      .limit(limit),
  )
  const rowsOf = Map.groupBy(rows, ({ flow_id }) => flow_id)
  return flows.flatMap((flow): RejectedInvoice[] => {
    const shared = {
      flowId: flow.id,
      flowNumber: flow.flow_identifier,
      connectionId: flow.connection_id,
      applicationCode: flow.application_code,
      interfaceCode: flow.interface_code,
      receivedAt: flow.received_at,
    }
    const ofFlow = matching(flow.findings_json, criteria)
    const isGiven = place !== undefined && place.flowId === flow.id
    return [
      ...(ofFlow.length === 0 || isGiven
        ? []
        : [
            {
              ...shared,
              id: `${flow.id}.0`,
              ordinal: null,
              fileName: flow.file_name,
              number: null,
              supplier: null,
              recipient: null,
              findings: ofFlow,
            },
          ]),
      ...(rowsOf.get(flow.id) ?? []).map((row) => ({
        ...shared,
        id: `${flow.id}.${row.ordinal}`,
        ordinal: row.ordinal,
        fileName: row.file_name,
        number: row.number,
        supplier: row.supplier_id,
        recipient: row.recipient_id,
        findings: matching(row.findings_json, criteria),
      })),
    ]
  })
}

/** Narrows to rows that can match, by the text of their findings. */
function mentions(journal: Journal, { rule, code }: RejectedInvoiceCriteria): Expression<SqlBool> {
  const texts = [
    ...(rule === undefined ? [] : [`"rule":${JSON.stringify(rule)}`]),
    ...(code === undefined ? [] : [`"code":${JSON.stringify(code)}`]),
  ]
  const tests = texts.map((text) =>
    journal.engine === 'sqlite'
      ? sql`instr(findings_json, ${text}) > 0`
      : sql`strpos(findings_json, ${text}) > 0`,
  )
  return sql<SqlBool>`${sql.join([sql`1 = 1`, ...tests], sql` and `)}`
}

function matching(json: string, { rule, code }: RejectedInvoiceCriteria): Finding[] {
  return (JSON.parse(json) as Finding[]).filter(
    (finding) =>
      finding.severity === 'fatal' &&
      (rule === undefined || finding.rule === rule) &&
      (code === undefined || finding.code === code),
  )
}
