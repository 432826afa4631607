import { z } from 'zod'
import { route, type Route } from './route.ts'

/** `GET /api/v1/openapi.json`, written at the first request for it. */
export function openApiRoutes(all: () => readonly Route[]): readonly Route[] {
  let document: unknown
  return [
    route({
      method: 'get',
      path: '/openapi.json',
      operationId: 'showOpenApi',
      tag: 'gateway',
      summary: 'This document',
      permission: 'public',
      structure: 'none',
      responses: {
        200: { description: 'OpenAPI 3.1.', schema: z.looseObject({ openapi: z.string() }) },
      },
      async handler() {
        if (document === undefined) {
          const { openApiDocument } = await import('./openapi-document.ts')
          document = openApiDocument(all())
        }
        return { status: 200, body: document }
      },
    }),
  ]
}
