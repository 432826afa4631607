import { readdirSync, readFileSync } from 'node:fs'
import type { CampaignDocument } from '../../gateway/qualification/campaign.ts'
import type { ScenarioDocument } from '../../gateway/qualification/qualification.ts'
import { readCampaignFile } from './campaign-schema.ts'

const FOLDER = new URL('./catalogue/campaigns/', import.meta.url)

/** The campaigns that come with the program, in the order of their files. @throws Error */
export function loadCampaigns(
  scenarios: readonly Pick<ScenarioDocument, 'id'>[],
): readonly CampaignDocument[] {
  const known = new Set(scenarios.map(({ id }) => id))
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.yaml'))
    .toSorted()
    .map((name) => readCampaignFile(readFileSync(new URL(name, FOLDER), 'utf8'), name, known))
}
