import { z } from 'zod'
import type { DirectoryEntry } from '../directory/directory.ts'
import { GatewayError } from '../errors.ts'
import { pageOf } from './account-schemas.ts'
import { connectionId } from './connection-name.ts'
import { given } from './given.ts'
import { afterSchema, flagSchema, limitSchema, siretSchema } from './list-query.ts'
import { route } from './route.ts'

/** Structures in one request of an import. */
const MAX_IMPORTED = 500

const service = z.strictObject({
  code: z.string().min(1).max(100),
  name: z.string().max(100).nullable().default(null),
  isActive: z.boolean().default(true),
  needsEngagement: z.boolean().default(false),
})

const entry = {
  name: z.string().min(1).max(80),
  isActive: z.boolean().default(true),
  needsService: z.boolean().default(false),
  needsEngagement: z.boolean().default(false),
  needsServiceOrEngagement: z.boolean().default(false),
  tellsPayment: z.boolean().default(true),
  isContractingAuthority: z.boolean().default(false),
  isContractingAuthorityOnly: z.boolean().default(false),
  sendsEdi: z.boolean().default(false),
  receivesEdi: z.boolean().default(false),
  services: z.array(service).max(10_000).default([]),
} as const

const document = z.object({
  siret: siretSchema,
  ...entry,
  origin: z.enum(['default', 'imported', 'edited', 'learned']),
  updatedAt: z.iso.datetime(),
})
const siretParams = z.object({ siret: siretSchema })

/** `/api/v1/directory`: the public structures that invoices may be sent to. */
export const DIRECTORY_ROUTES = [
  route({
    method: 'get',
    path: '/directory',
    operationId: 'listDirectory',
    tag: 'directory',
    summary: 'Structures of the directory, by SIRET',
    permission: 'directory.show',
    structure: 'none',
    query: z.strictObject({
      text: z
        .string()
        .max(100)
        .optional()
        .meta({ description: 'The beginning of a SIRET, or part of a name.' }),
      active: flagSchema.optional(),
      after: afterSchema,
      limit: limitSchema,
    }),
    responses: { 200: { description: 'A page of structures.', schema: pageOf(document) } },
    async handler({ query: { limit, active, ...criteria } }, { services }) {
      const asked = { limit, ...given({ ...criteria, isActive: active }) }
      return { status: 200, body: await services.directory.list(asked) }
    },
  }),
  route({
    method: 'get',
    path: '/directory/{siret}',
    operationId: 'showDirectoryEntry',
    tag: 'directory',
    summary: 'What the directory says of a structure',
    permission: 'directory.show',
    structure: 'none',
    params: siretParams,
    responses: { 200: { description: 'The entry.', schema: document } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { siret } }, { services }) {
      return { status: 200, body: known(siret, await services.directory.show(siret)) }
    },
  }),
  route({
    method: 'put',
    path: '/directory/{siret}',
    operationId: 'writeDirectoryEntry',
    tag: 'directory',
    summary: 'Add a structure, or put it in the place of what was known',
    description: 'Invoices are judged by it from then on; those judged before stay as they are.',
    permission: 'directory.write',
    structure: 'none',
    params: siretParams,
    body: { kind: 'json', schema: z.strictObject(entry) },
    responses: { 200: { description: 'The entry.', schema: document } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { siret }, body }, { services }) {
      await services.directory.put([{ siret, ...body }], 'edited')
      return { status: 200, body: known(siret, await services.directory.show(siret)) }
    },
  }),
  route({
    method: 'delete',
    path: '/directory/{siret}',
    operationId: 'removeDirectoryEntry',
    tag: 'directory',
    summary: 'Take a structure out of the directory',
    permission: 'directory.write',
    structure: 'none',
    params: siretParams,
    responses: { 204: { description: 'It is gone.' } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { siret } }, { services }) {
      known(siret, (await services.directory.remove(siret)) || undefined)
      return { status: 204 }
    },
  }),
  route({
    method: 'post',
    path: '/directory/import',
    operationId: 'importDirectory',
    tag: 'directory',
    summary: 'Add many structures at once',
    permission: 'directory.write',
    structure: 'none',
    body: {
      kind: 'json',
      schema: z.strictObject({
        structures: z
          .array(z.strictObject({ siret: siretSchema, ...entry }))
          .min(1)
          .max(MAX_IMPORTED),
      }),
    },
    responses: {
      200: {
        description: 'They are in.',
        schema: z.object({ imported: z.int() }),
      },
    },
    async handler({ body: { structures } }, { services }) {
      // The last of several with the same SIRET counts.
      const entries = new Map(structures.map((one): [string, DirectoryEntry] => [one.siret, one]))
      await services.directory.put([...entries.values()], 'imported')
      return { status: 200, body: { imported: entries.size } }
    },
  }),
]

const MAX_ID_CHARACTERS = 60

/** `POST /api/v1/directory/flows`: the directory as a return flow, now. */
export const DIRECTORY_FLOW_ROUTES = [
  route({
    method: 'post',
    path: '/directory/flows',
    operationId: 'sendDirectory',
    tag: 'directory',
    summary: 'Send the directory to a connection (FAR0037A)',
    description:
      'Whole, or what changed since; whether it has subscribed or not. Connections that subscribed get it by themselves, every directory.publishSeconds.',
    permission: 'directory.write',
    structure: 'none',
    body: {
      kind: 'json',
      schema: z.strictObject({
        connection: z.string().min(1).max(MAX_ID_CHARACTERS),
        since: z.iso.datetime({ offset: true }).optional(),
      }),
    },
    responses: {
      201: {
        description: 'It is offered.',
        schema: z.object({ id: z.string(), name: z.string(), bytes: z.int() }),
      },
    },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS', 'API_BUSY'],
    async handler({ body: { connection, since } }, context) {
      const id = await connectionId(connection, context)
      const from = since === undefined ? undefined : Date.parse(since)
      const flow = await context.services.sendDirectory(id, from)
      if (flow === undefined) {
        throw new GatewayError('API_BUSY', 'Another process sends the directory at this moment.')
      }
      const { fileName: name, content } = flow
      return { status: 201, body: { id: flow.id, name, bytes: content.bytes } }
    },
  }),
]

function known<Found>(siret: string, found: Found | undefined): Found {
  if (found === undefined) {
    throw new GatewayError('API_NOT_FOUND', `The directory has no structure ${siret}.`)
  }
  return found
}
