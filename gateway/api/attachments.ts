import { z } from 'zod'
import {
  attachmentRoleSchema,
  attachmentSchema,
  decisionsSchema,
  pageOf,
} from './account-schemas.ts'
import { given } from './given.ts'
import { rightsKeyParams, rightsQuerySchema, rightsStructureParams } from './rights-query.ts'
import { route } from './route.ts'

/** Who belongs to a structure (*rattachement*). */
export const ATTACHMENT_ROUTES = [
  route({
    method: 'get',
    path: '/attachments',
    operationId: 'listAttachments',
    tag: 'people',
    summary: 'Attachments to the structures one manages or oversees',
    permission: 'attachment.list',
    structure: 'visible',
    query: rightsQuerySchema,
    responses: { 200: { description: 'A page of them.', schema: pageOf(attachmentSchema) } },
    async handler({ query: { limit, pending, ...criteria } }, { services, actor }) {
      const wanted = { limit, ...given({ ...criteria, isPending: pending }) }
      return { status: 200, body: await services.accounts.attachments.list(wanted, actor) }
    },
  }),
  route({
    method: 'post',
    path: '/structures/{siret}/attachments',
    operationId: 'requestAttachment',
    tag: 'people',
    summary: 'Ask to belong to a structure',
    permission: 'attachment.request',
    structure: 'none',
    params: rightsStructureParams,
    body: {
      kind: 'json',
      schema: z.strictObject({ role: z.enum(['SECONDARY_MANAGER', 'MEMBER']).default('MEMBER') }),
      isOptional: true,
    },
    responses: { 201: { description: 'The request.', schema: attachmentSchema } },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT'],
    async handler({ params: { siret }, body: { role } }, { services, actor }) {
      const made = await services.accounts.attachments.request({ siret, role }, actor)
      return { status: 201, body: made }
    },
  }),
  route({
    method: 'put',
    path: '/structures/{siret}/attachments/{userId}',
    operationId: 'assignAttachment',
    tag: 'people',
    summary: 'Give a user a role in a structure, without a request',
    permission: 'attachment.decide',
    structure: async ({ params }) => params.siret,
    params: rightsKeyParams,
    body: { kind: 'json', schema: z.strictObject({ role: attachmentRoleSchema }) },
    responses: { 200: { description: 'The attachment.', schema: attachmentSchema } },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT'],
    async handler({ params, body: { role } }, { services, actor }) {
      const body = await services.accounts.attachments.assign({ ...params, role }, actor)
      return { status: 200, body }
    },
  }),
  route({
    method: 'delete',
    path: '/structures/{siret}/attachments/{userId}',
    operationId: 'revokeAttachment',
    tag: 'people',
    summary: 'End an attachment, and the subscription with it',
    permission: 'attachment.decide',
    structure: async ({ params }) => params.siret,
    params: rightsKeyParams,
    responses: { 204: { description: 'It is over.' } },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT'],
    async handler({ params }, { services, actor }) {
      await services.accounts.attachments.revoke(params, actor)
      return { status: 204 }
    },
  }),
  route({
    method: 'post',
    path: '/attachments/decisions',
    operationId: 'decideAttachments',
    tag: 'people',
    summary: 'Accept or refuse several requests at once: all or none',
    permission: 'attachment.decide',
    structure: 'visible',
    body: { kind: 'json', schema: decisionsSchema },
    responses: { 204: { description: 'All are decided.' } },
    errors: ['API_NOT_FOUND', 'ACCOUNT_CONFLICT'],
    async handler({ body: { requests, decision } }, { services, actor }) {
      await services.accounts.attachments.decide(requests, decision, actor)
      return { status: 204 }
    },
  }),
]
