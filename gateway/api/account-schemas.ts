import { z } from 'zod'
import { bilingualSchema } from './bilingual-schema.ts'
import { nextSchema } from './list-query.ts'

/** Documents of people and their rights (gateway/accounts/). */

const time = z.iso.datetime()

export const languageSchema = z.enum(['en', 'fr'])
export const globalRoleSchema = z.enum(['operator', 'auditor', 'administrator'])
const decisionStateSchema = z.enum(['REQUESTED', 'ACCEPTED', 'REFUSED'])
export const attachmentRoleSchema = z.enum(['MAIN_MANAGER', 'SECONDARY_MANAGER', 'MEMBER'])
export const decisionSchema = z.enum(['accept', 'refuse'])
const structureNameSchema = z.object({ siret: z.string(), name: z.string() })

export const userSchema = z
  .object({
    id: z.string(),
    login: z.string(),
    firstName: z.string(),
    name: z.string(),
    email: z.string(),
    language: languageSchema,
    globalRoles: z.array(globalRoleSchema),
    isBlocked: z.boolean(),
    mustChangePassword: z.boolean(),
    createdAt: time,
    revision: z.int(),
  })
  .meta({ id: 'User' })

export const userWithPasswordSchema = z.object({
  user: userSchema,
  temporaryPassword: z.string().meta({ description: 'Shown this once; it must be changed.' }),
})

const personSchema = z
  .object({
    id: z.string(),
    login: z.string(),
    firstName: z.string(),
    name: z.string(),
    email: z.string(),
  })
  .meta({ id: 'Person' })

export const structureSchema = z
  .object({
    siret: z.string(),
    siren: z.string(),
    name: z.string(),
    isActive: z.boolean(),
    isAreaOpen: z.boolean(),
    revision: z.int(),
  })
  .meta({ id: 'Structure' })

export const dataSetSchema = z.object({
  seed: z.string(),
  structures: z.array(
    z.object({
      siret: z.string(),
      name: z.string(),
      kind: z.enum(['SUPPLIER', 'PUBLIC_RECIPIENT']),
      manager: z.object({
        id: z.string(),
        login: z.string(),
        password: z.string().nullable().meta({ description: 'Shown this once.' }),
      }),
    }),
  ),
})

export const attachmentSchema = z
  .object({
    user: personSchema,
    structure: structureNameSchema,
    role: attachmentRoleSchema,
    state: decisionStateSchema,
    requestedAt: time,
    decidedAt: time.nullable(),
  })
  .meta({ id: 'Attachment' })

export const areaAnswerSchema = z.object({
  siret: z.string(),
  maySee: z.boolean(),
  mayModify: z.boolean(),
  steps: z.array(
    z.object({
      step: z.enum(['account', 'structure', 'attachment', 'area', 'subscription']),
      isDone: z.boolean(),
      message: bilingualSchema,
      ask: z.array(personSchema).meta({ description: 'Who can do it; empty = an administrator.' }),
    }),
  ),
})

export const rightsSchema = z
  .object({ mayShow: z.boolean(), mayModify: z.boolean(), mayTest: z.boolean() })
  .meta({ id: 'AreaRights' })

/** What is asked for, or given: modify and test include show. */
export const askedRightsSchema = z.strictObject({
  mayShow: z.boolean().default(true),
  mayModify: z.boolean().default(false),
  mayTest: z.boolean().default(false),
})

export const subscriptionSchema = z
  .object({
    user: personSchema,
    structure: structureNameSchema,
    rights: rightsSchema,
    requested: rightsSchema.nullable(),
    state: decisionStateSchema,
    requestedAt: time,
    decidedAt: time.nullable(),
  })
  .meta({ id: 'Subscription' })

export const subscriptionAnswerSchema = z.object({ warnings: z.array(bilingualSchema) })

/** Requests decided together. */
export const decisionsSchema = z.strictObject({
  decision: decisionSchema,
  requests: z
    .array(z.strictObject({ userId: z.string().max(60), siret: z.string().regex(/^\d{14}$/) }))
    .min(1)
    .max(100),
})

export const tokenSchema = z
  .object({
    id: z.string(),
    userId: z.string(),
    name: z.string(),
    scopes: z.array(z.string()).nullable().meta({ description: 'null = all its owner may.' }),
    createdAt: time,
    expiresAt: time.nullable(),
    lastUsedAt: time.nullable(),
    revokedAt: time.nullable(),
  })
  .meta({ id: 'Token' })

export const auditSchema = z
  .object({
    id: z.string(),
    at: time,
    actor: z.object({
      kind: z.enum(['user', 'token', 'machine', 'gateway']),
      id: z.string(),
      name: z.string(),
      peer: z.string(),
    }),
    action: z.string(),
    object: z.object({ kind: z.string(), id: z.string() }),
    siret: z.string().nullable(),
    before: z.unknown(),
    after: z.unknown(),
    reason: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' })

/** A page of a list. */
export const pageOf = <Item extends z.ZodType>(item: Item) =>
  z.object({ items: z.array(item), next: nextSchema })
