import { CONNECTION_STATES } from '../connections/connection-states.ts'
import { FLOW_STATES } from '../flow-states.ts'
import type { Journal } from '../journal/journal.ts'
import { settledEvents } from '../journal/settled-events.ts'
import { isOneOf } from '../journal/text-list.ts'
import type { EventCursor } from './event-cursor.ts'

/** Topics that tell each thing that happened. */
export const FEED_TOPICS = ['flows', 'connections'] as const
export type FeedTopic = (typeof FEED_TOPICS)[number]

/** One thing that happened, and where a stream that has told it stands. */
export interface FeedEvent {
  readonly name: 'flow' | 'connection'
  readonly data: unknown
  readonly cursor: EventCursor
}

export interface FeedPage {
  readonly events: readonly FeedEvent[]
  /** Where to go on, also past what was not to be seen. */
  readonly cursor: EventCursor
  /** There was no more. */
  readonly isEnd: boolean
}

export interface FeedQuestion {
  readonly topics: ReadonlySet<FeedTopic>
  /** Structures whose events there are to see, by topic; undefined = all. */
  readonly sirets: Readonly<Record<FeedTopic, readonly string[] | undefined>>
}

/** Events of one read, of each topic: what one stream holds at most. */
const PAGE_EVENTS = 200

/** Where the journal stands now. */
export async function latestCursor(journal: Journal): Promise<EventCursor> {
  const { db } = journal
  const [flows, connections] = await Promise.all([
    journal.read(settledEvents(journal)),
    journal.read(
      db.selectFrom('connections').select('revision').orderBy('revision', 'desc').limit(1),
    ),
  ])
  return { flowEvent: flows[0]?.id ?? 0, revision: connections[0]?.revision ?? 0 }
}

/** What happened since `cursor` that the asker may see, in order, a page at a time. */
export async function readFeed(
  journal: Journal,
  cursor: EventCursor,
  question: FeedQuestion,
): Promise<FeedPage> {
  // Looked at first: what is not to be seen up to here need never be passed over again.
  const latest = await latestCursor(journal)
  const [flows, connections] = await Promise.all([
    question.topics.has('flows') && latest.flowEvent > cursor.flowEvent
      ? flowRows(journal, cursor.flowEvent, latest.flowEvent, question.sirets.flows)
      : [],
    question.topics.has('connections') && latest.revision > cursor.revision
      ? connectionRows(journal, cursor.revision, question.sirets.connections)
      : [],
  ])
  const flowEvents = flows.map((row): FeedEvent => {
    return { name: 'flow', cursor: { ...cursor, flowEvent: row.id }, data: flowData(row) }
  })
  const flowEvent = passed(
    flows.map((row) => row.id),
    cursor.flowEvent,
    latest.flowEvent,
  )
  const connectionEvents = connections.map((row): FeedEvent => ({
    name: 'connection',
    cursor: { ...cursor, flowEvent, revision: row.revision },
    data: connectionData(row),
  }))
  const revision = passed(
    connections.map((row) => row.revision),
    cursor.revision,
    latest.revision,
  )
  return {
    events: [...flowEvents, ...connectionEvents],
    isEnd: flows.length < PAGE_EVENTS && connections.length < PAGE_EVENTS,
    cursor: { ...cursor, flowEvent, revision },
  }
}

/** Where a topic stands after a page of it: at its last, or past all there were. */
function passed(page: readonly number[], before: number, latest: number): number {
  const last = page.at(-1) ?? before
  return page.length < PAGE_EVENTS ? Math.max(last, latest) : last
}

async function flowRows(
  journal: Journal,
  after: number,
  until: number,
  sirets: readonly string[] | undefined,
) {
  let query = journal.db
    .selectFrom('flow_events')
    .innerJoin('flows', 'flows.id', 'flow_events.flow_id')
    .select([
      'flow_events.id',
      'flow_events.flow_id',
      'flow_events.at',
      'flow_events.stage',
      'flow_events.outcome',
      'flows.flow_identifier',
      'flows.connection_id',
      'flows.interface_code',
      'flows.state',
      'flows.total',
      'flows.integrated',
    ])
    .where('flow_events.id', '>', after)
    .where('flow_events.id', '<=', until)
    .orderBy('flow_events.id')
    .limit(PAGE_EVENTS)
  if (sirets !== undefined) {
    query = query.where(
      'flows.connection_id',
      'in',
      journal.db
        .selectFrom('connections')
        .select('id')
        .where((where) => isOneOf(journal, where.ref('siret'), sirets)),
    )
  }
  return journal.read(query)
}

async function connectionRows(
  journal: Journal,
  after: number,
  sirets: readonly string[] | undefined,
) {
  let query = journal.db
    .selectFrom('connections')
    .select([
      'id',
      'application_code',
      'siret',
      'name',
      'protocol',
      'environment',
      'state',
      'revision',
      'updated_at',
      'blocked_json',
    ])
    .where('revision', '>', after)
    .orderBy('revision')
    .limit(PAGE_EVENTS)
  if (sirets !== undefined) {
    query = query.where((where) => isOneOf(journal, where.ref('siret'), sirets))
  }
  return journal.read(query)
}

type FlowRow = Awaited<ReturnType<typeof flowRows>>[number]
type ConnectionRow = Awaited<ReturnType<typeof connectionRows>>[number]

/** `state` and the counts are those of the flow now, not of the moment of the event. */
const flowData = (row: FlowRow) => ({
  flowId: row.flow_id,
  number: row.flow_identifier,
  connectionId: row.connection_id,
  interfaceCode: row.interface_code,
  at: new Date(row.at).toISOString(),
  stage: row.stage,
  outcome: row.outcome,
  state: row.state,
  stateLabel: FLOW_STATES[row.state].label,
  total: row.total,
  integrated: FLOW_STATES[row.state].isFinal ? row.integrated : 0,
})

const connectionData = (row: ConnectionRow) => ({
  id: row.id,
  applicationCode: row.application_code,
  siret: row.siret,
  name: row.name,
  protocol: row.protocol,
  environment: row.environment,
  state: row.state,
  stateLabel: CONNECTION_STATES[row.state].label,
  isBlocked: row.blocked_json !== null,
  revision: row.revision,
  updatedAt: new Date(row.updated_at).toISOString(),
})
