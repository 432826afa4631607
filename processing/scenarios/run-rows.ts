import type { Selectable } from 'kysely'
import type { ProtocolName, RunId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import type {
  QualificationAttachmentsTable,
  QualificationRunsTable,
  QualificationStepsTable,
} from '../../gateway/journal/qualification-tables.ts'
import type {
  RunCriteria,
  RunDocument,
  ScenarioDocument,
  SeenByStep,
  StepDocument,
} from '../../gateway/qualification/qualification.ts'
import { findStepKind } from './step-kinds.ts'

export type RunRow = Selectable<QualificationRunsTable>
export type StepRow = Selectable<QualificationStepsTable>
type AttachmentRow = Selectable<QualificationAttachmentsTable>
/** A run with the names of its connection. */
export type NamedRunRow = RunRow & {
  readonly application_code: string
  readonly protocol: ProtocolName
  readonly siret: string | null
}

export const NOTHING_SEEN: SeenByStep = {
  flows: [],
  returns: [],
  sessions: [],
  refusals: [],
  faults: [],
}

/** Runs that match, newest first, with the connection each is of. */
export function selectRuns(
  { db }: Pick<Journal, 'db'>,
  criteria: Partial<RunCriteria> & { readonly name?: string },
) {
  const { sirets, connectionId, scenario, state, before, name } = criteria
  let query = db
    .selectFrom('qualification_runs')
    .innerJoin('connections', 'connections.id', 'qualification_runs.connection_id')
    .selectAll('qualification_runs')
    .select(['connections.application_code', 'connections.protocol', 'connections.siret'])
    .orderBy('qualification_runs.id', 'desc')
  if (sirets !== undefined) {
    query = query.where('connections.siret', 'in', sirets.length === 0 ? [''] : [...sirets])
  }
  if (connectionId !== undefined) query = query.where('connection_id', '=', connectionId)
  if (scenario !== undefined) query = query.where('scenario', '=', scenario)
  if (state !== undefined) query = query.where('qualification_runs.state', '=', state)
  if (before !== undefined) query = query.where('qualification_runs.id', '<', before as RunId)
  if (name !== undefined) {
    query = query
      .where('qualification_runs.id', '>=', name as RunId)
      .where('qualification_runs.id', '<', `${name}~` as RunId)
  }
  return query
}

/** Steps of runs, in their order. */
export async function readSteps(
  journal: Journal,
  runs: readonly RunId[],
): Promise<ReadonlyMap<RunId, readonly StepRow[]>> {
  if (runs.length === 0) return new Map()
  const rows = await journal.read(
    journal.db
      .selectFrom('qualification_steps')
      .selectAll()
      .where('run_id', 'in', [...runs])
      .orderBy('run_id')
      .orderBy('ordinal'),
  )
  return Map.groupBy(rows, ({ run_id }) => run_id)
}

/** Files put to the questions of runs, oldest first. */
async function readAttachments(
  journal: Journal,
  runs: readonly RunId[],
): Promise<ReadonlyMap<RunId, readonly AttachmentRow[]>> {
  if (runs.length === 0) return new Map()
  const rows = await journal.read(
    journal.db
      .selectFrom('qualification_attachments')
      .selectAll()
      .where('run_id', 'in', [...runs])
      .orderBy('id'),
  )
  return Map.groupBy(rows, ({ run_id }) => run_id)
}

export function scenarioOf({ scenario_json }: Pick<RunRow, 'scenario_json'>): ScenarioDocument {
  return JSON.parse(scenario_json) as ScenarioDocument
}

/** Runs with their steps, and what was put to them. */
export async function runDocuments(
  journal: Journal,
  rows: readonly NamedRunRow[],
): Promise<RunDocument[]> {
  const ids = rows.map(({ id }) => id)
  const [steps, files] = await Promise.all([readSteps(journal, ids), readAttachments(journal, ids)])
  return rows.map((row) => runDocument(row, steps.get(row.id) ?? [], files.get(row.id) ?? []))
}

function runDocument(
  row: NamedRunRow,
  steps: readonly StepRow[],
  attachments: readonly AttachmentRow[],
): RunDocument {
  const { steps: kinds, ...scenario } = scenarioOf(row)
  return {
    id: row.id,
    scenario,
    connectionId: row.connection_id,
    applicationCode: row.application_code,
    protocol: row.protocol,
    isSelf: row.is_self === 1,
    state: row.state,
    note: parsedOrNull(row.note_json) as RunDocument['note'],
    override: parsedOrNull(row.override_json) as RunDocument['override'],
    startedAt: isoOf(row.started_at),
    endedAt: isoOrNull(row.ended_at),
    startedBy: row.started_by,
    facts: JSON.parse(row.facts_json) as RunDocument['facts'],
    steps: steps.flatMap((step) => {
      const kind = kinds[step.ordinal - 1]
      return kind === undefined ? [] : [stepDocument(kind, step, attachments)]
    }),
  }
}

function stepDocument(
  kind: ScenarioDocument['steps'][number],
  row: StepRow,
  attachments: readonly AttachmentRow[],
): StepDocument {
  return {
    ...kind,
    ordinal: row.ordinal,
    state: row.state,
    expected: JSON.parse(row.expected_json) as StepDocument['expected'],
    got: parsedOrNull(row.got_json) as StepDocument['got'],
    startedAt: isoOrNull(row.started_at),
    deadline: isoOrNull(row.deadline),
    endedAt: isoOrNull(row.ended_at),
    seen: JSON.parse(row.seen_json) as SeenByStep,
    answer: parsedOrNull(row.answer_json) as StepDocument['answer'],
    attachments: attachments
      .filter(({ ordinal }) => ordinal === row.ordinal)
      .map(({ id, name, media_type, sha256, bytes, added_at, added_by }) => ({
        id,
        name,
        mediaType: media_type,
        sha256,
        bytes,
        by: added_by,
        at: isoOf(added_at),
      })),
  }
}

/** The rows of the steps of a run that is about to begin. */
export function firstSteps(run: RunId, scenario: ScenarioDocument): StepRow[] {
  return scenario.steps.map(({ kind, values }, index) => ({
    run_id: run,
    ordinal: index + 1,
    state: 'WAITING',
    started_at: null,
    deadline: null,
    ended_at: null,
    expected_json: JSON.stringify(findStepKind(kind)?.expected(values) ?? { en: '', fr: '' }),
    got_json: null,
    seen_json: JSON.stringify(NOTHING_SEEN),
    answer_json: null,
  }))
}

/** Whatever was written there; each column holds one shape (qualification-tables.ts). */
function parsedOrNull(json: string | null): unknown {
  return json === null ? null : JSON.parse(json)
}

const isoOf = (milliseconds: number): string => new Date(milliseconds).toISOString()
const isoOrNull = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : isoOf(milliseconds)
