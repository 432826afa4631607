import { z } from 'zod'

/** Rules that alerts come from; what each looks at stands in gateway/alerts/alert-rules.ts. */
export const ALERT_RULE_NAMES = [
  'certificate-expiry',
  'own-certificate-expiry',
  'rejection-rate',
  'no-flow',
  'delivery-failing',
  'reports-unread',
  'queue-age',
  'disk-low',
  'form-waiting',
  'backup-old',
] as const

export type AlertRuleName = (typeof ALERT_RULE_NAMES)[number]

const MAX_DAYS = 3_650

/** Thresholds, the mildest first: each that is passed is told once. */
const thresholds = (range: { minimum: number; maximum: number }, defaults: number[]) =>
  z.array(z.int().min(range.minimum).max(range.maximum)).min(1).max(10).default(defaults)

/** What ops are told of, and how. */
export const alertSettings = z.strictObject({
  enabled: z.boolean().default(true).describe('Looks after what goes wrong.'),
  everySeconds: z
    .int()
    .min(1)
    .max(3_600)
    .default(15)
    .describe('Seconds between two looks; a rule that costs more is looked at less often.'),
  off: z.array(z.enum(ALERT_RULE_NAMES)).default([]).describe('Rules that are not looked at.'),
  email: z
    .array(z.email())
    .max(20)
    .default([])
    .describe('Who is told by mail, in the language of `mail.language`; wants `mail.server`.'),
  webhooks: z
    .array(z.url({ protocol: /^https?$/ }).max(500))
    .max(10)
    .default([])
    .meta({
      description:
        'URLs that are told by an HTTP POST of JSON, signed with `hooks.signingKey`, tried again as `hooks.*` says.',
      // Many services know who calls by what stands in the path.
      isSecret: true,
    }),
  certificateDays: thresholds({ minimum: 0, maximum: MAX_DAYS }, [60, 30, 7, 1]).describe(
    'Days before the end of a certificate, a partner’s or our own, the most first.',
  ),
  rejectionPercent: thresholds({ minimum: 1, maximum: 100 }, [25, 50]).describe(
    'Per cent of a partner’s flows that are refused, whole or in part, the least first.',
  ),
  rejectionHours: z
    .int()
    .min(1)
    .max(720)
    .default(24)
    .describe('The rejection rate is that of so many hours.'),
  rejectionMinFlows: z
    .int()
    .min(1)
    .max(100_000)
    .default(5)
    .describe('Under so many flows there is no rejection rate.'),
  noFlowHours: z
    .int()
    .min(0)
    .max(8_784)
    .default(0)
    .describe(
      'Hours without a flow after which a partner is silent; 0 = by its own rhythm: it came on three of the last four same weekdays. A connection may have its own (`noFlowHours` of its settings).',
    ),
  deliveryFailures: thresholds({ minimum: 1, maximum: 10_000 }, [3, 10]).describe(
    'Failed attempts to bring a partner something since the last that went well, within a day; the least first. A return flow that was given up alerts at once.',
  ),
  unreadHours: thresholds({ minimum: 1, maximum: 8_784 }, [72, 240]).describe(
    'Hours that the oldest return flow waits in a partner’s box, the least first.',
  ),
  queueAgeSeconds: thresholds({ minimum: 1, maximum: 2_678_400 }, [300, 1_800]).describe(
    'Seconds that the oldest undecided flow waits, the least first.',
  ),
  diskFreeGib: thresholds({ minimum: 0, maximum: 1_000_000 }, [5, 1]).describe(
    'GiB free on the disk of a process’s data folder, the most first.',
  ),
  formHours: thresholds({ minimum: 1, maximum: 8_784 }, [24, 72]).describe(
    'Hours that a submitted form waits for its activation or refusal, the least first.',
  ),
  backupDays: z
    .int()
    .min(0)
    .max(MAX_DAYS)
    .default(0)
    .describe(
      'Days after which the last `raccord backup` is old, and that none was ever made is told; 0 = 8 days, and nothing is told before the first one.',
    ),
})

export type AlertSettings = Readonly<z.output<typeof alertSettings>>
