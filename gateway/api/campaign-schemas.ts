import { z } from 'zod'
import { CHANGES, ITEM_RESULTS } from '../qualification/campaign.ts'
import { RUN_STATES } from '../qualification/qualification.ts'
import { bilingualSchema } from './bilingual-schema.ts'

const PROTOCOLS = ['sftp', 'as2', 'pesit'] as const

export const campaignSchema = z
  .object({
    id: z.string(),
    version: z.string(),
    title: bilingualSchema,
    purpose: bilingualSchema,
    protocols: z.array(z.enum(PROTOCOLS)),
    scenarios: z.array(z.string()).meta({ description: 'In the order they are run in.' }),
    references: z.array(z.string()).meta({ description: 'Test plans of others.' }),
  })
  .meta({ id: 'Campaign', description: 'A named, versioned set of scenarios.' })

export const campaignResultSchema = z
  .object({
    id: z.string(),
    campaign: campaignSchema,
    connectionId: z.string(),
    applicationCode: z.string(),
    protocol: z.enum(PROTOCOLS),
    isSelf: z.boolean(),
    state: z.enum(RUN_STATES),
    startedAt: z.iso.datetime(),
    endedAt: z.iso.datetime().nullable(),
    startedBy: z.string(),
    items: z.array(
      z.object({
        position: z.int(),
        scenario: z.string(),
        run: z.string().nullable(),
        result: z
          .enum(ITEM_RESULTS)
          .nullable()
          .meta({ description: 'Frozen when its run ended; null: to come, or under way.' }),
        note: bilingualSchema.nullable(),
      }),
    ),
  })
  .meta({ id: 'CampaignResult', description: 'A campaign on a connection.' })

const endSchema = z.object({ id: z.string(), version: z.string(), at: z.iso.datetime() })

export const comparisonSchema = z
  .object({
    before: endSchema,
    now: endSchema,
    items: z.array(
      z.object({
        scenario: z.string(),
        before: z.enum(ITEM_RESULTS).nullable(),
        now: z.enum(ITEM_RESULTS).nullable(),
        change: z.enum(CHANGES),
      }),
    ),
  })
  .meta({ id: 'CampaignComparison', description: 'What got worse, better, came or went.' })

export const coverageSchema = z
  .object({
    interfaceCode: z.string(),
    mode: z.string(),
    protocol: z.enum(PROTOCOLS),
    direction: z.enum(['sent', 'received']).meta({ description: 'As the partner sees it.' }),
    flows: z.int().meta({ description: 'Of passed runs.' }),
    scenarios: z.array(z.string()).meta({ description: 'What proved it; none: not proved.' }),
    lastAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Coverage', description: 'What is proved of a code in a mode over a protocol.' })
