import { z } from 'zod'
import { ALERT_RULES } from '../alerts/alert-rules.ts'
import type { AlertRuleName } from '../../config/alert-settings.ts'
import { bilingualSchema } from './bilingual-schema.ts'

/** Name of a rule. */
export const alertRuleSchema = z.enum(Object.keys(ALERT_RULES) as [AlertRuleName])

const severitySchema = z.enum(['warning', 'critical'])

export const alertSchema = z
  .object({
    id: z.string(),
    rule: alertRuleSchema,
    ruleLabel: bilingualSchema,
    subject: z
      .string()
      .meta({ description: 'What it is about: id of a connection, `gateway`, `identity:as2`…' }),
    connectionId: z.string().nullable(),
    state: z.enum(['OPEN', 'RESOLVED']),
    severity: severitySchema,
    level: z.int().meta({ description: 'How many thresholds are passed.' }),
    title: bilingualSchema,
    cause: bilingualSchema,
    remedy: bilingualSchema,
    facts: z.record(z.string(), z.union([z.string(), z.number(), z.null()])),
    openedAt: z.iso.datetime(),
    changedAt: z.iso.datetime().meta({ description: 'System time.' }),
    resolvedAt: z.iso.datetime().nullable(),
    acknowledged: z
      .object({ by: z.string(), at: z.iso.datetime(), note: z.string() })
      .nullable()
      .meta({ description: 'Who deals with it.' }),
    isSilenced: z.boolean().meta({ description: 'Nobody was told of it.' }),
  })
  .meta({ id: 'Alert', description: 'Something that is wrong, or was.' })

export const alertRuleRowSchema = z
  .object({
    name: alertRuleSchema,
    isOn: z.boolean(),
    label: bilingualSchema,
    meaning: bilingualSchema,
    settings: z
      .record(z.string(), z.union([z.number(), z.array(z.number())]))
      .meta({ description: 'Thresholds, by the name of their setting `alerts.*`.' }),
  })
  .meta({ id: 'AlertRule' })

export const silenceSchema = z
  .object({
    id: z.string(),
    rule: alertRuleSchema.nullable().meta({ description: 'Null: every rule.' }),
    connectionId: z.string().nullable().meta({ description: 'Null: whatever it is about.' }),
    until: z.iso.datetime(),
    reason: z.string(),
    createdAt: z.iso.datetime(),
    createdBy: z.string(),
  })
  .meta({ id: 'AlertSilence', description: 'Alerts that nobody is told of for a while.' })

export const channelTestSchema = z
  .object({
    channel: z.enum(['email', 'webhook']),
    target: z.string(),
    state: z.enum(['sent', 'waiting', 'failed']),
    failure: z.string().nullable(),
  })
  .meta({ id: 'AlertChannelTest' })
