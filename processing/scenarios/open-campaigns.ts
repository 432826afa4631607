import type { Actor } from '../../gateway/accounts/actor.ts'
import { GatewayError } from '../../gateway/errors.ts'
import { newId } from '../../gateway/ids.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type {
  CampaignDocument,
  CampaignOrder,
  CampaignResult,
  CampaignResultId,
  Campaigns,
} from '../../gateway/qualification/campaign.ts'
import type { Qualification } from '../../gateway/qualification/qualification.ts'
import { loadCampaigns } from './campaign-catalogue.ts'
import { campaignDocument, readItems, selectCampaigns } from './campaign-rows.ts'
import { readCampaign } from './campaign-schema.ts'
import { coverageOf } from './coverage.ts'
import type { QualificationOptions } from './open-qualification.ts'

export interface CampaignsOptions extends Pick<
  QualificationOptions,
  'journal' | 'environment' | 'audit'
> {
  readonly qualification: Qualification
  /** Those of the program, unless given. */
  readonly campaigns?: readonly CampaignDocument[]
}

/** Campaigns as the API asks for them, on the journal. @throws Error for a shipped one that is none */
export function openCampaigns(options: CampaignsOptions): Campaigns {
  const { journal, environment, qualification } = options
  const { db } = journal
  const scenarios = qualification.scenarios()
  const known = new Set(scenarios.map(({ id }) => id))
  const catalogue = options.campaigns ?? loadCampaigns(scenarios)

  async function named(
    name: string,
    sirets?: readonly string[],
  ): Promise<CampaignResult | undefined> {
    const [result, second] = await documents(journal, { name, sirets }, 2)
    if (second !== undefined && result?.id !== name) {
      throw new GatewayError(
        'API_AMBIGUOUS',
        `Several results have an id that starts with ${name}.`,
      )
    }
    return result
  }

  async function required(id: CampaignResultId): Promise<CampaignResult> {
    const result = await named(id)
    if (result !== undefined) return result
    throw new GatewayError('API_NOT_FOUND', `There is no result ${id}.`)
  }

  function chosen(campaign: CampaignOrder['campaign']): CampaignDocument {
    if (typeof campaign !== 'string') return campaign
    const found = catalogue.find(({ id }) => id === campaign)
    if (found !== undefined) return found
    throw new GatewayError('API_NOT_FOUND', `There is no campaign ${campaign}.`)
  }

  return {
    list: () => catalogue,
    find: (id) => catalogue.find((one) => one.id === id),

    read(document) {
      const read = readCampaign(document, known)
      if (!('fault' in read)) return read
      throw new GatewayError('API_REQUEST_INVALID', `The campaign: ${read.fault}.`)
    },

    needsAll: (campaign) =>
      scenarios.some(({ id, isAlone }) => isAlone && campaign.scenarios.includes(id)),

    async start(order, by) {
      if (environment === 'production') {
        throw new GatewayError('NOT_IN_PRODUCTION', 'Campaigns are run in qualification only.')
      }
      const campaign = chosen(order.campaign)
      const id = newId('cpr')
      const { connectionId, isSelf, patienceSeconds } = order
      const [connection] = await journal.read(
        db.selectFrom('connections').select('siret').where('id', '=', connectionId),
      )
      const { committed } = await journal.write([
        {
          query: db.insertInto('campaign_results').values({
            id,
            campaign: campaign.id,
            campaign_json: JSON.stringify(campaign),
            connection_id: connectionId,
            is_self: isSelf ? 1 : 0,
            patience_seconds: patienceSeconds ?? null,
            state: 'RUNNING',
            started_at: Date.now(),
            ended_at: null,
            started_by: by.name,
          }),
          announce: 'runs',
        },
        {
          query: db.insertInto('campaign_items').values(
            campaign.scenarios.map((scenario, index) => ({
              result_id: id,
              position: index + 1,
              scenario,
              run_id: null,
              result: null,
              note_json: null,
            })),
          ),
        },
        options.audit(by, {
          action: 'campaign.start',
          run: id,
          siret: connection?.siret ?? null,
          after: { campaign: campaign.id, connectionId, isSelf },
        }),
      ])
      if (committed) return required(id)
      throw illegal('A campaign is under way on that connection already.')
    },

    async cancel(id, by) {
      const result = await required(id)
      const [row] = await journal.read(selectCampaigns(journal, { name: id }).limit(1))
      const why = { en: `cancelled by ${by.name}`, fr: `annulé par ${by.name}` }
      const { committed } = await journal.write([
        {
          query: db
            .updateTable('campaign_results')
            .set({ state: 'NOT_CONCLUSIVE', ended_at: Date.now() })
            .where('id', '=', result.id)
            .where('state', '=', 'RUNNING'),
          expectRows: 1,
          announce: 'runs',
        },
        {
          query: db
            .updateTable('campaign_items')
            .set({ result: 'NOT_RUN', note_json: JSON.stringify(why) })
            .where('result_id', '=', result.id)
            .where('run_id', 'is', null)
            .where('result', 'is', null),
        },
        {
          query: db
            .updateTable('campaign_items')
            .set({ result: 'NOT_CONCLUSIVE', note_json: JSON.stringify(why) })
            .where('result_id', '=', result.id)
            .where('run_id', 'is not', null)
            .where('result', 'is', null),
        },
        options.audit(by, { action: 'campaign.cancel', run: result.id, siret: row?.siret ?? null }),
      ])
      if (!committed) throw illegal(`${result.id} has ended.`)
      const after = await required(result.id)
      for (const { run, result: end } of after.items) {
        if (run !== null && end === 'NOT_CONCLUSIVE') await cancelRun(qualification, run, by)
      }
      return after
    },

    results: ({ limit, ...criteria }) => documents(journal, criteria, limit),
    result: named,

    async siretOf(name, sirets) {
      const [row] = await journal.read(selectCampaigns(journal, { name, sirets }).limit(1))
      return row?.siret
    },

    async before({ id, campaign, connectionId }) {
      const earlier = await documents(
        journal,
        { connectionId, campaign: campaign.id, before: id },
        10,
      )
      return earlier.find(({ endedAt }) => endedAt !== null)
    },

    coverage: (connection, runs) => coverageOf(journal, connection, runs),
  }
}

async function documents(
  journal: Journal,
  criteria: Parameters<typeof selectCampaigns>[1],
  limit: number,
): Promise<CampaignResult[]> {
  const rows = await journal.read(selectCampaigns(journal, criteria).limit(limit))
  const items = await readItems(
    journal,
    rows.map(({ id }) => id),
  )
  return rows.map((row) => campaignDocument(row, items.get(row.id) ?? []))
}

/** It may have ended by itself meanwhile. */
async function cancelRun(
  qualification: Pick<Qualification, 'cancel'>,
  id: Parameters<Qualification['cancel']>[0],
  by: Actor,
): Promise<void> {
  try {
    await qualification.cancel(id, by, 'campaign cancelled – campagne annulée')
  } catch (error) {
    if (!(error instanceof GatewayError) || error.code !== 'RUN_MOVE_ILLEGAL') throw error
  }
}

const illegal = (message: string): GatewayError => new GatewayError('RUN_MOVE_ILLEGAL', message)
