import { z } from 'zod'
import { can } from '../accounts/permissions.ts'
import type { ConnectionDocument } from '../connections/connection-forms.ts'
import { GatewayError } from '../errors.ts'
import {
  connectionId,
  connectionNamed,
  connectionParams,
  structureOfConnection,
} from './connection-name.ts'
import {
  connectionSchema,
  connectionSummarySchema,
  formFaultSchema,
  formSchema,
  protocolSchema,
} from './connection-schemas.ts'
import { searchCriteria, searchQuery } from './connection-search.ts'
import { given } from './given.ts'
import { afterSchema, limitSchema, nextSchema, siretSchema } from './list-query.ts'
import { route, type Answer } from './route.ts'

/** What answers with one connection. */
export const oneConnection = {
  description: 'The connection.',
  schema: connectionSchema,
  hasEtag: true,
} as const

export const connectionAnswer = (status: number, document: ConnectionDocument): Answer => ({
  status,
  body: document,
  revision: document.revision,
})

/** `/api/v1/connections`: search, make, show and fill in. */
export const CONNECTION_ROUTES = [
  route({
    method: 'get',
    path: '/connections',
    operationId: 'searchConnections',
    tag: 'connections',
    summary: 'Connections that match, newest first',
    permission: 'connection.show',
    structure: 'visible',
    query: z.strictObject({ ...searchQuery, after: afterSchema, limit: limitSchema }),
    responses: {
      200: {
        description: 'A page of connections.',
        schema: z.object({ connections: z.array(connectionSummarySchema), next: nextSchema }),
      },
    },
    async handler({ query: { after, limit, ...query } }, { services, visible }) {
      const criteria = { ...searchCriteria(query, visible), ...given({ before: after }), limit }
      return { status: 200, body: await services.forms.search(criteria) }
    },
  }),
  route({
    method: 'post',
    path: '/connections',
    operationId: 'createConnection',
    tag: 'connections',
    summary: 'A new draft; its application code is assigned',
    permission: 'connection.write',
    structure: async ({ body }) => body.siret,
    body: {
      kind: 'json',
      schema: z.strictObject({
        siret: siretSchema,
        protocol: protocolSchema,
        form: formSchema.default({}),
        applicationCode: z
          .string()
          .regex(/^[A-Z0-9]{6}$/)
          .optional()
          .meta({ description: 'Chosen by an operator (connection.process) only.' }),
      }),
      isYamlToo: true,
    },
    responses: { 201: oneConnection },
    errors: ['STRUCTURE_UNKNOWN'],
    async handler({ body: { applicationCode, ...order } }, { services, actor }) {
      if (applicationCode !== undefined && !can(actor, 'connection.process', order.siret)) {
        throw new GatewayError(
          'PERMISSION_DENIED',
          'Only an operator chooses the application code of a connection.',
        )
      }
      const made = await services.forms.create({ ...order, ...given({ applicationCode }) }, actor)
      return connectionAnswer(201, made)
    },
  }),
  route({
    method: 'get',
    path: '/connections/{id}',
    operationId: 'showConnection',
    tag: 'connections',
    summary: 'A connection: its form, what is in force, its certificates and notices',
    permission: 'connection.show',
    structure: structureOfConnection,
    params: connectionParams,
    responses: { 200: oneConnection },
    errors: ['CONNECTION_UNKNOWN', 'API_AMBIGUOUS'],
    async handler({ params }, context) {
      return connectionAnswer(200, await connectionNamed(params.id, context))
    },
  }),
  route({
    method: 'put',
    path: '/connections/{id}/form',
    operationId: 'saveForm',
    tag: 'connections',
    summary: 'Save the form, however incomplete',
    description:
      'Of an activated connection this prepares a change; what is in force stays until the change is activated. Without `certificates` those of the form stay.',
    permission: 'connection.write',
    structure: structureOfConnection,
    ifMatch: 'required',
    params: connectionParams,
    body: { kind: 'json', schema: formSchema, isYamlToo: true },
    responses: { 200: oneConnection },
    errors: ['CONNECTION_UNKNOWN', 'CONNECTION_CHANGED', 'CONNECTION_MOVE_ILLEGAL'],
    async handler({ params, body, revision }, context) {
      const { services, actor } = context
      const id = await connectionId(params.id, context)
      const change = { form: body, ...given({ revision }) }
      return connectionAnswer(200, await services.forms.save(id, change, actor))
    },
  }),
  route({
    method: 'get',
    path: '/connections/{id}/faults',
    operationId: 'validateForm',
    tag: 'connections',
    summary: 'What keeps the form from being sent, by field',
    permission: 'connection.show',
    structure: structureOfConnection,
    params: connectionParams,
    responses: {
      200: {
        description: 'Every fault; none: it can be confirmed.',
        schema: z.object({ faults: z.array(formFaultSchema) }),
      },
    },
    errors: ['CONNECTION_UNKNOWN'],
    async handler({ params }, context) {
      const id = await connectionId(params.id, context)
      return { status: 200, body: { faults: await context.services.forms.validate(id) } }
    },
  }),
  route({
    method: 'put',
    path: '/connections/{id}/settings',
    operationId: 'overrideSettings',
    tag: 'connections',
    summary: 'Settings of this connection that win over the gateway’s',
    permission: 'connection.process',
    structure: structureOfConnection,
    ifMatch: 'required',
    params: connectionParams,
    body: { kind: 'json', schema: z.looseObject({}) },
    responses: { 200: oneConnection },
    errors: ['CONNECTION_UNKNOWN', 'CONNECTION_CHANGED'],
    async handler({ params, body, revision }, context) {
      const { services, actor } = context
      const id = await connectionId(params.id, context)
      return connectionAnswer(200, await services.forms.override(id, body, revision, actor))
    },
  }),
]
