import { z } from 'zod'

/** What becomes of invoices once they are integrated, and how that is told (section `lifeCycle`). */
export const lifeCycleSettings = z.strictObject({
  batchSeconds: z
    .int()
    .min(0)
    .max(86_400)
    .default(60)
    .describe(
      'Statuses of invoices wait this long for others of the same return flow, in seconds. [simulated]',
    ),
  batchStatuses: z
    .int()
    .min(1)
    .max(1_000)
    .default(500)
    .describe('Statuses of one return flow, at most; so many do not wait. [simulated]'),
  profile: z
    .enum(['none', 'quick', 'slow', 'suspends', 'refuses'])
    .default('none')
    .describe(
      'How recipients behave by themselves with invoices that are integrated: none (they wait for `raccord invoices advance`), quick (in payment within a minute), slow (within weeks), suspends (one in ten), refuses (one in fifty). [simulated]',
    ),
  seed: z
    .int()
    .min(0)
    .max(2_147_483_647)
    .default(1)
    .describe('The same seed, the same behaviour of `lifeCycle.profile`.'),
})
