import { z } from 'zod'

const seconds = (fallback: number, what: string, minimum = 0) =>
  z.int().min(minimum).max(31_536_000).default(fallback).describe(`${what}, in seconds.`)

/** Return flows to partners that are called (AS2, PeSIT): decisions B5. */
export const deliverySettings = z.strictObject({
  attempts: z
    .int()
    .min(1)
    .max(100)
    .default(8)
    .describe('Failed attempts after which a return flow is given up. [simulated]'),
  retrySeconds: z
    .array(z.int().min(0).max(31_536_000))
    .min(1)
    .max(100)
    .default([300, 600, 1_200, 2_400])
    .describe(
      'Seconds before the second attempt, the third…; the last one stands for all that follow. [simulated]',
    ),
  attemptSeconds: seconds(600, 'One attempt may take this long', 1),
  leaseSeconds: seconds(
    60,
    'What a process was sending that died is taken over after this time',
    1,
  ),
  concurrency: z
    .int()
    .min(1)
    .max(256)
    .default(16)
    .describe('Return flows that a process brings at a time, to all partners together.'),
  perConnection: z
    .int()
    .min(1)
    .max(64)
    .default(1)
    .describe(
      'Return flows that a process brings to one partner at a time; 1 = one after the other, in the order of their issue.',
    ),
  privateAddresses: z
    .enum(['allow', 'refuse'])
    .default('allow')
    .describe(
      'Whether partners are called at addresses of this machine and of private networks. In production the default is refuse.',
    ),
  allowedNetworks: z
    .array(z.union([z.ipv4(), z.ipv6(), z.cidrv4(), z.cidrv6()]))
    .default([])
    .describe(
      'Networks (CIDR) and addresses that partners may be called at whatever the setting above and `probe.refusedNetworks` say.',
    ),
})
