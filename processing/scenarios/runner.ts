import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { ERRORS, GatewayError } from '../../gateway/errors.ts'
import type { BilingualText, RunId } from '../../gateway/flow.ts'
import type { Journal, WriteStatement } from '../../gateway/journal/journal.ts'
import type { Logger } from '../../gateway/logger.ts'
import type { PayloadStore } from '../../gateway/payloads/payloads.ts'
import type { RunVerdict, ScenarioDocument } from '../../gateway/qualification/qualification.ts'
import { cleanUp, cleanUpAfter } from './clean-up.ts'
import { absenceOf } from './connection-fit.ts'
import { JUDGES } from './judges.ts'
import { NOTHING_SEEN, readSteps, scenarioOf, selectRuns } from './run-rows.ts'
import type { NamedRunRow, StepRow } from './run-rows.ts'
import type { RunMemory, Scene, ScenarioActions, StepOutcome } from './scene.ts'
import type { StepKind } from './step-kinds.ts'
import { wasHeard } from './was-heard.ts'

export interface RunnerOptions {
  readonly journal: Journal
  readonly payloads: Pick<PayloadStore, 'read'>
  readonly actions: ScenarioActions
  readonly log: Logger
}

/** While runs go on each is looked at so often; without any, nothing is. */
const LOOK_MILLISECONDS = 150
/** A process that died leaves its runs to the next one after this time. */
const LEASE_MILLISECONDS = 15_000
const MAX_RUNS = 200
/** The other processes are heard of so late, at most, where the engine has several. */
const POLL_MILLISECONDS = 2_000

/**
 * Carries the runs of the journal on, step by step, several at once. What is said is in the journal
 * before the next step begins, so that another process, or the next start, takes up where this ends.
 */
export class ScenarioRunner {
  readonly #options: RunnerOptions
  readonly #token = randomUUID()
  readonly #undo: (() => void)[] = []
  readonly #stopping = new AbortController()
  #work: Promise<void> = Promise.resolve()
  #isWorking = false
  #isAwaited = false

  constructor(options: RunnerOptions) {
    this.#options = options
  }

