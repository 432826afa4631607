import { z } from 'zod'
import { MAX_DATA_SET, MIN_DATA_SET } from '../accounts/data-set.ts'
import { GatewayError } from '../errors.ts'
import { areaAnswerSchema, dataSetSchema, pageOf, structureSchema } from './account-schemas.ts'
import { given } from './given.ts'
import { afterSchema, limitSchema, siretSchema } from './list-query.ts'
import { route } from './route.ts'

const siretParams = z.object({ siret: siretSchema })
const structure = { description: 'The structure.', schema: structureSchema, hasEtag: true } as const

/** `/api/v1/structures`, their areas, and the data set of qualification. */
export const STRUCTURE_ROUTES = [
  route({
    method: 'get',
    path: '/structures',
    operationId: 'listStructures',
    tag: 'people',
    summary: 'Structures, by SIRET',
    permission: 'structure.list',
    structure: 'visible',
    query: z.strictObject({
      text: z
        .string()
        .max(100)
        .optional()
        .meta({ description: 'The beginning of a SIRET, or part of a name.' }),
      after: afterSchema,
      limit: limitSchema,
    }),
    responses: { 200: { description: 'A page of structures.', schema: pageOf(structureSchema) } },
    async handler({ query: { limit, ...criteria } }, { services, actor }) {
      const body = await services.accounts.structures.list({ limit, ...given(criteria) }, actor)
      return { status: 200, body }
    },
  }),
  route({
    method: 'get',
    path: '/structures/{siret}',
    operationId: 'showStructure',
    tag: 'people',
    summary: 'A structure',
    permission: 'structure.show',
    structure: async ({ params }) => params.siret,
    params: siretParams,
    responses: { 200: structure },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { siret } }, { services }) {
      const found = await services.accounts.structures.find(siret)
      if (found === undefined) {
        throw new GatewayError('API_NOT_FOUND', `There is no structure ${siret}.`)
      }
      return { status: 200, body: found, revision: found.revision }
    },
  }),
  route({
    method: 'put',
    path: '/structures/{siret}',
    operationId: 'writeStructure',
    tag: 'people',
    summary: 'Make, rename or close a structure (production)',
    permission: 'structure.write',
    structure: 'none',
    ifMatch: 'optional',
    params: siretParams,
    body: {
      kind: 'json',
      schema: z.strictObject({
        name: z.string().min(1).max(200),
        isActive: z.boolean().optional(),
      }),
    },
    responses: { 200: structure },
    errors: ['STRUCTURE_READ_ONLY', 'ACCOUNT_CHANGED'],
    async handler({ params: { siret }, body, revision }, { services, actor }) {
      const { name, isActive } = body
      const order = { siret, name, ...given({ isActive, revision }) }
      const written = await services.accounts.structures.write(order, actor)
      return { status: 200, body: written, revision: written.revision }
    },
  }),
  route({
    method: 'post',
    path: '/data-set',
    operationId: 'generateDataSet',
    tag: 'people',
    summary: 'Generate fictional structures and their managers (qualification)',
    description: 'The same seed always gives the same structures; passwords are shown this once.',
    permission: 'dataset.generate',
    structure: 'none',
    body: {
      kind: 'json',
      schema: z.strictObject({
        seed: z.string().regex(/^[A-Za-z0-9-]{1,40}$/),
        count: z.int().min(MIN_DATA_SET).max(MAX_DATA_SET),
      }),
    },
    responses: { 200: { description: 'The set.', schema: dataSetSchema } },
    errors: ['STRUCTURE_READ_ONLY'],
    async handler({ body }, { services, actor }) {
      return { status: 200, body: await services.accounts.dataSet.generate(body, actor) }
    },
  }),
  route({
    method: 'post',
    path: '/structures/{siret}/area',
    operationId: 'openArea',
    tag: 'people',
    summary: 'Open the area “EDI & API connections” of a structure',
    permission: 'area.open',
    structure: async ({ params }) => params.siret,
    params: siretParams,
    responses: {
      201: {
        description: 'It is open.',
        schema: z.object({ siret: z.string(), openedAt: z.iso.datetime() }),
      },
    },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT'],
    async handler({ params: { siret } }, { services, actor }) {
      return { status: 201, body: await services.accounts.areas.open(siret, actor) }
    },
  }),
  route({
    method: 'get',
    path: '/structures/{siret}/area/why',
    operationId: 'explainArea',
    tag: 'people',
    summary: 'Why one can, or cannot, see an area: each step, and whom to ask',
    permission: 'area.why',
    structure: 'none',
    params: siretParams,
    query: z.strictObject({
      userId: z
        .string()
        .max(60)
        .optional()
        .meta({ description: 'Somebody else, for who may see users.' }),
    }),
    responses: { 200: { description: 'The steps.', schema: areaAnswerSchema } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { siret }, query: { userId } }, { services, actor }) {
      const order = { siret, ...given({ userId }) }
      return { status: 200, body: await services.accounts.areas.why(order, actor) }
    },
  }),
]
