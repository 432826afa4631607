import { z } from 'zod'
import { FLOW_STATES, type FlowState } from '../flow-states.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { deliverySchema } from './return-schemas.ts'

const time = z.iso.datetime()

const findingSchema = z
  .object({
    rule: z.string(),
    severity: z.enum(['fatal', 'warning', 'information']),
    nature: z.string(),
    code: z.string(),
    invoice: z.string().optional(),
    part: z.int().optional(),
    file: z.string().optional(),
    path: z.string().optional(),
    line: z.int().optional(),
    column: z.int().optional(),
    terms: z.array(z.string()),
    message: bilingualSchema,
    remedy: bilingualSchema,
    platformText: z.string(),
  })
  .meta({ id: 'Finding', description: 'One thing found wrong, or worth saying.' })

/** The document of a flow (gateway/flow.ts). */
export const flowSchema = z
  .object({
    id: z.string(),
    number: z.string().meta({
      description:
        'The 25-character identifier of the sender; with `~` and the number of the epoch that set it free again (`raccord reset --flows`).',
    }),
    state: z.enum(Object.keys(FLOW_STATES) as [FlowState, ...FlowState[]]),
    stateLabel: bilingualSchema,
    protocol: z.enum(['sftp', 'as2', 'pesit']),
    interfaceCode: z.string(),
    applicationCode: z.string(),
    mode: z.enum(['COMPLETE', 'PARTIAL', 'NONE']),
    connectionId: z.string(),
    receivedAt: time,
    finishedAt: time.nullable(),
    file: z.object({
      name: z.string(),
      size: z.int(),
      sha256: z.string(),
      removedAt: time.nullable().meta({
        description: 'When its content was past its time (retention); null: it is kept.',
      }),
    }),
    invoices: z.object({
      total: z.int(),
      integrated: z.int(),
      refused: z.int(),
      incorrect: z.int(),
    }),
    findings: z.array(findingSchema),
    timeline: z.array(
      z.object({ at: time, stage: z.string(), outcome: z.string(), ms: z.number() }),
    ),
    returns: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        state: z.string(),
        attempts: z.int(),
        nextAttemptAt: time.nullable(),
        deliveredAt: time.nullable(),
        retrieved: z.boolean(),
        lastAttempt: deliverySchema.nullable(),
      }),
    ),
    whatIfs: z
      .array(
        z.object({
          setting: z.string(),
          value: z.string(),
          state: z.string(),
          integrated: z.int(),
        }),
      )
      .meta({ description: 'What another mode or setting would have made of it.' }),
    replayOf: z
      .string()
      .nullable()
      .meta({ description: 'The first flow with this content, of one that was replayed.' }),
    replays: z.array(z.string()).meta({ description: 'The flows that it was replayed as.' }),
    refusal: z.object({ code: z.string(), id: z.string(), message: bilingualSchema }).nullable(),
  })
  .meta({ id: 'Flow' })