  start(): void {
    const { journal } = this.#options
    this.#undo.push(journal.subscribe('runs', () => this.#wake()))
    const timer = setInterval(() => this.#wake(), POLL_MILLISECONDS)
    timer.unref()
    this.#undo.push(() => clearInterval(timer))
    this.#wake()
  }

  /** Finishes the look in hand; runs stay as they are for the next start. */
  async stop(): Promise<void> {
    for (const undo of this.#undo.splice(0)) undo()
    this.#stopping.abort()
    await this.#work
    const { db } = this.#options.journal
    await this.#options.journal.write([
      {
        query: db
          .updateTable('qualification_runs')
          .set({ token: null, lease_until: null })
          .where('token', '=', this.#token),
      },
    ])
  }

  #wake(): void {
    this.#isAwaited = true
    if (this.#isWorking || this.#stopping.signal.aborted) return
    this.#isWorking = true
    this.#work = this.#loop().finally(() => {
      this.#isWorking = false
      if (this.#isAwaited) this.#wake()
    })
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopping
    while (!signal.aborted) {
      this.#isAwaited = false
      const count = await this.#lookAtAll()
      if (count === 0 && !this.#isAwaited) return
      await sleep(LOOK_MILLISECONDS, undefined, { signal }).catch(() => {})
    }
  }

  /** @returns how many runs are under way */
  async #lookAtAll(): Promise<number> {
    const { journal, log } = this.#options
    try {
      const runs = await journal.read(selectRuns(journal, { state: 'RUNNING' }).limit(MAX_RUNS))
      await Promise.all(
        runs.map(async (run) => {
          try {
            if (await this.#hold(run)) await this.#advance(run)
          } catch (err) {
            log.warn({ err, runId: run.id }, 'a run could not be carried on')
          }
        }),
      )
      return runs.length
    } catch (err) {
      log.warn({ err }, 'runs could not be read')
      return 0
    }
  }

  /** One process carries a run on at a time. */
  async #hold(run: NamedRunRow): Promise<boolean> {
    const now = Date.now()
    const until = run.lease_until ?? 0
    if (run.token === this.#token && until > now + LEASE_MILLISECONDS / 2) return true
    if (run.token !== this.#token && until > now) return false
    const { journal } = this.#options
    const query = journal.db
      .updateTable('qualification_runs')
      .set({ token: this.#token, lease_until: now + LEASE_MILLISECONDS })
      .where('id', '=', run.id)
      .where('state', '=', 'RUNNING')
    const { committed } = await journal.write([
      {
        query:
          run.token === null
            ? query.where('token', 'is', null)
            : query.where('token', '=', run.token),
        expectRows: 1,
      },
    ])
    return committed
  }

  /** Steps that are over at once follow one another without a pause. */
  async #advance(run: NamedRunRow): Promise<void> {
    const { journal } = this.#options
    const scenario = scenarioOf(run)
    const steps = (await readSteps(journal, [run.id])).get(run.id) ?? []
    let memory = JSON.parse(run.memory_json) as RunMemory
    for (const step of steps) {
      if (step.state === 'PASSED') continue
      const begun = step.state === 'WAITING' ? await this.#begin(run, scenario, step) : step
      const outcome = await this.#judge(run, scenario, begun, memory)
      memory = Object.assign({}, memory, outcome.remember)
      const isLast = step.ordinal === steps.length
      if (!(await this.#write(run, begun, outcome, memory, isLast))) return
    }
  }

  async #begin(run: NamedRunRow, scenario: ScenarioDocument, step: StepRow): Promise<StepRow> {
    const seconds = scenario.steps[step.ordinal - 1]?.withinSeconds ?? 0
    const now = Date.now()
    const deadline = now + Math.min(seconds, run.patience_seconds ?? seconds) * 1_000
    const begun = { ...step, state: 'RUNNING' as const, started_at: now, deadline }
    const { journal } = this.#options
    await journal.write([
      {
        query: stepUpdate(journal, step)
          .set({ state: 'RUNNING', started_at: now, deadline })
          .where('state', '=', 'WAITING'),
        expectRows: 1,
        announce: 'runs',
      },
    ])
    return begun
  }

  async #judge(
    run: NamedRunRow,
    scenario: ScenarioDocument,
    step: StepRow,
    memory: RunMemory,
  ): Promise<StepOutcome> {
    const kind = scenario.steps[step.ordinal - 1]
    const judge = kind === undefined ? undefined : JUDGES[kind.kind as StepKind]
    if (kind === undefined || judge === undefined) {
      return inconclusive({ en: 'no such step here', fr: 'étape inconnue ici' })
    }
    const { journal, payloads, actions } = this.#options
    const deadline = step.deadline ?? 0
    const scene: Scene = {
      journal,
      payloads,
      actions,
      run: run.id,
      connection: {
        id: run.connection_id,
        applicationCode: run.application_code,
        protocol: run.protocol,
      },
      values: kind.values,
      memory,
      runStartedAt: run.started_at,
      stepStartedAt: step.started_at ?? Date.now(),
      deadline,
      answer: step.answer_json === null ? null : (JSON.parse(step.answer_json) as Scene['answer']),
    }
    try {
      const outcome = await judge(scene)
      if (outcome.state !== 'WAITING' || Date.now() < deadline) return outcome
      return await this.#overdue(scene, kind.verb, outcome)
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      const { meaning } = ERRORS[error.code]
      return inconclusive({ en: error.message, fr: `${meaning.fr} (${error.message})` })
    }
  }

  /** Time is over: failed, unless there was nobody to fail. */
  async #overdue(scene: Scene, verb: string, outcome: StepOutcome): Promise<StepOutcome> {
    if (verb === 'do') return { ...outcome, state: 'NOT_CONCLUSIVE' }
    // Nobody could come: that is no failure of the partner's.
    const absence = verb === 'expect' ? await this.#absence(scene) : undefined
    if (absence !== undefined)
      return {
        ...inconclusive(absence),
        ...(outcome.seen === undefined ? {} : { seen: outcome.seen }),
      }
    const isHeard = verb !== 'expect' || (await wasHeard(scene))
    if (isHeard) return { ...outcome, state: 'FAILED' }
    return inconclusive({
      en: 'nothing was heard of the partner in the whole run',
      fr: 'aucun signe du partenaire de tout le déroulement',
    })
  }

  async #absence({ journal, connection: { id, applicationCode } }: Scene) {
    const [row] = await journal.read(
      journal.db.selectFrom('connections').select(['state', 'blocked_json']).where('id', '=', id),
    )
    if (row === undefined) return undefined
    return absenceOf({ applicationCode, state: row.state, isBlocked: row.blocked_json !== null })
  }

  /** @returns whether the next step may begin */
  async #write(
    run: NamedRunRow,
    step: StepRow,
    outcome: StepOutcome,
    memory: RunMemory,
    isLast: boolean,
  ): Promise<boolean> {
    const { journal } = this.#options
    const got = outcome.got === undefined ? null : JSON.stringify(outcome.got)
    const seen = JSON.stringify({ ...NOTHING_SEEN, ...outcome.seen })
    const isOver = outcome.state !== 'WAITING'
    if (!isOver && got === step.got_json && outcome.remember === undefined) return false
    const now = Date.now()
    const ended = outcome.state === 'WAITING' ? {} : { state: outcome.state, ended_at: now }
    const statements: WriteStatement[] = [
      {
        query: stepUpdate(journal, step)
          .set({ got_json: got, seen_json: seen, ...ended })
          .where('state', '=', 'RUNNING'),
        expectRows: 1,
        announce: 'runs',
      },
      {
        query: journal.db
          .updateTable('qualification_runs')
          .set({ memory_json: JSON.stringify(memory) })
          .where('id', '=', run.id)
          .where('state', '=', 'RUNNING'),
        expectRows: 1,
      },
    ]
    const { committed } = await journal.write(statements)
    if (!committed) await this.#takeBack(run, memory)
    if (!committed || outcome.state === 'WAITING') return false
    if (outcome.state === 'PASSED' && !isLast) return true
    await endRun(this.#options, run.id, memory, { verdict: outcome.state, note: noteOf(outcome) })
    return false
  }

  /** What a step did while somebody else ended its run is of no run: it ends too. */
  async #takeBack({ id }: NamedRunRow, memory: RunMemory): Promise<void> {
    const { journal, actions } = this.#options
    const [run] = await journal.read(selectRuns(journal, { name: id }).limit(1))
    if (run !== undefined && run.state !== 'RUNNING') await cleanUp(actions, id, memory)
  }
}

