import { z } from 'zod'

export const DEFAULT_PAGE_ITEMS = 50

/** How many of a list at once. */
export const limitSchema = z.coerce
  .number('not a number')
  .int()
  .min(1)
  .max(500)
  .default(DEFAULT_PAGE_ITEMS)
  .meta({ description: 'Items of a page, at most.' })

/** Where a page starts: the `next` of the page before. */
export const afterSchema = z
  .string()
  .max(200)
  .optional()
  .meta({ description: 'The `next` of the page before.' })

/** `next` of a page. */
export const nextSchema = z
  .string()
  .nullable()
  .meta({ description: 'Where the next page starts; null at the end.' })

/** `true` or `false` in a query string. */
export const flagSchema = z.enum(['true', 'false']).transform((value) => value === 'true')

export const siretSchema = z
  .string()
  .regex(/^\d{14}$/, '14 digits')
  .meta({ description: 'SIRET of a structure.' })
