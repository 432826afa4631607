import type { Actor } from '../../gateway/accounts/actor.ts'
import { GatewayError } from '../../gateway/errors.ts'
import type { ConnectionId, Environment, ProtocolName, RunId } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { CampaignResultId } from '../../gateway/qualification/campaign.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type {
  Qualification,
  RunDocument,
  RunFacts,
  RunOrder,
  ScenarioDocument,
} from '../../gateway/qualification/qualification.ts'
import { attachFile } from './attach-file.ts'
import { takesPlace } from './campaign-rows.ts'
import { loadCatalogue } from './catalogue.ts'
import { partnerListens } from './partner-listens.ts'
import { firstSteps, runDocuments, scenarioOf, selectRuns } from './run-rows.ts'
import { endRun } from './runner.ts'
import { EMPTY_MEMORY, type RunMemory, type ScenarioActions } from './scene.ts'

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
      const scenario = catalogue.find(({ id }) => id === order.scenario)
      if (scenario === undefined) {
        throw new GatewayError('API_NOT_FOUND', `There is no scenario ${order.scenario}.`)
      }
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
        options.audit(by, { action: 'run.start', run: id, after: order }),
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
        options.audit(by, { action: 'run.confirm', run: run.id, after }),
      ])
      if (!committed) throw illegal(`${run.id} has its answer.`)
      return required(run.id)
    },

    async attach(id, file, by) {
      const run = await required(id)
      await attachFile(options, run, file, by)
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
        options.audit(by, {
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
      const after = { verdict, reason, by: by.name, at: new Date().toISOString() }
      const { committed } = await journal.write([
        {
          query: db
            .updateTable('qualification_runs')
            .set({ override_json: JSON.stringify(after) })
            .where('id', '=', run.id)
            .where('state', '!=', 'RUNNING'),
          expectRows: 1,
          announce: 'runs',
        },
        options.audit(by, { action: 'run.override', run: run.id, after, reason }),
      ])
      if (!committed) throw illegal(`${run.id} is under way: wait for its result, or cancel it.`)
      return required(run.id)
    },

    subscribe: (listener) => journal.subscribe('runs', listener),
  }
}

/** Why a scenario cannot be run on a connection as it is; undefined: it can. */
export async function misfitOf(
  options: QualificationOptions,
  scenario: ScenarioDocument | undefined,
  connection: ConnectionId,
): Promise<string | undefined> {
  try {
    if (scenario === undefined) return 'The catalogue has it no longer.'
    requireFit(scenario, await factsOf(options, connection), options.unknownRecipients)
    return undefined
  } catch (error) {
    if (error instanceof GatewayError && error.code === 'RUN_MOVE_ILLEGAL') return error.message
    throw error
  }
}

const illegal = (message: string): GatewayError => new GatewayError('RUN_MOVE_ILLEGAL', message)

type ConnectionFacts = RunFacts & {
  readonly connection: {
    readonly applicationCode: string
    readonly protocol: string
    readonly state: string
  }
}

/** @throws GatewayError RUN_MOVE_ILLEGAL saying what the connection lacks */
function requireFit(
  scenario: ScenarioDocument,
  { connection, codes }: ConnectionFacts,
  unknownRecipients: string,
): void {
  const { applicationCode, protocol, state } = connection
  if (!scenario.protocols.some((one) => one === protocol)) {
    throw illegal(
      `${scenario.id} is of ${scenario.protocols.join(', ')}; ${applicationCode} is on ${protocol}.`,
    )
  }
  if (state !== 'ACTIVATED') throw illegal(`${applicationCode} is not activated.`)
  const { mode, code, unknownRecipients: wanted } = scenario.needs
  if (wanted !== undefined && wanted !== unknownRecipients) {
    throw illegal(
      `${scenario.id} needs the setting directory.unknown: ${wanted} (it is ${unknownRecipients}).`,
    )
  }
  if (code !== undefined && (codes[code] ?? 'NONE') === 'NONE') {
    throw illegal(
      `${scenario.id} needs the interface code ${code}: ${applicationCode} has not subscribed to it.`,
    )
  }
  if (mode === undefined || Object.values(codes).includes(mode)) return
  throw illegal(
    `${scenario.id} needs an interface code in ${mode === 'PARTIAL' ? 'Partial' : 'Complete'} mode: ${applicationCode} has none.`,
  )
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

/** @throws GatewayError CONNECTION_UNKNOWN */
async function factsOf(
  { journal, actions, version, environment, gatewayKeys }: QualificationOptions,
  id: ConnectionId,
): Promise<ConnectionFacts> {
  const { db } = journal
  const [[connection], codes, certificates] = await Promise.all([
    journal.read(db.selectFrom('connections').selectAll().where('id', '=', id)),
    journal.read(db.selectFrom('connection_codes').selectAll().where('connection_id', '=', id)),
    journal.read(
      db
        .selectFrom('connection_certificates')
        .select(['subject', 'sha256', 'not_after'])
        .where('connection_id', '=', id)
        .orderBy('added_at'),
    ),
  ])
  if (connection === undefined) {
    throw new GatewayError('CONNECTION_UNKNOWN', `There is no connection ${id}.`)
  }
  return {
    connection: {
      applicationCode: connection.application_code,
      protocol: connection.protocol,
      state: connection.state,
    },
    environment,
    ...(gatewayKeys === undefined ? {} : { gatewayKeys: gatewayKeys(connection.protocol) }),
    versions: { raccord: version, node: process.versions.node },
    clockOffsetMilliseconds: actions.clockOffsetMilliseconds(),
    codes: Object.fromEntries(codes.map((row) => [row.interface_code, row.mode])),
    partner: connection.name,
    certificates: certificates.map((row) => ({
      subject: row.subject,
      sha256: row.sha256,
      notAfter: new Date(row.not_after).toISOString(),
    })),
  }
}
