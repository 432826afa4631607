import type { Actor } from '../../gateway/accounts/actor.ts'
import { GatewayError } from '../../gateway/errors.ts'
import type {
  BilingualText,
  ConnectionId,
  Environment,
  ProtocolName,
  RunId,
} from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { CampaignResultId } from '../../gateway/qualification/campaign.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type {
  Qualification,
  RunDocument,
  RunFacts,
  RunOrder,
  RunOverride,
  ScenarioDocument,
} from '../../gateway/qualification/qualification.ts'
import { attachFile } from './attach-file.ts'
import { takesPlace } from './campaign-rows.ts'
import { loadCatalogue } from './catalogue.ts'
import { factsOf, illegal, lackOf, requireFit, type ConnectionFacts } from './connection-fit.ts'
import { partnerListens } from './partner-listens.ts'
import { firstSteps, runDocuments, scenarioOf, selectRuns } from './run-rows.ts'
import { bindScenario } from './scenario-inputs.ts'
import { checkScenario, type ScenarioFault } from './scenario-schema.ts'
import { endRun } from './runner.ts'
import { EMPTY_MEMORY, type RunMemory, type ScenarioActions } from './scene.ts'

const MAX_EARLIER_VERDICTS = 20

export interface QualificationOptions {
  readonly journal: Journal
  readonly actions: ScenarioActions
  readonly environment: Environment
  /** Setting `directory.unknown`. */
  readonly unknownRecipients: 'refuse' | 'warn' | 'learn'
  /** Of the program. */
  readonly version: string
  /** Those in use, as a partner knows them. */
  readonly gatewayKeys?: (protocol: ProtocolName) => NonNullable<RunFacts['gatewayKeys']>
  /** Those of the program, unless given. */
  readonly scenarios?: readonly ScenarioDocument[]
  /** The row of the audit for what somebody did with a run. */
  readonly audit: (
    by: Actor,
    entry: {
      readonly action: string
      readonly run: RunId | CampaignResultId
      /** Of the structure whose people may read the row; null: of none. */
      readonly siret: string | null
      readonly after?: unknown
      readonly reason?: string
    },
  ) => WriteStatement
}

