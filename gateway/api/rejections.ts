import { z } from 'zod'
import type { ConnectionId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { readRejectionExample } from '../operations/rejection-examples.ts'
import { readRejectedInvoices } from '../operations/rejected-invoices.ts'
import {
  readRejections,
  readRejectionTotals,
  REJECTION_GROUPINGS,
  type RejectionCriteria,
  type RejectionGroup,
  type RejectionGrouping,
} from '../operations/rejections.ts'
import { given } from './given.ts'
import { afterSchema, limitSchema, nextSchema } from './list-query.ts'
import {
  rejectedInvoiceSchema,
  rejectionSchema,
  rejectionTotalsSchema,
  type RejectedInvoiceDocument,
  type RejectionDocument,
} from './rejection-schemas.ts'
import { rejectedInvoicesCsv, rejectionsCsv } from './rejections-csv.ts'
import { route, type RouteContext } from './route.ts'
import { streamed } from './streamed.ts'

const DEFAULT_PERIOD = 7 * 86_400_000

const criteria = {
  connection: z
    .string()
    .max(60)
    .optional()
    .meta({ description: 'Id of a connection, or its application code.' }),
  interfaceCode: z.string().max(20).optional(),
  since: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'Received from then on; seven days before `until` unless given.' }),
  until: z.iso
    .datetime({ offset: true })
    .optional()
    .meta({ description: 'Received before; now unless given.' }),
} as const
const shape = {
  format: z.enum(['json', 'csv']).default('json'),
  lang: z.enum(['en', 'fr']).optional().meta({ description: 'Of the headers of a table.' }),
} as const

/** `/api/v1/rejections`: what is refused inside flows, why, by whom, and the invoices behind. */
export const REJECTION_ROUTES = [
  route({
    method: 'get',
    path: '/rejections',
    operationId: 'listRejections',
    tag: 'flows',
    summary: 'What was refused inside flows, counted, beside the period before',
    description:
      'Most invoices first; hours and days newest first. An invoice counts once in each row. Of a period the one before is the hour or day before it; of anything else, the time as long as this one before `since`. `lost` are good invoices that Complete mode rejected with the bad ones.',
    permission: 'flow.show',
    structure: 'visible',
    query: z.strictObject({
      by: z.enum(REJECTION_GROUPINGS).default('code'),
      ...criteria,
      ...shape,
      limit: limitSchema,
    }),
    responses: {
      200: {
        description: 'The rows, and the totals of the period.',
        schema: z.object({
          by: z.enum(REJECTION_GROUPINGS),
          since: z.iso.datetime(),
          until: z.iso.datetime(),
          totals: rejectionTotalsSchema,
          items: z.array(rejectionSchema),
        }),
        mediaTypes: ['text/csv'],
      },
    },
    async handler({ query: { by, format, lang, limit, ...asked } }, context) {
      const { journal } = context.services
      const wanted = await criteriaOf(asked, context)
      const [totals, groups] = await Promise.all([
        readRejectionTotals(journal, wanted),
        readRejections(journal, by, wanted, limit),
      ])
      const items = await documentsOf(journal, by, wanted, groups)
      if (format === 'csv') {
        const table = rejectionsCsv(lang ?? context.language)
        return streamed(200, 'text/csv', [table.header, ...items.map((item) => table.row(item))])
      }
      const { since, until } = wanted
      const period = { since: iso(since), until: iso(until) }
      return { status: 200, body: { by, ...period, totals, items } }
    },
  }),
  route({
    method: 'get',
    path: '/rejections/invoices',
    operationId: 'listRejectedInvoices',
    tag: 'flows',
    summary: 'The invoices behind a row of rejections, of the newest flow first',
    description: 'Where a flow itself was refused, it stands there without ordinal.',
    permission: 'flow.show',
    structure: 'visible',
    query: z.strictObject({
      rule: z.string().max(100).optional(),
      code: z.string().max(100).optional(),
      ...criteria,
      ...shape,
      after: afterSchema,
      limit: limitSchema,
    }),
    responses: {
      200: {
        description: 'A page of invoices, each with what it was refused for.',
        schema: z.object({ items: z.array(rejectedInvoiceSchema), next: nextSchema }),
        mediaTypes: ['text/csv'],
      },
    },
    async handler({ query }, context) {
      const { format, lang, limit, rule, code, after, ...asked } = query
      const page = await readRejectedInvoices(context.services.journal, {
        ...(await criteriaOf(asked, context)),
        ...given({ rule, code, after }),
        limit,
      })
      const items = page.items.map((item): RejectedInvoiceDocument => ({
        ...item,
        receivedAt: iso(item.receivedAt),
        findings: item.findings.map(({ rule, code, message, remedy, path, line }) => ({
          rule,
          code,
          message,
          remedy,
          path: path ?? null,
          line: line ?? null,
        })),
      }))
      if (format === 'csv') {
        const table = rejectedInvoicesCsv(lang ?? context.language)
        return streamed(200, 'text/csv', [table.header, ...items.map((item) => table.row(item))])
      }
      return { status: 200, body: { items, next: page.next } }
    },
  }),
]

