import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { FAULTS, FAULT_NAMES, findFault, type FaultRow } from '../faults/fault-table.ts'
import { faultValues } from '../faults/fault-values.ts'
import { MAX_ACTIVE_FAULTS, type FaultOrder } from '../faults/journaled-faults.ts'
import type { FaultId } from '../flow.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { connectionId } from './connection-name.ts'
import { given } from './given.ts'
import { flagSchema, limitSchema } from './list-query.ts'
import { route, type RouteContext } from './route.ts'

const DEFAULT_SECONDS = 900
const MAX_SECONDS = 30 * 86_400
const PROTOCOLS = ['sftp', 'as2', 'pesit'] as const

const valuesSchema = z.record(z.string().max(40), z.union([z.number(), z.string().max(200)]))

const faultSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    values: valuesSchema,
    protocol: z.enum(PROTOCOLS).nullable(),
    connectionId: z.string().nullable(),
    interfaceCode: z.string().nullable(),
    chance: z.number(),
    remaining: z.int().nullable().meta({ description: 'Hits it still has; null: until it ends.' }),
    hits: z.int(),
    createdAt: z.iso.datetime(),
    endsAt: z.iso.datetime(),
    isActive: z.boolean(),
    createdBy: z.string(),
  })
  .meta({ id: 'Fault', description: 'A fault put on purpose; its times are the system’s.' })

const rowSchema = z
  .object({
    name: z.string(),
    group: z.enum(['any', 'processing', ...PROTOCOLS]),
    point: z.string(),
    label: bilingualSchema,
    seen: bilingualSchema,
    parameters: z.record(
      z.string(),
      z.object({
        kind: z.enum(['number', 'choice', 'text']),
        default: z.union([z.number(), z.string()]),
        unit: z.string().optional(),
        minimum: z.number().optional(),
        maximum: z.number().optional(),
        choices: z.array(z.string()).optional(),
        maxCharacters: z.number().optional(),
      }),
    ),
  })
  .meta({ id: 'FaultKind', description: 'A fault of the catalogue.' })

const orderSchema = z.strictObject({
  name: z.enum(FAULT_NAMES as [string, ...string[]]),
  values: valuesSchema.default({}).meta({ description: 'What its parameters are to be.' }),
  protocol: z.enum(PROTOCOLS).exactOptional(),
  connection: z
    .string()
    .min(1)
    .max(60)
    .exactOptional()
    .meta({ description: 'Id or application code; absent: whoever comes.' }),
  interfaceCode: z.string().max(20).exactOptional(),
  chance: z.number().gt(0).max(1).default(1),
  next: z.int().min(1).max(1_000_000).exactOptional().meta({ description: 'Acts so many times.' }),
  seconds: z.int().min(1).max(MAX_SECONDS).default(DEFAULT_SECONDS),
})

