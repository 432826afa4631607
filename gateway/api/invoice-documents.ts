import { z } from 'zod'
import { invoiceHistorySchema } from './invoice-schemas.ts'
import { invoiceParams, moverOf, shown, structureOfInvoice } from './invoices.ts'
import { route } from './route.ts'

/** As large as one attachment may be (reference chorus-pro-edi §4.4). */
const MAX_DOCUMENT_BYTES = 10 * 1024 * 1024

/** `POST /api/v1/invoices/{id}/documents`: a supplier completes a suspended invoice. */
export const INVOICE_DOCUMENT_ROUTES = [
  route({
    method: 'post',
    path: '/invoices/{id}/documents',
    operationId: 'completeInvoice',
    tag: 'invoices',
    summary: 'As its supplier: complete a suspended invoice with a document',
    description: 'The invoice is made available to its recipient again (12).',
    permission: 'invoice.move',
    structure: structureOfInvoice,
    params: invoiceParams,
    query: z.strictObject({
      // Names of attachments: reference §4.4.
      name: z.string().regex(/^[\w.\- ]{1,50}$/, 'a file name of at most 50 characters'),
      comment: z.string().max(500).optional(),
    }),
    body: {
      kind: 'bytes',
      maxBytes: MAX_DOCUMENT_BYTES,
      mediaTypes: ['application/octet-stream', 'application/pdf'],
      schema: z.instanceof(Uint8Array),
    },
    responses: { 200: { description: 'The invoice.', schema: invoiceHistorySchema } },
    errors: ['API_NOT_FOUND', 'API_AMBIGUOUS', 'INVOICE_MOVE_ILLEGAL'],
    async handler({ params: { id }, query: { name, comment }, body: bytes }, context) {
      const invoice = await shown(id, context)
      const by = moverOf(context, 'invoice.complete')
      const mediaType = name.toLowerCase().endsWith('.pdf') ? 'application/pdf' : OTHER_TYPE
      const documents = [{ name, mediaType, bytes }]
      await context.services.lifeCycle.complete(invoice.id, documents, by, comment)
      return { status: 200, body: await shown(invoice.id, context) }
    },
  }),
]

const OTHER_TYPE = 'application/octet-stream'
