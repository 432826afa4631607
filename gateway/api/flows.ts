import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { Router } from 'express'
import { z } from 'zod'
import { FLOW_STATES, type FlowState } from '../flow-states.ts'
import type { FlowDocument } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { flowsCsvHeader, flowsCsvRow } from './flows-csv.ts'
import { readFlowDocuments, type FlowCriteria } from './flow-documents.ts'
import { sendProblem } from './problem.ts'
import { parseQuery } from './request-query.ts'

const PAGE_SIZE = 50
const EXPORT_PAGE_SIZE = 50
/** Findings of one flow in a list, and where a flow is looked at for itself. */
const FINDINGS_IN_LIST = 100
const FINDINGS_OF_ONE = 1_000

const criteria = {
  state: z
    .string()
    .max(60)
    .transform(statesNamed)
    .refine((states) => states.length > 0, {
      message: `no such state; known are ${Object.keys(FLOW_STATES).join(', ')} and their labels`,
    })
    .optional(),
  connection: z.string().max(60).optional(),
  code: z
    .string()
    .regex(/^[A-Z]{3}\d{4}[A-Z]$/, 'not an interface code such as FSO1110A')
    .optional(),
  since: z.iso.datetime({ offset: true }).optional(),
}
const listQuery = z.strictObject({
  ...criteria,
  before: z.string().max(60).optional(),
  limit: z.coerce.number('not a number').int().min(1).max(500).default(PAGE_SIZE),
})
const exportQuery = z.strictObject({
  ...criteria,
  format: z.enum(['json', 'ndjson', 'csv']).default('ndjson'),
})

/** `/api/v1/flows`: list by criteria (keyset paging), show one, export all that match. */
export function flowsRoutes(journal: Journal): Router {
  const router = Router()

  router.get('/flows', async (request, response) => {
    const { before, limit, ...query } = parseQuery(request, listQuery)
    const flows = await readFlowDocuments(journal, {
      ...criteriaOf(query),
      ...(before === undefined ? {} : { before }),
      limit: limit + 1,
      maxFindings: FINDINGS_IN_LIST,
    })
    const page = flows.slice(0, limit)
    const next = flows.length > limit ? page.at(-1)?.id : undefined
    response.json({ flows: page, next: next ?? null })
  })

  router.get('/flows/export', async (request, response) => {
    const { format, ...query } = parseQuery(request, exportQuery)
    const { mediaType, ...shape } = EXPORT_SHAPES[format]
    response.type(mediaType)
    // A reader that goes away ends the reading too.
    await pipeline(Readable.from(exported(journal, criteriaOf(query), shape)), response)
  })

  router.get('/flows/:id', async (request, response) => {
    const { id } = request.params
    const flows = await readFlowDocuments(journal, { id, limit: 2, maxFindings: FINDINGS_OF_ONE })
    const [flow] = flows
    if (flow === undefined) {
      sendProblem(response, 404, 'API_NOT_FOUND', `No flow is called ${id.slice(0, 60)}.`)
      return
    }
    if (flows.length > 1) {
      const detail = `Several flows have an id that starts with ${id}: give more of it.`
      sendProblem(response, 409, 'API_REQUEST_INVALID', detail)
      return
    }
    response.json(flow)
  })

  return router
}

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

/** States by code (`IN_REJETE`) or label in either language (`rejected`, `Rejeté`). */
function statesNamed(text: string): readonly FlowState[] {
  const wanted = text.toLowerCase()
  return (Object.keys(FLOW_STATES) as FlowState[]).filter((state) =>
    [state, FLOW_STATES[state].label.en, FLOW_STATES[state].label.fr].some(
      (name) => name.toLowerCase() === wanted,
    ),
  )
}

/** All that match, page by page, so that their number does not matter. */
async function* exported(
  journal: Journal,
  criteria: Omit<FlowCriteria, 'limit' | 'maxFindings'>,
  shape: Omit<ExportShape, 'mediaType'>,
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
    for (const flow of page) {
      yield (isFirst ? '' : shape.between) + shape.row(flow)
      isFirst = false
    }
    before = page.at(-1)?.id
    if (page.length < EXPORT_PAGE_SIZE) break
  }
  yield shape.tail
}

interface ExportShape {
  readonly mediaType: string
  readonly head: string
  readonly between: string
  readonly tail: string
  row(flow: FlowDocument): string
}

const EXPORT_SHAPES: Readonly<Record<'json' | 'ndjson' | 'csv', ExportShape>> = {
  json: {
    mediaType: 'application/json',
    head: '{"flows":[',
    between: ',\n',
    tail: ']}\n',
    row: (flow) => JSON.stringify(flow),
  },
  ndjson: {
    mediaType: 'application/x-ndjson',
    head: '',
    between: '',
    tail: '',
    row: (flow) => `${JSON.stringify(flow)}\n`,
  },
  csv: {
    mediaType: 'text/csv',
    head: flowsCsvHeader,
    between: '',
    tail: '',
    row: flowsCsvRow,
  },
}