/** Qualification as the API asks for it, on the journal. @throws Error for a scenario that is none */
export function openQualification(options: QualificationOptions): Qualification {
  const { journal, environment } = options
  const { db } = journal
  const catalogue = options.scenarios ?? loadCatalogue()

  async function documents(
    criteria: Parameters<typeof selectRuns>[1],
    limit: number,
  ): Promise<RunDocument[]> {
    const rows = await journal.read(selectRuns(journal, criteria).limit(limit))
    return runDocuments(journal, rows)
  }

  async function named(name: string, sirets?: readonly string[]): Promise<RunDocument | undefined> {
    const [run, second] = await documents({ name, sirets }, 2)
    if (second !== undefined && run?.id !== name) {
      throw new GatewayError('API_AMBIGUOUS', `Several runs have an id that starts with ${name}.`)
    }
    return run
  }

  async function required(id: RunId): Promise<RunDocument> {
    const run = await named(id)
    if (run === undefined) throw new GatewayError('API_NOT_FOUND', `There is no run ${id}.`)
    return run
  }

  /** The row of the audit for what somebody does with a run that there is. */
  async function audited(
    by: Actor,
    entry: Omit<Parameters<typeof options.audit>[1], 'siret'> & { readonly run: RunId },
  ): Promise<WriteStatement> {
    const [row] = await journal.read(selectRuns(journal, { name: entry.run }).limit(1))
    return options.audit(by, { ...entry, siret: row?.siret ?? null })
  }

  /** @throws GatewayError API_NOT_FOUND, API_REQUEST_INVALID */
  function scenarioFor({ scenario: id, document, inputs = {} }: RunOrder): ScenarioDocument {
    const scenario =
      document === undefined ? catalogue.find((one) => one.id === id) : readOwn(document)
    if (scenario === undefined) {
      throw new GatewayError('API_NOT_FOUND', `There is no scenario ${id}.`)
    }
    const bound = bindScenario(scenario, inputs)
    if ('scenario' in bound) return bound.scenario
    throw invalid(bound.faults)
  }

  async function refuseBesideOthers(scenario: ScenarioDocument): Promise<void> {
    const running = await journal.read(selectRuns(journal, { state: 'RUNNING' }).limit(100))
    const lonely = running.find((run) => scenarioOf(run).isAlone)
    const other = lonely ?? (scenario.isAlone ? running[0] : undefined)
    if (other === undefined) return
    throw illegal(
      `${other.id} (${other.scenario}) is under way, and ${scenario.isAlone ? scenario.id : other.scenario} goes on alone: it moves the clock or the door of all.`,
    )
  }

  return {
    scenarios: () => catalogue,
    read: readOwn,
    scenario: (id) => catalogue.find((one) => one.id === id),
    list: ({ limit, ...criteria }) => documents(criteria, limit),
    find: named,

    async siretOf(name, sirets) {
      const [row] = await journal.read(selectRuns(journal, { name, sirets }).limit(1))
      return row?.siret
    },

    async start(order, by) {
      if (environment === 'production') {
        throw new GatewayError('NOT_IN_PRODUCTION', 'Scenarios are run in qualification only.')
      }
      const scenario = scenarioFor(order)
      requireKnownFaults(scenario, options.actions)
      const facts = await factsOf(options, order.connectionId)
      requireFit(scenario, facts, options.unknownRecipients)
      await refuseBesideOthers(scenario)
      const id = newId('run')
      const { committed } = await journal.write([
        {
          query: db.insertInto('qualification_runs').values(runRow(id, order, scenario, facts, by)),
          announce: 'runs',
        },
        { query: db.insertInto('qualification_steps').values(firstSteps(id, scenario)) },
        ...(order.isSelf ? partnerListens(journal, order.connectionId) : []),
        ...(order.campaign === undefined ? [] : [takesPlace(journal, id, order.campaign)]),
        options.audit(by, {
          action: 'run.start',
          run: id,
          siret: facts.connection.siret,
          after: { ...order, scenario: scenario.id },
        }),
      ])
      if (committed) return required(id)
      throw illegal(`A run of ${facts.connection.applicationCode} is under way already.`)
    },

    async cancel(id, by, reason) {
      const [row] = await journal.read(selectRuns(journal, { name: id }).limit(1))
      if (row?.state !== 'RUNNING') throw illegal(`${id} has ended.`)
      const memory = JSON.parse(row.memory_json) as RunMemory
      const text = reason ?? ''
      const note = {
        en: `cancelled by ${by.name} ${text}`.trim(),
        fr: `annulé par ${by.name} ${text}`.trim(),
      }
      const audit = options.audit(by, {
        action: 'run.cancel',
        run: row.id,
        siret: row.siret,
        ...(reason === undefined ? {} : { reason }),
      })
      const end = { verdict: 'NOT_CONCLUSIVE', note } as const
      if (!(await endRun(options, row.id, memory, end, [audit]))) throw illegal(`${id} has ended.`)
      return required(row.id)
    },

    async confirm(id, answer, by) {
      const run = await required(id)
      const step = run.steps.find(({ state }) => state === 'RUNNING')
      if (step?.verb !== 'confirm') throw illegal(`${run.id} asks nothing now.`)
      const after = {
        isYes: answer.isYes,
        comment: answer.comment ?? null,
        by: by.name,
        at: new Date().toISOString(),
      }
      const { committed } = await journal.write([
        {
          query: db
            .updateTable('qualification_steps')
            .set({ answer_json: JSON.stringify(after) })
            .where('run_id', '=', run.id)
            .where('ordinal', '=', step.ordinal)
            .where('state', '=', 'RUNNING')
            .where('answer_json', 'is', null),
          expectRows: 1,
          announce: 'runs',
        },
        await audited(by, { action: 'run.confirm', run: run.id, after }),
      ])
      if (!committed) throw illegal(`${run.id} has its answer.`)
      return required(run.id)
    },

    async attach(id, file, by) {
      const run = await required(id)
      await attachFile({ journal, audited }, run, file, by)
      return required(run.id)
    },

    async giveUp(id, by) {
      const run = await required(id)
      const step = run.steps.find(({ state }) => state === 'RUNNING')
      const { committed } = await journal.write([
        {
          query: db
            .updateTable('qualification_steps')
            .set({ deadline: Date.now() })
            .where('run_id', '=', run.id)
            .where('ordinal', '=', step?.ordinal ?? 0)
            .where('state', '=', 'RUNNING'),
          expectRows: 1,
          announce: 'runs',
        },
        await audited(by, {
          action: 'run.give-up',
          run: run.id,
          after: { step: step?.ordinal ?? null },
        }),
      ])
      if (!committed) throw illegal(`${run.id} waits for nothing now.`)
      return required(run.id)
    },

    async override(id, { verdict, reason }, by) {
      const run = await required(id)
      if (run.state === 'RUNNING') {
        throw illegal(`${run.id} is under way: wait for its result, or cancel it.`)
      }
      const before = run.override === null ? null : JSON.stringify(run.override)
      const after = overrideAfter(run, {
        verdict,
        reason,
        by: by.name,
        at: new Date().toISOString(),
      })
      const { committed } = await journal.write([
        {
          query: db
            .updateTable('qualification_runs')
            .set({ override_json: JSON.stringify(after) })
            .where('id', '=', run.id)
            .where('override_json', before === null ? 'is' : '=', before),
          expectRows: 1,
          announce: 'runs',
        },
        await audited(by, { action: 'run.override', run: run.id, after, reason }),
      ])
      if (!committed) throw illegal(`${run.id} was judged by somebody else meanwhile.`)
      return required(run.id)
    },

    subscribe: (listener) => journal.subscribe('runs', listener),
  }
}

