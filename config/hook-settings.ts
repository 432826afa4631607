import { z } from 'zod'

/** Calls made when something happens to a flow; which connection has which, its settings say. */
export const hookSettings = z.strictObject({
  signingKey: z.string().default('').meta({
    description: 'Key of the signature (HMAC-SHA256) of HTTP calls; empty = they are not signed.',
    isSecret: true,
  }),
  attempts: z
    .int()
    .min(1)
    .max(100)
    .default(6)
    .describe('Failed calls after which one is given up.'),
  retrySeconds: z
    .array(z.int().min(0).max(31_536_000))
    .min(1)
    .max(100)
    .default([10, 60, 300, 1_800, 7_200])
    .describe(
      'Seconds before the second call, the third…; the last one stands for all that follow.',
    ),
  callSeconds: z
    .int()
    .min(1)
    .max(3_600)
    .default(10)
    .describe('One call, or one run of a command, may take this long, in seconds.'),
  commands: z
    .record(z.string().regex(/^[a-z0-9-]{1,40}$/), z.array(z.string().min(1)).min(1).max(20))
    .default({})
    .meta({
      description:
        'Commands that connections may name, each a program and its arguments; the event comes on standard input as JSON.',
      // Arguments carry passwords and tokens.
      isSecret: true,
    }),
})
