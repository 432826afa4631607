import { z } from 'zod'
import { gatewayDocument } from '../gateway-document.ts'
import { connectionNamed, connectionParams, structureOfConnection } from './connection-name.ts'
import { route } from './route.ts'

const ZIP = 'application/zip'

/** `GET /api/v1/connections/{id}/kit`: all a partner needs but its own key. */
export const CONNECTION_KIT_ROUTES = [
  route({
    method: 'get',
    path: '/connections/{id}/kit',
    operationId: 'downloadKit',
    tag: 'connections',
    summary: 'The kit of a connection, as a zip',
    description:
      'Public keys and addresses, known_hosts, commands to paste, settings for partner products, in English or French. Nothing in it is secret.',
    permission: 'connection.kit',
    structure: structureOfConnection,
    params: connectionParams,
    query: z.strictObject({
      lang: z.enum(['en', 'fr']).optional().meta({ description: 'Else of Accept-Language.' }),
    }),
    responses: {
      200: {
        description: 'The zip.',
        mediaTypes: [ZIP],
        headers: { 'Content-Disposition': 'A name for the file.' },
      },
    },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS'],
    async handler({ params, query: { lang } }, context) {
      const { services, language } = context
      const connection = await connectionNamed(params.id, context)
      const { identity, clock } = services
      const gateway = await gatewayDocument(services.gateway(), identity, clock)
      const kit = await services.makeKit(connection, gateway, lang ?? language)
      const name = `raccord-kit-${connection.applicationCode}.zip`
      return {
        status: 200,
        headers: { 'Content-Disposition': `attachment; filename="${name}"` },
        stream: { mediaType: ZIP, write: async (response) => void response.end(Buffer.from(kit)) },
      }
    },
  }),
]
