import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import type { FlowState } from '../flow-states.ts'
import type { FlowDocument, FlowId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { readFlowDocuments, siretOfFlow, type FlowCriteria } from './flow-documents.ts'
import { flowSchema } from './flow-schema.ts'
import { flowStateSchema } from './flow-state-schema.ts'
import { flowsCsv } from './flows-csv.ts'
import { afterSchema, flagSchema, limitSchema, nextSchema } from './list-query.ts'
import { Pseudonyms, type NamedInvoice } from './pseudonyms.ts'
import { route } from './route.ts'
import { streamed } from './streamed.ts'

const EXPORT_PAGE_SIZE = 50
/** Findings of one flow in a list, and where a flow is looked at for itself. */
const FINDINGS_IN_LIST = 100
const FINDINGS_OF_ONE = 1_000

const criteria = {
  state: flowStateSchema.optional(),
  connection: z.string().max(60).optional(),
  code: z
    .string()
    .regex(/^[A-Z]{3}\d{4}[A-Z]$/, 'not an interface code such as FSO1110A')
    .optional(),
  since: z.iso.datetime({ offset: true }).optional(),
}
const listQuery = z.strictObject({
  ...criteria,
  after: afterSchema,
  limit: limitSchema,
})
const exportQuery = z.strictObject({
  ...criteria,
  format: z.enum(['json', 'ndjson', 'csv']).default('ndjson'),
  lang: z.enum(['en', 'fr']).optional().meta({ description: 'Of the headers of a table.' }),
  anonymise: flagSchema.optional().meta({
    description:
      'Names, SIRET, mail addresses, numbers of invoices, codes and addresses of contents as other words, the same for the same within this export. Counts, states, rules and times stay.',
  }),
})

interface ExportShape {
  readonly mediaType: string
  readonly head: string
  readonly between: string
  readonly tail: string
  row(flow: FlowDocument): string
}

const EXPORT_TYPES = {
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  csv: 'text/csv',
} as const

const idParams = z.object({
  id: z.string().min(1).max(100).meta({
    description: 'Id of a flow, the start of one, or the 25-character identifier of its sender.',
  }),
})

/** `/api/v1/flows`: list by criteria (keyset paging), show one, export all that match. */
export const FLOW_ROUTES = [
  route({
    method: 'get',
    path: '/flows',
    operationId: 'listFlows',
    tag: 'flows',
    summary: 'Flows that match, newest first',
    permission: 'flow.show',
    structure: 'visible',
    query: listQuery,
    responses: {
      200: {
        description: 'A page of flows.',
        schema: z.object({ flows: z.array(flowSchema), next: nextSchema }),
      },
    },
    async handler({ query: { after, limit, ...criteria } }, { services, visible }) {
      const flows = await readFlowDocuments(services.journal, {
        ...criteriaOf(criteria),
        sirets: visible,
        ...(after === undefined ? {} : { before: after }),
        limit: limit + 1,
        maxFindings: FINDINGS_IN_LIST,
      })
      const page = flows.slice(0, limit)
      const next = flows.length > limit ? (page.at(-1)?.id ?? null) : null
      return { status: 200, body: { flows: page, next } }
    },
  }),
  route({
    method: 'get',
    path: '/flows/export',
    operationId: 'exportFlows',
    tag: 'flows',
    summary: 'All flows that match, as a stream',
    permission: 'flow.export',
    structure: 'visible',
    query: exportQuery,
    responses: {
      200: {
        description: 'Every flow: one a line (ndjson), one document (json), or a table (csv).',
        mediaTypes: Object.values(EXPORT_TYPES),
      },
    },
    async handler(
      { query: { format, lang, anonymise, ...criteria } },
      { services, visible, language },
    ) {
      const shape = exportShape(format, lang ?? language)
      const wanted = { ...criteriaOf(criteria), sirets: visible }
      return streamed(
        200,
        shape.mediaType,
        exported(
          services.journal,
          wanted,
          shape,
          anonymise === true ? new Pseudonyms() : undefined,
        ),
      )
    },
  }),
  route({
    method: 'get',
    path: '/flows/{id}',
    operationId: 'showFlow',
    tag: 'flows',
    summary: 'One flow',
    permission: 'flow.show',
    structure: async ({ params }, { services, visible }) =>
      siretOfFlow(services.journal, { id: params.id, sirets: visible }),
    params: idParams,
    responses: { 200: { description: 'The flow, with its findings.', schema: flowSchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, { services, visible }) {
      const flows = await readFlowDocuments(services.journal, {
        id,
        sirets: visible,
        limit: 2,
        maxFindings: FINDINGS_OF_ONE,
      })
      const [flow] = flows
      if (flow === undefined) throw new GatewayError('API_NOT_FOUND', `No flow is called ${id}.`)
      if (flows.length > 1) {
        const message = `Several flows have an id that starts with ${id}.`
        throw new GatewayError('API_AMBIGUOUS', message)
      }
      return { status: 200, body: flow }
    },
  }),
]

function criteriaOf(query: {
  readonly state?: readonly FlowState[] | undefined
  readonly connection?: string | undefined
  readonly code?: string | undefined
  readonly since?: string | undefined
}): Omit<FlowCriteria, 'limit' | 'maxFindings'> {
  const { state, connection, code, since } = query
  return {
    ...(state === undefined ? {} : { states: state }),
    ...(connection === undefined ? {} : { connection }),
    ...(code === undefined ? {} : { interfaceCode: code }),
    ...(since === undefined ? {} : { since: Date.parse(since) }),
  }
}

/** All that match, page by page, so that their number does not matter. */
async function* exported(
  journal: Journal,
  criteria: Omit<FlowCriteria, 'limit' | 'maxFindings'>,
  shape: ExportShape,
  pseudonyms: Pseudonyms | undefined,
): AsyncGenerator<string> {
  yield shape.head
  let before: string | undefined
  let isFirst = true
  for (;;) {
    const page = await readFlowDocuments(journal, {
      ...criteria,
      ...(before === undefined ? {} : { before }),
      limit: EXPORT_PAGE_SIZE,
      maxFindings: FINDINGS_OF_ONE,
    })
    for (const found of page) {
      const flow =
        pseudonyms === undefined
          ? found
          : pseudonyms.flow(found, await readNamedInvoices(journal, found.id, FINDINGS_OF_ONE))
      yield (isFirst ? '' : shape.between) + shape.row(flow)
      isFirst = false
    }
    before = page.at(-1)?.id
    if (page.length < EXPORT_PAGE_SIZE) break
  }
  yield shape.tail
}

/** Those of its invoices that findings speak of. */
function readNamedInvoices(journal: Journal, id: FlowId, limit: number): Promise<NamedInvoice[]> {
  return journal.read(
    journal.db
      .selectFrom('invoices')
      .select(['number', 'supplier_id', 'supplier_name', 'recipient_id', 'recipient_name'])
      .where('flow_id', '=', id)
      .where('findings_json', '<>', '[]')
      .orderBy('ordinal')
      .limit(limit),
  )
}

function exportShape(format: keyof typeof EXPORT_TYPES, language: 'en' | 'fr'): ExportShape {
  const mediaType = EXPORT_TYPES[format]
  const table = flowsCsv(language)
  switch (format) {
    case 'json':
      return {
        mediaType,
        head: '{"flows":[',
        between: ',\n',
        tail: ']}\n',
        row: (flow) => JSON.stringify(flow),
      }
    case 'ndjson':
      return {
        mediaType,
        head: '',
        between: '',
        tail: '',
        row: (flow) => `${JSON.stringify(flow)}\n`,
      }
    case 'csv':
      return {
        mediaType,
        head: table.header,
        between: '',
        tail: '',
        row: (flow) => table.row(flow),
      }
  }
}
