import { z } from 'zod'
import { INTERFACE_CODES } from '../../config/interface-codes.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { route } from './route.ts'

const interfaceCodeSchema = z
  .object({
    code: z.string(),
    direction: z.enum(['in', 'out']),
    family: z.string(),
    title: bilingualSchema,
    syntax: z.string(),
    format: z.string(),
    hasStylesheet: z.boolean(),
    modes: z.array(z.enum(['NONE', 'COMPLETE', 'PARTIAL'])),
    environments: z.array(z.enum(['qualification', 'production'])),
    ruleSets: z.array(z.string()),
    available: z.boolean(),
    fidelity: z.enum(['documented', 'seen', 'simulated']),
  })
  .meta({ id: 'InterfaceCode' })

/** `/api/v1/interface-codes`: what a flow may contain, each way. */
export const INTERFACE_CODE_ROUTES = [
  route({
    method: 'get',
    path: '/interface-codes',
    operationId: 'listInterfaceCodes',
    tag: 'gateway',
    summary: 'The catalogue of interface codes of this environment',
    permission: 'interface-code.list',
    structure: 'none',
    query: z.strictObject({
      direction: z.enum(['in', 'out']).optional(),
      available: z.enum(['true', 'false']).optional(),
    }),
    responses: {
      200: {
        description: 'The codes.',
        schema: z.object({ interfaceCodes: z.array(interfaceCodeSchema) }),
      },
    },
    async handler({ query: { direction, available } }, { services }) {
      const interfaceCodes = INTERFACE_CODES.filter(
        (row) =>
          row.environments.includes(services.environment) &&
          (direction === undefined || row.direction === direction) &&
          (available === undefined || String(row.available) === available),
      )
      return { status: 200, body: { interfaceCodes } }
    },
  }),
]
