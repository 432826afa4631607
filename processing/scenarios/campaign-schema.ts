import { parse } from 'yaml'
import { z } from 'zod'
import type { CampaignDocument } from '../../gateway/qualification/campaign.ts'

/** How a campaign is written, in YAML or JSON; docs/scenarios.md explains it to who writes one. */

const bilingual = z.strictObject({
  en: z.string().min(1).max(500),
  fr: z.string().min(1).max(500),
})
const MAX_SCENARIOS = 200

const campaignSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/, 'small letters, digits and hyphens'),
  version: z.string().regex(/^[\w.-]{1,20}$/, 'letters, digits, dots and hyphens'),
  title: bilingual,
  purpose: bilingual,
  protocols: z
    .array(z.enum(['sftp', 'as2', 'pesit']))
    .min(1)
    .max(3),
  scenarios: z.array(z.string().max(60)).min(1).max(MAX_SCENARIOS),
  references: z.array(z.string().max(100)).max(50).default([]),
})

/**
 * Reads a campaign.
 * @param known ids of the catalogue
 * @returns the campaign, or what is wrong with it, and where
 */
export function readCampaign(
  value: unknown,
  known: ReadonlySet<string>,
): CampaignDocument | { readonly fault: string } {
  const { success, data, error } = campaignSchema.safeParse(value)
  if (!success) {
    const [issue] = error.issues
    return { fault: `${issue?.path.join('.') || 'the document'}: ${issue?.message}` }
  }
  const unknown = data.scenarios.find((id) => !known.has(id))
  if (unknown !== undefined) return { fault: `scenarios: there is no scenario ${unknown}` }
  if (new Set(data.scenarios).size < data.scenarios.length) {
    return { fault: 'scenarios: one is named twice' }
  }
  return data
}

/** @throws Error naming the file and what is wrong in it */
export function readCampaignFile(
  text: string,
  name: string,
  known: ReadonlySet<string>,
): CampaignDocument {
  const read = readCampaign(parse(text), known)
  if ('fault' in read) throw new Error(`${name}, ${read.fault}`)
  return read
}