/** What was judged before stays beside what is judged now. @throws GatewayError RUN_MOVE_ILLEGAL */
function overrideAfter({ id, override }: RunDocument, now: RunOverride): RunOverride {
  if (override === null) return now
  const { earlier = [], ...last } = override
  if (earlier.length >= MAX_EARLIER_VERDICTS) throw illegal(`${id} was judged too often.`)
  return { ...now, earlier: [...earlier, last] }
}

/** Why a scenario cannot be run on a connection as it is; undefined: it can. */
export async function misfitOf(
  options: QualificationOptions,
  scenario: ScenarioDocument | undefined,
  connection: ConnectionId,
): Promise<BilingualText | undefined> {
  if (scenario === undefined) {
    return { en: 'The catalogue has it no longer.', fr: 'Le catalogue ne l’a plus.' }
  }
  return lackOf(scenario, await factsOf(options, connection), options.unknownRecipients)
}

/** @throws GatewayError API_REQUEST_INVALID with every fault */
function readOwn(document: unknown): ScenarioDocument {
  const checked = checkScenario(document)
  if ('scenario' in checked) return checked.scenario
  throw invalid(checked.faults.map((fault) => ({ ...fault, path: ['document', ...fault.path] })))
}

function invalid(faults: readonly ScenarioFault[]): GatewayError {
  const details = faults.map(({ path, message }) => ({ field: path.join('.'), message }))
  const [first] = details
  return new GatewayError('API_REQUEST_INVALID', `${first?.field}: ${first?.message.en}.`, {
    details,
  })
}

/** @throws GatewayError API_REQUEST_INVALID for a fault that is none, or that meets everybody */
function requireKnownFaults({ steps, isAlone }: ScenarioDocument, actions: ScenarioActions): void {
  const faults = steps.flatMap(({ kind, values }, index): ScenarioFault[] => {
    if (kind !== 'fault') return []
    const name = String(values['name'])
    const reach = actions.faultReach(name)
    if (reach === 'partner' || (reach === 'everybody' && isAlone)) return []
    const message =
      reach === undefined
        ? { en: `there is no fault ${name}`, fr: `la panne ${name} n’existe pas` }
        : {
            en: `${name} meets every partner: the scenario wants alone: true`,
            fr: `${name} touche tous les partenaires : le scénario doit avoir alone: true`,
          }
    return [{ path: ['document', 'steps', index, 'with', 'name'], message }]
  })
  if (faults.length > 0) throw invalid(faults)
}

function runRow(
  id: RunId,
  order: RunOrder,
  scenario: ScenarioDocument,
  { connection: _connection, ...facts }: ConnectionFacts,
  by: Actor,
) {
  return {
    id,
    scenario: scenario.id,
    scenario_json: JSON.stringify(scenario),
    connection_id: order.connectionId,
    is_self: order.isSelf ? 1 : 0,
    state: 'RUNNING' as const,
    patience_seconds: order.patienceSeconds ?? null,
    started_at: Date.now(),
    ended_at: null,
    started_by: by.name,
    memory_json: JSON.stringify(EMPTY_MEMORY),
    note_json: null,
    override_json: null,
    facts_json: JSON.stringify(facts),
  }
}
