import type { Selectable } from 'kysely'
import type { ProtocolName, RunId } from '../../gateway/flow.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type {
  CampaignItemsTable,
  CampaignResultsTable,
} from '../../gateway/journal/qualification-tables.ts'
import type {
  CampaignCriteria,
  CampaignDocument,
  CampaignResult,
  CampaignResultId,
} from '../../gateway/qualification/campaign.ts'
import type { RunOrder } from '../../gateway/qualification/qualification.ts'

export type CampaignItemRow = Selectable<CampaignItemsTable>
/** A result with the names of its connection. */
export type NamedCampaignRow = Selectable<CampaignResultsTable> & {
  readonly application_code: string
  readonly protocol: ProtocolName
  readonly siret: string | null
}

/** Results that match, newest first, with the connection each is of. */
export function selectCampaigns(
  { db }: Pick<Journal, 'db'>,
  criteria: Partial<CampaignCriteria> & {
    readonly name?: string
    readonly state?: CampaignResult['state']
  },
) {
  const { sirets, connectionId, campaign, before, name, state } = criteria
  let query = db
    .selectFrom('campaign_results')
    .innerJoin('connections', 'connections.id', 'campaign_results.connection_id')
    .selectAll('campaign_results')
    .select(['connections.application_code', 'connections.protocol', 'connections.siret'])
    .orderBy('campaign_results.id', 'desc')
  if (sirets !== undefined) {
    query = query.where('connections.siret', 'in', sirets.length === 0 ? [''] : [...sirets])
  }
  if (connectionId !== undefined) query = query.where('connection_id', '=', connectionId)
  if (campaign !== undefined) query = query.where('campaign', '=', campaign)
  if (state !== undefined) query = query.where('campaign_results.state', '=', state)
  if (before !== undefined) {
    query = query.where('campaign_results.id', '<', before as CampaignResultId)
  }
  if (name !== undefined) {
    query = query
      .where('campaign_results.id', '>=', name as CampaignResultId)
      .where('campaign_results.id', '<', `${name}~` as CampaignResultId)
  }
  return query
}

/** The scenarios of results, in their order. */
export async function readItems(
  journal: Journal,
  results: readonly CampaignResultId[],
): Promise<ReadonlyMap<CampaignResultId, readonly CampaignItemRow[]>> {
  if (results.length === 0) return new Map()
  const rows = await journal.read(
    journal.db
      .selectFrom('campaign_items')
      .selectAll()
      .where('result_id', 'in', [...results])
      .orderBy('result_id')
      .orderBy('position'),
  )
  return Map.groupBy(rows, ({ result_id }) => result_id)
}

export function campaignDocument(
  row: NamedCampaignRow,
  items: readonly CampaignItemRow[],
): CampaignResult {
  return {
    id: row.id,
    campaign: JSON.parse(row.campaign_json) as CampaignDocument,
    connectionId: row.connection_id,
    applicationCode: row.application_code,
    protocol: row.protocol,
    isSelf: row.is_self === 1,
    state: row.state,
    startedAt: new Date(row.started_at).toISOString(),
    endedAt: row.ended_at === null ? null : new Date(row.ended_at).toISOString(),
    startedBy: row.started_by,
    items: items.map(({ position, scenario, run_id, result, note_json }) => ({
      position,
      scenario,
      run: run_id,
      result,
      note:
        note_json === null
          ? null
          : (JSON.parse(note_json) as CampaignResult['items'][number]['note']),
    })),
  }
}

/** A run is for that place of a campaign, unless another was meanwhile. */
export function takesPlace(
  { db }: Journal,
  run: RunId,
  { result, position }: NonNullable<RunOrder['campaign']>,
): WriteStatement {
  return {
    query: db
      .updateTable('campaign_items')
      .set({ run_id: run })
      .where('result_id', '=', result)
      .where('position', '=', position)
      .where('run_id', 'is', null)
      .where('result', 'is', null),
    expectRows: 1,
  }
}
