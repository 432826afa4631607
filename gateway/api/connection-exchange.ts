import { stringify } from 'yaml'
import { z } from 'zod'
import type {
  ConnectionCriteria,
  ConnectionExport,
  ConnectionForms,
  ConnectionSummary,
} from '../connections/connection-forms.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { connectionId, connectionParams, structureOfConnection } from './connection-name.ts'
import { connectionExportSchema, connectionSchema } from './connection-schemas.ts'
import { allConnections, connectionsCsv, searchCriteria, searchQuery } from './connection-search.ts'
import { YAML_TYPES } from './request-body.ts'
import { route, type Answer } from './route.ts'
import { streamed } from './streamed.ts'

const [YAML_TYPE] = YAML_TYPES
const formatSchema = z.enum(['yaml', 'json']).default('yaml')
const travelling = {
  description: 'The connection as it travels.',
  schema: connectionExportSchema,
  mediaTypes: [YAML_TYPE],
} as const

/** Connections out of the gateway, and in again. */
export const CONNECTION_EXCHANGE_ROUTES = [
  route({
    method: 'get',
    path: '/connections/export',
    operationId: 'exportConnections',
    tag: 'connections',
    summary: 'All connections that match, as a stream',
    description:
      'csv and json: the lines of the search. yaml: whole connections, one document each, that can be imported.',
    permission: 'connection.export',
    structure: 'visible',
    query: z.strictObject({
      ...searchQuery,
      format: z.enum(['csv', 'json', 'yaml']).default('csv'),
      lang: z.enum(['en', 'fr']).optional().meta({ description: 'Of the headers of a table.' }),
    }),
    responses: {
      200: {
        description: 'Every connection that matches.',
        mediaTypes: ['text/csv', 'application/json', YAML_TYPE],
      },
    },
    async handler({ query: { format, lang, ...query } }, { services, visible, language }) {
      const criteria = searchCriteria(query, visible)
      const { forms } = services
      switch (format) {
        case 'csv': {
          const lines = csvLines(allConnections(forms, criteria), lang ?? language)
          return streamed(200, 'text/csv', lines, attachment('connections.csv'))
        }
        case 'json':
          return streamed(200, 'application/json', jsonLines(allConnections(forms, criteria)))
        case 'yaml':
          return streamed(200, YAML_TYPE, yamlDocuments(forms, criteria))
      }
    },
  }),
  route({
    method: 'post',
    path: '/connections/import',
    operationId: 'importConnection',
    tag: 'connections',
    summary: 'A draft of an exported connection; its application code is assigned anew',
    permission: 'connection.import',
    structure: async ({ body }) => body.structure,
    body: { kind: 'json', schema: connectionExportSchema, isYamlToo: true, maxBytes: 1024 * 1024 },
    responses: {
      201: {
        description: 'The draft, and what could not be carried over.',
        schema: z.object({ connection: connectionSchema, notes: z.array(bilingualSchema) }),
        hasEtag: true,
      },
    },
    errors: ['STRUCTURE_UNKNOWN'],
    async handler({ body }, { services, actor }) {
      const made = await services.forms.import(body, actor)
      return { status: 201, body: made, revision: made.connection.revision }
    },
  }),
  route({
    method: 'get',
    path: '/connections/{id}/export',
    operationId: 'exportConnection',
    tag: 'connections',
    summary: 'One connection, as YAML or JSON that can be imported',
    permission: 'connection.export',
    structure: structureOfConnection,
    params: connectionParams,
    query: z.strictObject({ format: formatSchema }),
    responses: { 200: travelling },
    errors: ['CONNECTION_UNKNOWN'],
    async handler({ params, query: { format } }, context) {
      const id = await connectionId(params.id, context)
      return travelled(await context.services.forms.export(id), format)
    },
  }),
  route({
    method: 'get',
    path: '/connections/{id}/promotion',
    operationId: 'promoteConnection',
    tag: 'connections',
    summary: 'A proven qualification connection, to be imported in production',
    permission: 'connection.export',
    structure: structureOfConnection,
    params: connectionParams,
    query: z.strictObject({ format: formatSchema }),
    responses: { 200: travelling },
    errors: ['CONNECTION_UNKNOWN', 'CONNECTION_NOT_PROVEN'],
    async handler({ params, query: { format } }, context) {
      const id = await connectionId(params.id, context)
      return travelled(await context.services.forms.promotion(id), format)
    },
  }),
]

function travelled(exported: ConnectionExport, format: 'yaml' | 'json'): Answer {
  if (format === 'json') return { status: 200, body: exported }
  return streamed(200, YAML_TYPE, [stringify(exported)])
}

async function* csvLines(
  lines: AsyncIterable<ConnectionSummary>,
  language: 'en' | 'fr',
): AsyncGenerator<string> {
  const table = connectionsCsv(language)
  yield table.header
  for await (const line of lines) yield table.row(line)
}

async function* jsonLines(lines: AsyncIterable<ConnectionSummary>): AsyncGenerator<string> {
  let between = '{"connections":['
  for await (const line of lines) {
    yield between + JSON.stringify(line)
    between = ',\n'
  }
  yield between.startsWith('{') ? `${between}]}\n` : ']}\n'
}

async function* yamlDocuments(
  forms: ConnectionForms,
  criteria: Omit<ConnectionCriteria, 'limit'>,
): AsyncGenerator<string> {
  for await (const { id, siret } of allConnections(forms, criteria)) {
    // One made from the command line belongs to no structure: it could not be imported.
    if (siret !== null) yield `---\n${stringify(await forms.export(id))}`
  }
}

const attachment = (name: string): Readonly<Record<string, string>> => ({
  'Content-Disposition': `attachment; filename="${name}"`,
})
