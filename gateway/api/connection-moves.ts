import { z } from 'zod'
import type { Actor } from '../accounts/actor.ts'
import type { ConnectionDocument, ConnectionForms } from '../connections/connection-forms.ts'
import type { ConnectionId } from '../flow.ts'
import { connectionAnswer, oneConnection } from './connections.ts'
import { connectionId, connectionParams, structureOfConnection } from './connection-name.ts'
import { route, type Answer, type RouteContext } from './route.ts'

const of = {
  method: 'post',
  tag: 'connections',
  structure: structureOfConnection,
  params: connectionParams,
} as const
const errors = ['CONNECTION_UNKNOWN', 'CONNECTION_MOVE_ILLEGAL'] as const

/** The answer of a move: the connection as it is then. */
async function moved(
  status: number,
  name: string,
  context: RouteContext,
  move: (forms: ConnectionForms, id: ConnectionId, by: Actor) => Promise<ConnectionDocument>,
): Promise<Answer> {
  const id = await connectionId(name, context)
  return connectionAnswer(status, await move(context.services.forms, id, context.actor))
}

/** What takes a connection from one state to another (reference chorus-pro-edi §7.3). */
export const CONNECTION_MOVE_ROUTES = [
  route({
    ...of,
    path: '/connections/{id}/submit',
    operationId: 'submitForm',
    summary: 'Confirm and submit the form',
    permission: 'connection.write',
    ifMatch: 'optional',
    responses: { 200: oneConnection },
    errors: [...errors, 'CONNECTION_CHANGED', 'FORM_INCOMPLETE'],
    handler: ({ params, revision }, context) =>
      moved(200, params.id, context, (forms, id, actor) => forms.submit(id, revision, actor)),
  }),
  route({
    ...of,
    path: '/connections/{id}/activate',
    operationId: 'activateConnection',
    summary: 'Put the submitted form in force, without waiting for the automatic processing',
    permission: 'connection.process',
    responses: { 200: oneConnection },
    errors: [...errors, 'FORM_INCOMPLETE'],
    handler: ({ params }, context) =>
      moved(200, params.id, context, (forms, id, actor) => forms.activate(id, actor)),
  }),
  route({
    ...of,
    path: '/connections/{id}/refuse',
    operationId: 'refuseForm',
    summary: 'Refuse the submitted form, with a motive',
    permission: 'connection.process',
    body: { kind: 'json', schema: z.strictObject({ motive: z.string().min(1).max(2_000) }) },
    responses: { 200: oneConnection },
    errors,
    handler: ({ params, body: { motive } }, context) =>
      moved(200, params.id, context, (forms, id, actor) => forms.refuse(id, motive, actor)),
  }),
  route({
    ...of,
    path: '/connections/{id}/deactivate',
    operationId: 'deactivateConnection',
    summary: 'Close the connection for good; a transfer in hand finishes',
    permission: 'connection.deactivate',
    body: {
      kind: 'json',
      schema: z.strictObject({ reason: z.string().max(2_000).optional() }),
      isOptional: true,
    },
    responses: { 200: oneConnection },
    errors,
    handler: ({ params, body: { reason } }, context) =>
      moved(200, params.id, context, (forms, id, actor) => forms.deactivate(id, reason, actor)),
  }),
  route({
    ...of,
    path: '/connections/{id}/block',
    operationId: 'blockConnection',
    summary: 'Cut its sessions and refuse new ones, as if nobody knew it, until it is unblocked',
    permission: 'connection.block',
    body: { kind: 'json', schema: z.strictObject({ reason: z.string().min(1).max(1_000) }) },
    responses: { 200: oneConnection },
    errors: ['CONNECTION_UNKNOWN', 'CONNECTION_CHANGED'],
    handler: ({ params, body: { reason } }, context) =>
      moved(200, params.id, context, (forms, id, actor) => forms.block(id, reason, actor)),
  }),
  route({
    ...of,
    path: '/connections/{id}/unblock',
    operationId: 'unblockConnection',
    summary: 'Let its sessions in again',
    permission: 'connection.block',
    responses: { 200: oneConnection },
    errors: [...errors, 'CONNECTION_CHANGED'],
    handler: ({ params }, context) =>
      moved(200, params.id, context, (forms, id, actor) => forms.unblock(id, actor)),
  }),
  route({
    ...of,
    path: '/connections/{id}/duplicate',
    operationId: 'duplicateConnection',
    summary: 'A new draft with everything but certificates and dates',
    permission: 'connection.write',
    responses: { 201: oneConnection },
    errors: ['CONNECTION_UNKNOWN'],
    handler: ({ params }, context) =>
      moved(201, params.id, context, (forms, id, actor) => forms.duplicate(id, actor)),
  }),
]
