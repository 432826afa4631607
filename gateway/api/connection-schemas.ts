import { z } from 'zod'
import { CONNECTION_STATES, type ConnectionState } from '../connections/connection-states.ts'
import { connectionFormSchema } from '../connections/form.ts'
import { bilingualSchema } from './bilingual-schema.ts'
import { siretSchema } from './list-query.ts'

/** Documents of connections (gateway/connections/connection-forms.ts). */

const time = z.iso.datetime()

export const protocolSchema = z.enum(['sftp', 'as2', 'pesit'])
export const partSchema = z.enum(['client', 'server'])
const modeSchema = z.enum(['NONE', 'COMPLETE', 'PARTIAL'])
const environmentSchema = z.enum(['qualification', 'production'])
export const stateSchema = z.enum(
  Object.keys(CONNECTION_STATES) as [ConnectionState, ...ConnectionState[]],
)

export const formSchema = connectionFormSchema.meta({
  id: 'ConnectionForm',
  description: 'The form; a draft may lack any member.',
})

export const certificateCheckSchema = z
  .object({
    check: z.string(),
    outcome: z.enum(['pass', 'warning', 'fail', 'not-checked']),
    label: bilingualSchema,
    reason: bilingualSchema,
    remedy: bilingualSchema.optional(),
    codes: z.array(z.string()).meta({ description: 'Rows of docs/certificate-checks.md.' }),
  })
  .meta({ id: 'CertificateCheck' })

export const formFaultSchema = z
  .object({
    field: z.string(),
    code: z.string(),
    message: bilingualSchema,
    remedy: bilingualSchema,
  })
  .meta({ id: 'FormFault' })

export const connectionSchema = z
  .object({
    id: z.string(),
    applicationCode: z.string(),
    structure: z.object({ siret: z.string(), name: z.string() }).nullable(),
    name: z.string(),
    protocol: protocolSchema,
    environment: environmentSchema,
    state: stateSchema,
    stateLabel: bilingualSchema,
    blocked: z
      .object({ by: z.string(), at: time, reason: z.string() })
      .nullable()
      .meta({ description: 'While its sessions are refused, whatever its state.' }),
    moves: z.array(z.string()).meta({ description: 'Moves its state has now.' }),
    form: formSchema,
    running: formSchema.nullable().meta({ description: 'In force.' }),
    certificates: z.array(
      z.object({
        part: partSchema,
        sha256: z.string(),
        spkiSha256: z.string(),
        subject: z.string(),
        issuer: z.string(),
        serial: z.string(),
        notBefore: time,
        notAfter: time,
        startsAt: time.nullable(),
        isRunning: z.boolean(),
      }),
    ),
    settings: z.record(z.string(), z.unknown()),
    dueAt: time.nullable().meta({ description: 'When the automatic processing is due.' }),
    motive: bilingualSchema
      .nullable()
      .meta({ description: 'Why the last submission was refused.' }),
    notices: z.array(
      z.object({
        id: z.string(),
        text: bilingualSchema,
        confirmation: z.object({ field: z.string(), isGiven: z.boolean() }).optional(),
      }),
    ),
    revision: z.int(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Connection' })

export const connectionSummarySchema = z
  .object({
    id: z.string(),
    applicationCode: z.string(),
    siret: z.string().nullable(),
    name: z.string(),
    protocol: protocolSchema,
    environment: environmentSchema,
    state: stateSchema,
    codes: z.record(z.string(), modeSchema),
    validFrom: time.nullable(),
    validUntil: time.nullable(),
    certificateUntil: time.nullable(),
    updatedAt: time,
  })
  .meta({ id: 'ConnectionSummary' })

export const connectionExportSchema = z
  .strictObject({
    structure: siretSchema,
    name: z.string().max(200),
    protocol: protocolSchema,
    environment: environmentSchema,
    applicationCode: z.string().max(20).exactOptional().meta({
      description: 'Where it comes from; absent when it comes from another product.',
    }),
    form: connectionFormSchema,
    certificates: z
      .array(z.strictObject({ part: partSchema, chainPem: z.string().max(262_144) }))
      .max(8),
  })
  .meta({ id: 'ConnectionExport', description: 'A connection as it travels: public parts only.' })

/** The last day or time a date or date-time means, in milliseconds UTC. */
export const momentSchema = z
  .union([z.iso.datetime({ offset: true }), z.iso.date()])
  .transform((text) => Date.parse(text))
