import { z } from 'zod'
import { bilingualSchema } from './bilingual-schema.ts'

const time = z.iso.datetime()
const count = z.int().min(0)

const flowsAndInvoices = z.object({ flows: count, invoices: count })

export const rejectionTotalsSchema = z.object({
  flows: count,
  invoices: count,
  lost: count,
  before: z.object({ flows: count, invoices: count, lost: count }),
})

export const rejectionSchema = z
  .object({
    key: z.string().meta({
      description:
        'The code, the rule, the connection, the interface code, the hour, or the day in Paris.',
    }),
    code: z.string().nullable().meta({ description: 'Report code.' }),
    partner: z.object({ applicationCode: z.string(), name: z.string() }).nullable(),
    flows: count,
    invoices: count.meta({ description: '0 = flows refused before any invoice was looked at.' }),
    lost: count.meta({ description: 'Good invoices that Complete mode rejected with them.' }),
    partners: count,
    firstAt: time,
    lastAt: time,
    before: flowsAndInvoices,
    trend: z.enum(['new', 'up', 'same', 'down']),
    example: z
      .object({
        flowId: z.string(),
        flowNumber: z.string(),
        invoice: z.string().nullable(),
        rule: z.string(),
        message: bilingualSchema,
        remedy: bilingualSchema,
      })
      .nullable()
      .meta({ description: 'How a code or a rule was last met.' }),
  })
  .meta({ id: 'Rejection' })

export const rejectedInvoiceSchema = z
  .object({
    id: z.string(),
    flowId: z.string(),
    flowNumber: z.string(),
    connectionId: z.string(),
    applicationCode: z.string(),
    interfaceCode: z.string(),
    receivedAt: time,
    ordinal: z.int().nullable().meta({ description: 'Null: the flow itself was refused.' }),
    fileName: z.string(),
    number: z.string().nullable(),
    supplier: z.string().nullable(),
    recipient: z.string().nullable(),
    findings: z.array(
      z.object({
        rule: z.string(),
        code: z.string(),
        message: bilingualSchema,
        remedy: bilingualSchema,
        path: z.string().nullable(),
        line: z.int().nullable(),
      }),
    ),
  })
  .meta({ id: 'RejectedInvoice' })

export type RejectionDocument = z.output<typeof rejectionSchema>
export type RejectedInvoiceDocument = z.output<typeof rejectedInvoiceSchema>
