import { z } from 'zod'
import { auditStatement } from '../accounts/audit.ts'
import { GatewayError } from '../errors.ts'
import type { Mover } from '../life-cycle/life-cycle.ts'
import { pageOf } from './account-schemas.ts'
import { given } from './given.ts'
import {
  choiceSchema,
  invoiceCriteria,
  invoiceHistorySchema,
  invoiceSchema,
  statusCodeSchema,
  statusSchema,
  stepSchema,
} from './invoice-schemas.ts'
import { afterSchema, limitSchema, siretSchema } from './list-query.ts'
import { route, type RouteContext, type StructureOf } from './route.ts'

const comment = z.string().max(500).optional()
export const invoiceParams = z.object({
  id: z.string().min(1).max(200).meta({ description: 'Id of an invoice, or its number.' }),
})
type InvoiceParams = z.output<typeof invoiceParams>

/** Of the connection that sent it. */
export const structureOfInvoice: StructureOf<InvoiceParams, unknown, unknown> = (
  { params },
  { services, visible },
) => services.lifeCycle.siretOf(params.id, visible)

/** `/api/v1/invoices` and `/api/v1/invoice-statuses`: the life cycle, and the driver of it. */
export const INVOICE_ROUTES = [
  route({
    method: 'get',
    path: '/invoice-statuses',
    operationId: 'listInvoiceStatuses',
    tag: 'invoices',
    summary: 'Every status of an invoice, and the moves from it',
    permission: 'interface-code.list',
    structure: 'none',
    responses: {
      200: { description: 'The graph.', schema: z.object({ statuses: z.array(statusSchema) }) },
    },
    async handler(_, { services }) {
      return { status: 200, body: { statuses: services.lifeCycle.statuses() } }
    },
  }),
  route({
    method: 'get',
    path: '/invoices',
    operationId: 'listInvoices',
    tag: 'invoices',
    summary: 'Invoices that match, of the newest flow first',
    permission: 'invoice.show',
    structure: 'visible',
    query: z.strictObject({ ...invoiceCriteria, after: afterSchema, limit: limitSchema }),
    responses: { 200: { description: 'A page of invoices.', schema: pageOf(invoiceSchema) } },
    async handler({ query: { after, limit, ...criteria } }, { services, visible }) {
      const asked = { ...criteria, sirets: visible, limit, ...given({ after }) }
      return { status: 200, body: await services.lifeCycle.list(asked) }
    },
  }),
  route({
    method: 'get',
    path: '/invoices/{id}',
    operationId: 'showInvoice',
    tag: 'invoices',
    summary: 'One invoice, with all it has been',
    permission: 'invoice.show',
    structure: structureOfInvoice,
    params: invoiceParams,
    responses: { 200: { description: 'The invoice.', schema: invoiceHistorySchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ params: { id } }, context) {
      return { status: 200, body: await shown(id, context) }
    },
  }),
  route({
    method: 'post',
    path: '/invoices/moves',
    operationId: 'advanceInvoices',
    tag: 'invoices',
    summary: 'Move invoices to a status',
    description:
      'Those named, or those that match. What may not go there stays where it is and is told with where it may go; when none of those named may, the answer is INVOICE_MOVE_ILLEGAL.',
    permission: 'invoice.move',
    structure: 'visible',
    body: {
      kind: 'json',
      schema: z.strictObject({ ...choiceSchema, to: statusCodeSchema, comment }),
    },
    responses: {
      200: {
        description: 'What became of them.',
        schema: z.object({
          moved: z.int(),
          refused: z.array(
            z.object({
              id: z.string(),
              number: z.string().nullable(),
              status: z.string(),
              allowed: z.array(z.string()),
            }),
          ),
          isCut: z.boolean().meta({ description: 'More match than were taken.' }),
        }),
      },
    },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'INVOICE_MOVE_ILLEGAL'],
    async handler({ body: { to, comment, invoices, where, limit } }, context) {
      const choice = { invoices, where: { ...where, sirets: context.visible }, limit }
      const by = moverOf(context, 'invoice.move')
      const body = await context.services.lifeCycle.advance(choice, to, by, comment)
      return { status: 200, body }
    },
  }),
  route({
    method: 'post',
    path: '/invoices/plans',
    operationId: 'planInvoices',
    tag: 'invoices',
    summary: 'Give invoices a plan: a recipient’s profile, or steps with delays',
    description:
      'In the place of the plan they had. Delays count in business time. A step that is not allowed when it comes ends the plan.',
    permission: 'invoice.move',
    structure: 'visible',
    body: {
      kind: 'json',
      isYamlToo: true,
      schema: z.strictObject({
        ...choiceSchema,
        profile: z.string().max(40).optional(),
        seed: z.int().min(0).max(2_147_483_647).optional(),
        steps: z.array(stepSchema).min(1).max(100).optional(),
      }),
    },
    responses: {
      200: { description: 'How many have it.', schema: z.object({ planned: z.int() }) },
    },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS'],
    async handler({ body: { invoices, where, limit, ...order } }, context) {
      const choice = { invoices, where: { ...where, sirets: context.visible }, limit }
      const by = moverOf(context, 'invoice.plan')
      return {
        status: 200,
        body: { planned: await context.services.lifeCycle.plan(choice, order, by) },
      }
    },
  }),
  route({
    method: 'post',
    path: '/invoices/{id}/recycle',
    operationId: 'recycleInvoice',
    tag: 'invoices',
    summary: 'As its supplier: to another recipient or service, under the same number',
    permission: 'invoice.move',
    structure: structureOfInvoice,
    params: invoiceParams,
    body: {
      kind: 'json',
      schema: z.strictObject({
        recipient: siretSchema.optional(),
        service: z.string().max(100).nullable().optional(),
        engagement: z.string().max(50).nullable().optional(),
      }),
    },
    responses: { 200: { description: 'The invoice.', schema: invoiceHistorySchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'INVOICE_MOVE_ILLEGAL'],
    async handler({ params: { id }, body }, context) {
      const invoice = await shown(id, context)
      const by = moverOf(context, 'invoice.recycle')
      await context.services.lifeCycle.recycle(invoice.id, body, by)
      return { status: 200, body: await shown(invoice.id, context) }
    },
  }),
  route({
    method: 'post',
    path: '/invoices/{id}/acknowledge',
    operationId: 'acknowledgeInvoice',
    tag: 'invoices',
    summary: 'As its supplier: take note of a rejection or a suspension',
    permission: 'invoice.move',
    structure: structureOfInvoice,
    params: invoiceParams,
    responses: { 200: { description: 'The invoice.', schema: invoiceHistorySchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'INVOICE_MOVE_ILLEGAL'],
    async handler({ params: { id } }, context) {
      const invoice = await shown(id, context)
      const by = moverOf(context, 'invoice.acknowledge')
      await context.services.lifeCycle.acknowledge(invoice.id, by)
      return { status: 200, body: await shown(invoice.id, context) }
    },
  }),
]

/** @throws GatewayError API_NOT_FOUND, API_AMBIGUOUS */
export async function shown(id: string, { services, visible }: RouteContext) {
  const found = await services.lifeCycle.find(id, visible)
  const invoice = found === undefined ? undefined : await services.lifeCycle.show(found.id)
  if (invoice === undefined) throw new GatewayError('API_NOT_FOUND', `No invoice is called ${id}.`)
  return invoice
}

export function moverOf({ actor, services }: RouteContext, action: string): Mover {
  const { journal, clock } = services
  return {
    name: actor.name,
    audit: (entry) =>
      auditStatement(journal, clock.now(), actor, { action, objectKind: 'invoice', ...entry }),
  }
}
