import type { Actor } from '../accounts/actor.ts'
import type { BilingualText, ConnectionId, ProtocolName, RunId } from '../flow.ts'
import type { RunState } from './qualification.ts'

export type CampaignResultId = `cpr_${string}`

/** A named, versioned set of scenarios for a connection. */
export interface CampaignDocument {
  readonly id: string
  /** Results of different versions are compared scenario by scenario all the same. */
  readonly version: string
  readonly title: BilingualText
  readonly purpose: BilingualText
  readonly protocols: readonly ProtocolName[]
  /** Ids of the catalogue, in the order they are run in. */
  readonly scenarios: readonly string[]
  /** Numbers of test plans of others. */
  readonly references: readonly string[]
}

/** `NOT_RUN`: the connection is not as the scenario needs it, or the campaign was ended before. */
export const ITEM_RESULTS = ['PASSED', 'FAILED', 'NOT_CONCLUSIVE', 'NOT_RUN'] as const
export type ItemResult = (typeof ITEM_RESULTS)[number]

/** A scenario of a campaign; its result is frozen as soon as there is one. */
export interface CampaignItem {
  readonly position: number
  readonly scenario: string
  readonly run: RunId | null
  /** Null: to come, or under way. */
  readonly result: ItemResult | null
  /** Why it was not run, or proved nothing; else the step that failed. */
  readonly note: BilingualText | null
}

export interface CampaignResult {
  readonly id: CampaignResultId
  readonly campaign: CampaignDocument
  readonly connectionId: ConnectionId
  readonly applicationCode: string
  readonly protocol: ProtocolName
  readonly isSelf: boolean
  readonly state: RunState
  readonly startedAt: string
  readonly endedAt: string | null
  readonly startedBy: string
  readonly items: readonly CampaignItem[]
}

export interface CampaignOrder {
  /** Of those that are shipped, or a document of one's own. */
  readonly campaign: string | CampaignDocument
  readonly connectionId: ConnectionId
  readonly isSelf: boolean
  readonly patienceSeconds?: number
}

export interface CampaignCriteria {
  readonly sirets?: readonly string[] | undefined
  readonly connectionId?: ConnectionId | undefined
  readonly campaign?: string | undefined
  readonly before?: string | undefined
  readonly limit: number
}

export const CHANGES = ['worse', 'better', 'same', 'new', 'gone'] as const

/** What changed between two results, scenario by scenario. */
export interface CampaignComparison {
  readonly before: { readonly id: CampaignResultId; readonly version: string; readonly at: string }
  readonly now: { readonly id: CampaignResultId; readonly version: string; readonly at: string }
  readonly items: readonly {
    readonly scenario: string
    readonly before: ItemResult | null
    readonly now: ItemResult | null
    readonly change: (typeof CHANGES)[number]
  }[]
}

/** What passed runs have proved of one interface code in one mode over one protocol. */
export interface CoverageRow {
  readonly interfaceCode: string
  readonly mode: string
  readonly protocol: ProtocolName
  /** Of the flow, as the partner sees it. */
  readonly direction: 'sent' | 'received'
  /** Flows of passed runs. */
  readonly flows: number
  /** Scenarios that proved it, by id; none: nothing is proved. */
  readonly scenarios: readonly string[]
  readonly lastAt: string | null
}

/** Campaigns on connections. What the API asks; processing/scenarios answers. */
export interface Campaigns {
  list(): readonly CampaignDocument[]
  find(id: string): CampaignDocument | undefined
  /** @throws GatewayError API_REQUEST_INVALID for a document that is none */
  read(document: unknown): CampaignDocument
  /** Whether one of its scenarios has to be alone. */
  needsAll(campaign: CampaignDocument): boolean
  /**
   * Begins a campaign: its scenarios one after the other; it goes on by itself.
   * @throws GatewayError API_NOT_FOUND, RUN_MOVE_ILLEGAL when one is under way, NOT_IN_PRODUCTION
   */
  start(order: CampaignOrder, by: Actor): Promise<CampaignResult>
  /** What is not begun is not run; the run in hand ends as not conclusive. @throws RUN_MOVE_ILLEGAL */
  cancel(id: CampaignResultId, by: Actor): Promise<CampaignResult>
  /** Newest first. */
  results(criteria: CampaignCriteria): Promise<readonly CampaignResult[]>
  /** @param name the id of a result, or a unique start of one; @throws GatewayError API_AMBIGUOUS */
  result(name: string, sirets: readonly string[] | undefined): Promise<CampaignResult | undefined>
  /** Null = of no structure; undefined = there is no such result. */
  siretOf(name: string, sirets: readonly string[] | undefined): Promise<string | null | undefined>
  /** The last ended result before this one, of the same campaign on the same connection. */
  before(result: CampaignResult): Promise<CampaignResult | undefined>
  /** Of the codes of a connection; by all its passed runs, or by those that are named. */
  coverage(connection: ConnectionId, runs?: readonly RunId[]): Promise<readonly CoverageRow[]>
}

const WORTH: Readonly<Record<ItemResult, number>> = {
  PASSED: 3,
  NOT_CONCLUSIVE: 2,
  NOT_RUN: 1,
  FAILED: 0,
}

/** What got worse, better, came or went. */
export function compareResults(before: CampaignResult, now: CampaignResult): CampaignComparison {
  const earlier = new Map(before.items.map((item) => [item.scenario, item.result]))
  const later = new Map(now.items.map((item) => [item.scenario, item.result]))
  const scenarios = [...new Set([...later.keys(), ...earlier.keys()])]
  const end = ({ id, campaign, endedAt, startedAt }: CampaignResult) => ({
    id,
    version: campaign.version,
    at: endedAt ?? startedAt,
  })
  return {
    before: end(before),
    now: end(now),
    items: scenarios.map((scenario) => {
      const [was, is] = [earlier.get(scenario) ?? null, later.get(scenario) ?? null]
      return { scenario, before: was, now: is, change: changeOf(was, is) }
    }),
  }
}

function changeOf(
  was: ItemResult | null,
  is: ItemResult | null,
): CampaignComparison['items'][number]['change'] {
  if (was === is) return 'same'
  if (was === null) return 'new'
  if (is === null) return 'gone'
  return WORTH[is] > WORTH[was] ? 'better' : 'worse'
}
