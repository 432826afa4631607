import { z } from 'zod'
import { bilingualSchema } from './bilingual-schema.ts'

const time = z.iso.datetime()
const text = z.string().nullable()

export const statusCodeSchema = z.string().regex(/^\d\d$/, 'a status has two digits')

/** Who may be chosen: every criterion given must hold. */
export const invoiceCriteria = {
  status: statusCodeSchema.optional(),
  connection: z
    .string()
    .max(60)
    .optional()
    .meta({ description: 'Id of the connection that sent it, or its application code.' }),
  flow: z
    .string()
    .max(60)
    .optional()
    .meta({ description: 'Id of its flow, or the 25-character identifier.' }),
  supplier: z.string().max(80).optional(),
  recipient: z.string().max(80).optional(),
  number: z.string().max(200).optional().meta({ description: 'The supplier’s number.' }),
} as const

const invoice = {
  id: z.string(),
  flowId: z.string(),
  flowNumber: z.string(),
  applicationCode: z.string(),
  ordinal: z.int(),
  number: text,
  issueDate: text,
  type: text,
  supplier: z.object({ id: text, name: text }),
  recipient: z.object({ id: text, name: text, service: text, engagement: text }),
  amountDue: text,
  currency: text,
  status: statusCodeSchema,
  statusLabel: bilingualSchema,
  statusAt: time,
  acknowledgedAt: time.nullable(),
  allowed: z.array(z.string()).meta({ description: 'Where it may go from here.' }),
} as const

export const invoiceSchema = z
  .object(invoice)
  .meta({ id: 'Invoice', description: 'An invoice, and where it stands in its life cycle.' })

export const invoiceHistorySchema = z.object({
  ...invoice,
  history: z.array(
    z.object({
      status: z.string(),
      label: bilingualSchema,
      at: time,
      actor: z.string(),
      cause: z.string(),
      comment: text,
    }),
  ),
  documents: z.array(
    z.object({
      name: z.string(),
      mediaType: z.string(),
      bytes: z.int(),
      sha256: z.string(),
      addedAt: time,
    }),
  ),
  plan: z.array(z.object({ to: z.string(), at: time })),
})

export const statusSchema = z.object({
  code: z.string(),
  label: bilingualSchema,
  constant: text,
  isFinal: z.boolean(),
  isAcknowledged: z.boolean(),
  moves: z.array(
    z.object({
      to: z.string(),
      by: z.string(),
      fidelity: z.enum(['documented', 'seen', 'simulated']),
    }),
  ),
})

/** Invoices of one request. */
const MAX_CHOSEN = 1_000

/** Which invoices a request is about. */
export const choiceSchema = {
  invoices: z.array(z.string().min(1).max(200)).min(1).max(MAX_CHOSEN).optional().meta({
    description: 'Ids or numbers; else those that match `where`.',
  }),
  where: z.strictObject(invoiceCriteria).default({}),
  limit: z.int().min(1).max(MAX_CHOSEN).default(500),
} as const

/** Ten years: longer waits are mistakes. */
const MAX_WAIT_SECONDS = 315_576_000

export const stepSchema = z.strictObject({
  to: statusCodeSchema,
  afterSeconds: z.int().min(0).max(MAX_WAIT_SECONDS).default(0),
  comment: z.string().max(500).exactOptional(),
})
