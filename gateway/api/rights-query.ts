import { z } from 'zod'
import { afterSchema, flagSchema, limitSchema, siretSchema } from './list-query.ts'

/** How attachments and subscriptions are named and listed alike: a person in a structure. */

export const rightsStructureParams = z.object({ siret: siretSchema })

export const rightsKeyParams = z.object({ siret: siretSchema, userId: z.string().max(60) })

export const rightsQuerySchema = z.strictObject({
  siret: siretSchema.optional(),
  userId: z.string().max(60).optional(),
  pending: flagSchema.optional().meta({ description: 'Only what waits for a decision.' }),
  after: afterSchema,
  limit: limitSchema,
})
