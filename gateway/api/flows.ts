import { once } from 'node:events'
import { Router } from 'express'
import { z } from 'zod'
import type { FlowDocument } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { flowsCsvHeader, flowsCsvRow } from './flows-csv.ts'
import { readFlowDocuments } from './flow-documents.ts'
import { sendProblem } from './problem.ts'
import { parseQuery } from './request-query.ts'

const PAGE_SIZE = 50
const EXPORT_PAGE_SIZE = 200

const criteria = {
  state: z.string().max(60).optional(),
  connection: z.string().max(60).optional(),
  code: z
    .string()
    .regex(/^[A-Z]{3}\d{4}[A-Z]$/)
    .optional(),
  since: z.iso.datetime({ offset: true }).optional(),
}
const listQuery = z.strictObject({
  ...criteria,
  before: z.string().max(60).optional(),
  limit: z.coerce.number().int().min(1).max(500).default(PAGE_SIZE),
})
const exportQuery = z.strictObject({
  ...criteria,
  format: z.enum(['json', 'ndjson', 'csv']).default('ndjson'),
})

/** `/api/v1/flows`: list by criteria (keyset paging), show one, export all that match. */
export function flowsRoutes(journal: Journal): Router {
  const router = Router()

  router.get('/flows', async (request, response) => {
    const { state, connection, code, since, before, limit } = parseQuery(request, listQuery)
    const flows = await readFlowDocuments(journal, {
      ...defined({ state, connectionId: connection, interfaceCode: code, before }),
      ...(since === undefined ? {} : { since: Date.parse(since) }),
      limit: limit + 1,
    })
    const page = flows.slice(0, limit)
    const next = flows.length > limit ? page.at(-1)?.id : undefined
    response.json({ flows: page, next: next ?? null })
  })

  router.get('/flows/export', async (request, response) => {
    const { state, connection, code, since, format } = parseQuery(request, exportQuery)
    const filters = {
      ...defined({ state, connectionId: connection, interfaceCode: code }),
      ...(since === undefined ? {} : { since: Date.parse(since) }),
    }
    const shape = EXPORT_SHAPES[format]
    response.type(shape.mediaType)
    response.write(shape.head)
    let before: string | undefined
    let isFirst = true
    for (;;) {
      const page = await readFlowDocuments(journal, {
        ...filters,
        ...defined({ before }),
        limit: EXPORT_PAGE_SIZE,
      })
      for (const flow of page) {
        const hasRoom = response.write((isFirst ? '' : shape.between) + shape.row(flow))
        isFirst = false
        if (!hasRoom && !response.destroyed) await once(response, 'drain')
      }
      if (page.length < EXPORT_PAGE_SIZE || response.destroyed) break
      before = page.at(-1)?.id
    }
    response.end(shape.tail)
  })

  router.get('/flows/:id', async (request, response) => {
    const flows = await readFlowDocuments(journal, { id: request.params.id, limit: 2 })
    const [flow] = flows
    if (flow === undefined) {
      sendProblem(response, 404, 'API_NOT_FOUND', `No flow is called ${request.params.id}.`)
      return
    }
    if (flows.length > 1) {
      sendProblem(response, 409, 'API_REQUEST_INVALID', 'Several flows start with that id.')
      return
    }
    response.json(flow)
  })

  return router
}

const EXPORT_SHAPES: Readonly<
  Record<
    'json' | 'ndjson' | 'csv',
    {
      readonly mediaType: string
      readonly head: string
      readonly between: string
      readonly tail: string
      row(flow: FlowDocument): string
    }
  >
> = {
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
    between: '\n',
    tail: '\n',
    row: (flow) => JSON.stringify(flow),
  },
  csv: {
    mediaType: 'text/csv',
    head: flowsCsvHeader,
    between: '',
    tail: '',
    row: flowsCsvRow,
  },
}

/** The same object without its undefined members. */
function defined<Shape extends Record<string, unknown>>(
  members: Shape,
): { [Key in keyof Shape]?: Exclude<Shape[Key], undefined> } {
  return Object.fromEntries(
    Object.entries(members).filter(([, value]) => value !== undefined),
  ) as never
}
