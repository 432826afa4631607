import { z } from 'zod'
import { RETURN_STATES, RETURN_MOVES } from '../delivery/return-states.ts'
import type { ReturnFlowState } from '../flow.ts'
import { bilingualSchema } from './bilingual-schema.ts'

const time = z.iso.datetime()
const evidence = z.record(z.string(), z.string())

export const returnStateSchema = z.enum(
  Object.keys(RETURN_STATES) as [ReturnFlowState, ...ReturnFlowState[]],
)
export const returnKindSchema = z.enum(['report', 'life-cycle', 'directory', 'invoices'])

export const deliverySchema = z
  .object({
    attempt: z.int(),
    at: time,
    endedAt: time.nullable(),
    outcome: z.enum(['sending', 'delivered', 'failed', 'interrupted']),
    proof: z.object({ kind: z.enum(['mdn', 'pesit-ack', 'read']), at: time, evidence }).nullable(),
    failure: z.object({ code: z.string(), message: bilingualSchema, evidence }).nullable(),
  })
  .meta({ id: 'Delivery', description: 'One attempt to hand a return flow over.' })

/** The document of a return flow (gateway/delivery/return-documents.ts). */
export const returnSchema = z
  .object({
    id: z.string(),
    name: z.string(),
    kind: returnKindSchema,
    interfaceCode: z.string(),
    connectionId: z.string(),
    applicationCode: z.string().nullable(),
    flowId: z.string().nullable().meta({ description: 'The flow it answers.' }),
    state: returnStateSchema,
    stateLabel: bilingualSchema,
    moves: z.array(z.enum(RETURN_MOVES)).meta({ description: 'What may be done with it now.' }),
    size: z.int(),
    sha256: z.string(),
    contentRemovedAt: time
      .nullable()
      .meta({ description: 'When its content was past its time; null: it is kept.' }),
    createdAt: time,
    availableUntil: time,
    deliveredAt: time.nullable(),
    attempts: z.int(),
    nextAttemptAt: time.nullable().meta({ description: 'Of a partner that is called.' }),
    waits: z
      .object({ reason: z.string(), until: time })
      .nullable()
      .meta({ description: 'Why all return flows of its partner wait.' }),
    deliveries: z.array(deliverySchema),
  })
  .meta({ id: 'Return', description: 'A file the gateway sends back (*flux retour*).' })