/** `/api/v1/faults`: trouble on purpose, and what kinds of it there are. */
export const FAULT_ROUTES = [
  route({
    method: 'get',
    path: '/faults/catalogue',
    operationId: 'listFaultKinds',
    tag: 'simulation',
    summary: 'Every fault that can be put, with its parameters',
    permission: 'fault.list',
    structure: 'none',
    responses: {
      200: { description: 'The catalogue.', schema: z.object({ faults: z.array(rowSchema) }) },
    },
    async handler() {
      const faults = Object.entries<FaultRow>(FAULTS).map(([name, row]) => {
        const { group, point, label, seen, parameters } = row
        return { name, group, point, label, seen, parameters }
      })
      return { status: 200, body: { faults } }
    },
  }),
  route({
    method: 'get',
    path: '/faults',
    operationId: 'listFaults',
    tag: 'simulation',
    summary: 'Faults that are active, newest first',
    permission: 'fault.list',
    structure: 'none',
    query: z.strictObject({
      ended: flagSchema.optional().meta({ description: 'Those that are over too.' }),
      limit: limitSchema,
    }),
    responses: {
      200: { description: 'Faults.', schema: z.object({ faults: z.array(faultSchema) }) },
    },
    async handler({ query: { ended = false, limit } }, { services }) {
      return { status: 200, body: { faults: await services.faults.list({ ended, limit }) } }
    },
  }),
  route({
    method: 'post',
    path: '/faults',
    operationId: 'addFault',
    tag: 'simulation',
    summary: 'Put a fault',
    description: `It ends by itself, after 15 minutes unless said. At most ${MAX_ACTIVE_FAULTS} are active at a time. Not in production.`,
    permission: 'fault.write',
    structure: 'none',
    body: { kind: 'json', schema: orderSchema },
    responses: { 201: { description: 'The fault, active.', schema: faultSchema } },
    errors: ['NOT_IN_PRODUCTION', 'CONNECTION_UNKNOWN', 'API_AMBIGUOUS', 'API_BUSY'],
    async handler({ body }, context) {
      const { services, actor } = context
      refuseProduction(context)
      if (services.faults.active >= MAX_ACTIVE_FAULTS) {
        throw new GatewayError('API_BUSY', `${MAX_ACTIVE_FAULTS} faults are active already.`)
      }
      const order = await orderOf(body, context)
      return { status: 201, body: await services.faults.add(order, actor) }
    },
  }),
  route({
    method: 'delete',
    path: '/faults/{id}',
    operationId: 'clearFault',
    tag: 'simulation',
    summary: 'End a fault',
    permission: 'fault.write',
    structure: 'none',
    params: z.strictObject({ id: z.string().max(60) }),
    responses: { 204: { description: 'It has ended.' } },
    errors: ['API_NOT_FOUND'],
    async handler({ params: { id } }, { services, actor }) {
      if (await services.faults.clear(id as FaultId, actor)) return { status: 204 }
      throw new GatewayError('API_NOT_FOUND', `There is no active fault ${id}.`)
    },
  }),
  route({
    method: 'delete',
    path: '/faults',
    operationId: 'clearFaults',
    tag: 'simulation',
    summary: 'End every fault',
    permission: 'fault.write',
    structure: 'none',
    responses: {
      200: { description: 'How many ended.', schema: z.object({ cleared: z.int() }) },
    },
    async handler(_input, { services, actor }) {
      return { status: 200, body: { cleared: await services.faults.clearAll(actor) } }
    },
  }),
]

/** @throws GatewayError NOT_IN_PRODUCTION */
function refuseProduction({ services }: Pick<RouteContext, 'services'>): void {
  if (services.environment !== 'production') return
  throw new GatewayError('NOT_IN_PRODUCTION', 'Faults are put in qualification only.')
}

/** @throws GatewayError API_REQUEST_INVALID naming the field, CONNECTION_UNKNOWN */
async function orderOf(
  body: z.output<typeof orderSchema>,
  context: Pick<RouteContext, 'services' | 'visible'>,
): Promise<FaultOrder> {
  const { name, connection, protocol, ...rest } = body
  const row = findFault(name)
  if (row === undefined) throw new GatewayError('INTERNAL', `the schema let ${name} pass`)
  const checked = faultValues(row, body.values)
  if (!('values' in checked)) throw invalid(checked.field, checked.message)
  if (protocol !== undefined && row.group !== 'any' && row.group !== 'processing') {
    if (row.group !== protocol) {
      throw invalid('protocol', {
        en: `this fault is of ${row.group}`,
        fr: `cette panne est propre à ${row.group}`,
      })
    }
  }
  if (row.point === 'accept' && (connection !== undefined || rest.interfaceCode !== undefined)) {
    throw invalid(connection === undefined ? 'interfaceCode' : 'connection', {
      en: 'this fault acts before it is known who calls: scope it by protocol',
      fr: 'cette panne agit avant que l’on sache qui appelle : limitez-la par protocole',
    })
  }
  return {
    ...rest,
    name: name as FaultOrder['name'],
    values: checked.values,
    ...given({
      protocol,
      connectionId: connection === undefined ? undefined : await connectionId(connection, context),
    }),
  }
}

function invalid(field: string, message: { en: string; fr: string }): GatewayError {
  return new GatewayError('API_REQUEST_INVALID', `${field}: ${message.en}`, {
    details: [{ field, message }],
  })
}
