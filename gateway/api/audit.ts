import { z } from 'zod'
import { auditSchema, pageOf } from './account-schemas.ts'
import { given } from './given.ts'
import { afterSchema, limitSchema, siretSchema } from './list-query.ts'
import { route } from './route.ts'

/** `/api/v1/audit`: who did what. */
export const AUDIT_ROUTES = [
  route({
    method: 'get',
    path: '/audit',
    operationId: 'listAudit',
    tag: 'people',
    summary: 'Who did what, newest first, with what it was before and after',
    permission: 'audit.read',
    structure: 'visible',
    query: z.strictObject({
      siret: siretSchema.optional(),
      object: z.string().max(100).optional().meta({ description: 'Id of what was acted on.' }),
      actor: z.string().max(60).optional().meta({ description: 'Id of who acted.' }),
      action: z.string().max(60).optional(),
      since: z.iso.datetime({ offset: true }).optional(),
      until: z.iso.datetime({ offset: true }).optional(),
      after: afterSchema,
      limit: limitSchema,
    }),
    responses: { 200: { description: 'A page of the audit.', schema: pageOf(auditSchema) } },
    async handler({ query }, { services, actor }) {
      const { siret, object, actor: actorId, action, since, until, after, limit } = query
      const criteria = {
        limit,
        ...given({
          siret,
          objectId: object,
          actorId,
          action,
          since: since === undefined ? undefined : Date.parse(since),
          until: until === undefined ? undefined : Date.parse(until),
          after,
        }),
      }
      return { status: 200, body: await services.accounts.audit.list(criteria, actor) }
    },
  }),
]