const iso = (instant: number): string => new Date(instant).toISOString()

async function criteriaOf(
  asked: {
    readonly connection?: string | undefined
    readonly interfaceCode?: string | undefined
    readonly since?: string | undefined
    readonly until?: string | undefined
  },
  { services: { journal, clock }, visible }: RouteContext,
): Promise<RejectionCriteria> {
  const { connection, interfaceCode } = asked
  // What is received in this very millisecond counts too.
  const until = asked.until === undefined ? clock.now() + 1 : Date.parse(asked.until)
  const since = asked.since === undefined ? until - DEFAULT_PERIOD : Date.parse(asked.since)
  return {
    sirets: visible,
    since,
    until: Math.max(since, until),
    ...given({
      interfaceCode,
      connection: connection === undefined ? undefined : await idOf(journal, connection),
    }),
  }
}

/** An application code becomes the id of its connection; what is no connection stays itself. */
async function idOf(journal: Journal, connection: string): Promise<string> {
  const [row] = await journal.read(
    journal.db
      .selectFrom('connections')
      .select('id')
      .where('application_code', '=', connection)
      .limit(1),
  )
  return row?.id ?? connection
}

async function documentsOf(
  journal: Journal,
  by: RejectionGrouping,
  criteria: RejectionCriteria,
  groups: readonly RejectionGroup[],
): Promise<RejectionDocument[]> {
  const names =
    by === 'partner' ? await partnersOf(journal, groups) : new Map<string, RejectionPartner>()
  return Promise.all(
    groups.map(async (group): Promise<RejectionDocument> => {
      const { key, code, flows, invoices, lost, partners, before } = group
      const example =
        by === 'code' || by === 'rule'
          ? await readRejectionExample(journal, { ...criteria, [by]: key, flowId: group.lastFlow })
          : undefined
      return {
        key: shownKey(by, key),
        code: code === '' ? null : code,
        partner: names.get(key) ?? null,
        flows,
        invoices,
        lost,
        partners,
        firstAt: iso(group.firstAt),
        lastAt: iso(group.lastAt),
        before,
        trend: trendOf(group),
        example: example ?? null,
      }
    }),
  )
}

type RejectionPartner = NonNullable<RejectionDocument['partner']>

async function partnersOf(journal: Journal, groups: readonly RejectionGroup[]) {
  if (groups.length === 0) return new Map<string, RejectionPartner>()
  const rows = await journal.read(
    journal.db
      .selectFrom('connections')
      .select(['id', 'application_code', 'name'])
      .where(
        'id',
        'in',
        groups.map(({ key }) => key as ConnectionId),
      ),
  )
  return new Map<string, RejectionPartner>(
    rows.map(({ id, application_code, name }) => [id, { applicationCode: application_code, name }]),
  )
}

function shownKey(by: RejectionGrouping, key: string): string {
  if (by === 'hour') return iso(Number(key))
  return by === 'day' ? iso(Number(key)).slice(0, 10) : key
}

/** By invoices; of refused flows without any, by flows. */
function trendOf({ flows, invoices, before }: RejectionGroup): RejectionDocument['trend'] {
  if (before.flows === 0) return 'new'
  const change = invoices - before.invoices || flows - before.flows
  return change > 0 ? 'up' : change < 0 ? 'down' : 'same'
}