function noteOf({ state, got }: StepOutcome): BilingualText | null {
  return state === 'NOT_CONCLUSIVE' ? (got ?? null) : null
}

/** Cleans up behind a run and sets its result: what it put ends, the clock is where it was. */
export async function endRun(
  { journal, actions }: Pick<RunnerOptions, 'journal' | 'actions'>,
  id: RunId,
  memory: RunMemory,
  end: { readonly verdict: RunVerdict; readonly note: BilingualText | null },
  more: readonly WriteStatement[] = [],
): Promise<boolean> {
  await cleanUp(actions, id, memory)
  const { db } = journal
  const { committed } = await journal.write([
    {
      query: db
        .updateTable('qualification_runs')
        .set({
          state: end.verdict,
          ended_at: Date.now(),
          note_json: end.note === null ? null : JSON.stringify(end.note),
          token: null,
          lease_until: null,
        })
        .where('id', '=', id)
        .where('state', '=', 'RUNNING'),
      expectRows: 1,
      announce: 'runs',
    },
    {
      query: db
        .updateTable('qualification_steps')
        .set({ state: 'SKIPPED' })
        .where('run_id', '=', id)
        .where('state', 'in', ['WAITING', 'RUNNING']),
    },
    ...more,
  ])
  if (committed) await cleanUpAfter({ journal, actions }, id, memory)
  return committed
}

function stepUpdate({ db }: Pick<Journal, 'db'>, { run_id, ordinal }: StepRow) {
  return db
    .updateTable('qualification_steps')
    .where('run_id', '=', run_id)
    .where('ordinal', '=', ordinal)
}

function inconclusive(got: BilingualText): StepOutcome {
  return { state: 'NOT_CONCLUSIVE', got }
}
