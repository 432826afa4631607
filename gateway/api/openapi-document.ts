import { createDocument, type ZodOpenApiOperationObject } from 'zod-openapi'
import { z } from 'zod'
import type { ErrorCode } from '../errors.ts'
import { VERSION } from '../version.ts'
import { statusOf } from './problem-status.ts'
import { mediaTypesOf } from './request-body.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { isPublic, TAGS, type Route } from './route.ts'

const problemSchema = z
  .object({
    type: z.string().meta({ description: '`urn:raccord:error:` and the code.' }),
    title: z.string(),
    status: z.int(),
    code: z.string().meta({ description: 'See docs/errors.md.' }),
    detail: z.string(),
    remedy: z.string().meta({ description: 'What to do, in the language of Accept-Language.' }),
    errors: z
      .array(
        z.object({
          field: z.string(),
          code: z.string().optional(),
          message: bilingualSchema,
          remedy: bilingualSchema.optional(),
        }),
      )
      .optional(),
  })
  .meta({ id: 'Problem', description: 'A problem document (RFC 9457).' })

type OpenApiDocument = ReturnType<typeof createDocument>

/** The OpenAPI 3.1 document of these routes, as `/api/v1/openapi.json` answers it. */
export function openApiDocument(routes: readonly Route[]): OpenApiDocument {
  const paths: Record<string, Record<string, ZodOpenApiOperationObject>> = {}
  for (const route of routes) {
    paths[route.path] = { ...paths[route.path], [route.method]: operationOf(route) }
  }
  return createDocument(
    {
      openapi: '3.1.1',
      info: {
        title: 'Raccord',
        version: VERSION,
        description:
          'A simulated EDI gateway of Chorus Pro. Every operation names the permission it needs (`x-permission`) and the codes it may refuse with (`x-errors`); readers must ignore members they do not know.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      servers: [{ url: '/api/v1' }],
      security: [{ bearer: [] }, { session: [] }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths,
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer' },
          session: {
            type: 'apiKey',
            in: 'cookie',
            name: 'raccord-session',
            description: 'A write needs X-CSRF-Token too; over TLS the name starts with `__Host-`.',
          },
        },
      },
    },
    { override: quiet },
  )
}

function operationOf(route: Route): ZodOpenApiOperationObject {
  const isOpen = isPublic(route.permission)
  return {
    operationId: route.operationId,
    tags: [route.tag],
    summary: route.summary,
    ...(route.description === undefined ? {} : { description: route.description }),
    'x-permission': route.permission,
    'x-errors': codesOf(route),
    ...(isOpen ? { security: [] } : {}),
    requestParams: {
      ...(route.params === undefined ? {} : { path: route.params as z.ZodObject }),
      ...(route.query === undefined ? {} : { query: route.query as z.ZodObject }),
      ...(route.ifMatch === undefined ? {} : { header: ifMatchHeader(route.ifMatch) }),
    },
    ...(route.body === undefined ? {} : { requestBody: requestBodyOf(route.body) }),
    responses: { ...successesOf(route), ...problemsOf(route) },
  }
}

const ifMatchHeader = (wanted: 'required' | 'optional') => {
  const value = z.string().meta({ description: 'ETag of the document that was seen, or `*`.' })
  return z.object({ 'If-Match': wanted === 'required' ? value : value.optional() })
}

function requestBodyOf(body: NonNullable<Route['body']>) {
  const isJson = body.kind === 'json'
  const file = { type: 'string', format: 'binary' } as const
  return {
    required: !(isJson && body.isOptional === true),
    content: Object.fromEntries(
      mediaTypesOf(body).map((type) => {
        if (isJson) return [type, { schema: body.schema }]
        if (type !== 'multipart/form-data') return [type, { schema: file }]
        return [
          type,
          { schema: { type: 'object', required: ['file'], properties: { file } } as const },
        ]
      }),
    ),
  }
}

function successesOf(route: Route) {
  return Object.fromEntries(
    Object.entries(route.responses).map(([status, response]) => {
      const headers = {
        ...(response.hasEtag === true ? { ETag: 'The revision of the document.' } : {}),
        ...response.headers,
      }
      return [
        status,
        {
          description: response.description,
          ...(Object.keys(headers).length === 0
            ? {}
            : {
                headers: Object.fromEntries(
                  Object.entries(headers).map(([name, description]) => [
                    name,
                    { description, schema: { type: 'string' } as const },
                  ]),
                ),
              }),
          ...(response.schema === undefined && response.mediaTypes === undefined
            ? {}
            : {
                content: {
                  ...(response.schema === undefined
                    ? {}
                    : { 'application/json': { schema: response.schema } }),
                  ...Object.fromEntries((response.mediaTypes ?? []).map((type) => [type, {}])),
                },
              }),
        },
      ]
    }),
  )
}

/** The codes a route may refuse with. */
function codesOf(route: Route): readonly ErrorCode[] {
  const codes: readonly ErrorCode[] = [
    'API_REQUEST_INVALID',
    ...(isPublic(route.permission) ? [] : (['API_TOKEN_REFUSED', 'PERMISSION_DENIED'] as const)),
    ...(route.method === 'get' ? [] : (['CSRF_MISSING'] as const)),
    ...(route.body === undefined
      ? []
      : (['API_BODY_TOO_LARGE', 'API_MEDIA_TYPE_REFUSED'] as const)),
    ...(route.ifMatch === 'required' ? (['API_PRECONDITION_MISSING'] as const) : []),
    ...(route.errors ?? []),
  ]
  return [...new Set(codes)]
}

/** One component for each status; which codes of it a route answers, `x-errors` says. */
function problemsOf(route: Route) {
  const statuses = [...new Set(codesOf(route).map(statusOf))].sort((one, other) => one - other)
  return Object.fromEntries(statuses.map((status) => [status, problemResponse(status)]))
}

const problemResponses = new Map<number, ReturnType<typeof makeProblemResponse>>()

function problemResponse(status: number) {
  const response = problemResponses.get(status) ?? makeProblemResponse(status)
  problemResponses.set(status, response)
  return response
}

const makeProblemResponse = (status: number) => ({
  id: `Problem${status}`,
  description: 'Refused: `code` is one of the `x-errors` of the operation.',
  content: { 'application/problem+json': { schema: problemSchema } },
})

const LONG_PATTERN_CHARACTERS = 200

/** Takes out what zod says and nobody reads: bounds of safe integers, the pattern of a date. */
function quiet({ jsonSchema, io }: { jsonSchema: Record<string, unknown>; io: string }): void {
  if (jsonSchema['minimum'] === Number.MIN_SAFE_INTEGER) delete jsonSchema['minimum']
  if (jsonSchema['maximum'] === Number.MAX_SAFE_INTEGER) delete jsonSchema['maximum']
  const { pattern, format } = jsonSchema
  if (
    typeof pattern === 'string' &&
    (format !== undefined || pattern.length > LONG_PATTERN_CHARACTERS)
  ) {
    delete jsonSchema['pattern']
  }
  // Answers may gain members: clients that refuse those would break.
  if (io === 'output' && jsonSchema['additionalProperties'] === false) {
    delete jsonSchema['additionalProperties']
  }
}
