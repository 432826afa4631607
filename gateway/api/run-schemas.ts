import { z } from 'zod'
import {
  RUN_STATES,
  RUN_VERDICTS,
  STEP_STATES,
  STEP_VERBS,
} from '../qualification/qualification.ts'
import { bilingualSchema } from './bilingual-schema.ts'

const PROTOCOLS = ['sftp', 'as2', 'pesit'] as const

const stepFields = {
  verb: z.enum(STEP_VERBS),
  kind: z.string(),
  values: z.record(z.string(), z.union([z.string(), z.number()])),
  inputs: z
    .record(z.string(), z.string())
    .optional()
    .meta({ description: 'Which of the values are those of a parameter: its name, by theirs.' }),
  withinSeconds: z.int(),
  say: bilingualSchema.meta({ description: 'What has to be done now.' }),
}

const scenarioFields = {
  id: z.string(),
  title: bilingualSchema,
  purpose: bilingualSchema,
  protocols: z.array(z.enum(PROTOCOLS)),
  needs: z.object({
    mode: z.enum(['PARTIAL', 'COMPLETE']).optional(),
    unknownRecipients: z.literal('refuse').optional(),
    code: z.string().optional(),
    asyncMdn: z.literal('honour').optional(),
  }),
  isAlone: z.boolean().meta({ description: 'No other run may go on beside it.' }),
  parameters: z
    .array(
      z.object({
        name: z.string(),
        default: z.union([z.string(), z.number()]),
        minimum: z.number().optional(),
        maximum: z.number().optional(),
        meaning: bilingualSchema,
        value: z.union([z.string(), z.number()]),
      }),
    )
    .optional()
    .meta({ description: 'What a run may be given; `value` is what it has.' }),
  references: z.array(z.string()).meta({ description: 'Test cases in the plans of others.' }),
}

export const scenarioSchema = z
  .object({ ...scenarioFields, steps: z.array(z.object(stepFields)) })
  .meta({ id: 'Scenario', description: 'A qualification scenario.' })

const stepSchema = z
  .object({
    ...stepFields,
    ordinal: z.int(),
    state: z.enum(STEP_STATES),
    expected: bilingualSchema,
    got: bilingualSchema.nullable(),
    startedAt: z.iso.datetime().nullable(),
    deadline: z.iso.datetime().nullable(),
    endedAt: z.iso.datetime().nullable(),
    seen: z.object({
      flows: z.array(z.string()),
      returns: z.array(z.string()),
      sessions: z.array(z.string()),
      refusals: z.array(z.string()),
      faults: z.array(z.string()),
    }),
    answer: z
      .object({
        isYes: z.boolean(),
        comment: z.string().nullable(),
        by: z.string(),
        at: z.iso.datetime(),
      })
      .nullable(),
    attachments: z.array(
      z.object({
        id: z.string(),
        name: z.string(),
        mediaType: z.string(),
        bytes: z.int(),
        sha256: z.string(),
        by: z.string(),
        at: z.iso.datetime(),
      }),
    ),
  })
  .meta({ id: 'RunStep', description: 'A step of a run; times are the system’s.' })

const judgementFields = {
  verdict: z.enum(RUN_VERDICTS),
  reason: z.string(),
  by: z.string(),
  at: z.iso.datetime(),
}

export const runSchema = z
  .object({
    id: z.string(),
    scenario: z.object(scenarioFields),
    connectionId: z.string(),
    applicationCode: z.string(),
    protocol: z.enum(PROTOCOLS),
    isSelf: z.boolean().meta({ description: 'Our own partner side plays the partner.' }),
    state: z.enum(RUN_STATES),
    note: bilingualSchema.nullable(),
    override: z
      .object({
        ...judgementFields,
        earlier: z
          .array(z.object(judgementFields))
          .optional()
          .meta({ description: 'Those that it replaced, oldest first.' }),
      })
      .nullable()
      .meta({ description: 'A person’s verdict, beside the result.' }),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    startedBy: z.string(),
    facts: z.object({
      versions: z.object({ raccord: z.string(), node: z.string() }),
      clockOffsetMilliseconds: z.int(),
      codes: z.record(z.string(), z.string()),
      partner: z.string(),
      certificates: z.array(
        z.object({ subject: z.string(), sha256: z.string(), notAfter: z.iso.datetime() }),
      ),
      gatewayKeys: z
        .array(z.object({ kind: z.string(), fingerprint: z.string() }))
        .optional()
        .meta({ description: 'What the partner knows the gateway by.' }),
      environment: z.enum(['qualification', 'production']).optional(),
    }),
    steps: z.array(stepSchema),
  })
  .meta({ id: 'Run', description: 'A run of a scenario on a connection.' })
