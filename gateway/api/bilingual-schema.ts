import { z } from 'zod'

/** A text in both languages. */
export const bilingualSchema = z
  .object({ en: z.string(), fr: z.string() })
  .meta({ id: 'BilingualText' })
