import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, test } from 'vitest'
import { machineActor } from '../../gateway/accounts/actor.ts'
import { auditStatement } from '../../gateway/accounts/audit.ts'
import type { ConnectionId, RunId } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import type { CampaignDocument, Campaigns } from '../../gateway/qualification/campaign.ts'
import type { Qualification, RunDocument } from '../../gateway/qualification/qualification.ts'
import { CampaignDriver } from '../../processing/scenarios/campaign-driver.ts'
import { openCampaigns } from '../../processing/scenarios/open-campaigns.ts'
import {
  misfitOf,
  openQualification,
  type QualificationOptions,
} from '../../processing/scenarios/open-qualification.ts'
import { ScenarioRunner } from '../../processing/scenarios/runner.ts'
import { readScenario } from '../../processing/scenarios/scenario-text.ts'
import type { ScenarioActions } from '../../processing/scenarios/scene.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { flowRow } from '../support/journal-rows.ts'

const HERE = machineActor('127.0.0.1')
const HEAD = `
title: { en: One, fr: Un }
purpose: { en: Why, fr: Pourquoi }
protocols: [sftp]
steps:
`
const SCENARIOS = [
  readScenario(
    `id: two-questions${HEAD}  - confirm: question\n  - do: clear-faults\n  - confirm: question\n`,
    'two-questions',
  ),
  readScenario(`id: flow-at-once${HEAD}  - expect: flow\n    within: 1s\n`, 'flow-at-once'),
  readScenario(
    `id: moves-clock${HEAD.replace('steps', 'alone: true\nsteps')}  - do: advance-clock\n    with: { seconds: 60 }\n  - confirm: question\n`,
    'moves-clock',
  ),
  readScenario(
    `id: puts-fault${HEAD}  - do: fault\n    with: { name: no-answer }\n  - confirm: question\n`,
    'puts-fault',
  ),
  readScenario(`id: many${HEAD}  - expect: flows\n    with: { count: 3 }\n`, 'many'),
  readScenario(`id: one-question${HEAD}  - confirm: question\n`, 'one-question'),
  readScenario(
    `id: needs-complete${HEAD.replace('steps', 'needs: { mode: COMPLETE }\nsteps')}  - confirm: question\n`,
    'needs-complete',
  ),
]

const both = (text: string) => ({ en: text, fr: text })
const CAMPAIGN: CampaignDocument = {
  id: 'ours',
  version: '1',
  title: both('Ours'),
  purpose: both('Why'),
  protocols: ['sftp'],
  scenarios: ['two-questions', 'needs-complete', 'one-question'],
  references: [],
}

/** What the gateway would be told to do. */
class Levers implements ScenarioActions {
  offset = 0
  readonly done: string[] = []
  readonly faults = new Set<RunId>()
  /** What goes on while the gateway does it. */
  meanwhile = async (): Promise<void> => {}
  readonly clockOffsetMilliseconds = (): number => this.offset
  async putFault({ run }: { readonly run: RunId }): Promise<string> {
    await this.meanwhile()
    this.faults.add(run)
    return 'flt_1'
  }
  readonly faultReach = () => 'partner' as const
  async clearFaults(run: RunId): Promise<number> {
    this.done.push(`clear ${run}`)
    return this.faults.delete(run) ? 1 : 0
  }
  async moveClock(_run: RunId, offset: number): Promise<void> {
    if (offset > 0) await this.meanwhile()
    this.offset = offset
    this.done.push(`clock ${offset}`)
  }
  async purgeReturns(): Promise<number> {
    return 0
  }
  async moveReturn(): Promise<void> {}
  async moveInvoices(): Promise<number> {
    return 0
  }
  async renewKey(): Promise<readonly []> {
    return []
  }
  async withdrawKeys(): Promise<void> {}
  readonly keyInUse = (): undefined => undefined
  async certificatesInForce(): Promise<readonly string[]> {
    return []
  }
  async certificatesEnd(): Promise<undefined> {}
  async certificateOf(): Promise<undefined> {}
}

interface Ground {
  readonly qualification: Qualification
  readonly campaigns: Campaigns
  readonly driver: () => CampaignDriver
  readonly levers: Levers
  readonly runner: () => ScenarioRunner
  readonly until: (id: RunId, is: (run: RunDocument) => boolean) => Promise<RunDocument>
}

async function ground(
  journal: Journal,
  beforeStart = async (_connection: ConnectionId): Promise<void> => {},
): Promise<Ground> {
  await insertConnection(journal, 'cnx_a', { application_code: 'AAA001' })
  await insertConnection(journal, 'cnx_b', { application_code: 'BBB001' })
  const levers = new Levers()
  const options: QualificationOptions = {
    journal,
    actions: levers,
    environment: 'qualification',
    unknownRecipients: 'warn',
    version: '0',
    scenarios: SCENARIOS,
    audit: (by, { run, siret, ...entry }) =>
      auditStatement(journal, 0, by, {
        ...entry,
        ...(siret === null ? {} : { siret }),
        objectKind: 'run',
        objectId: run,
      }),
  }
  const qualification = openQualification(options)
  const payloads = {
    read: () => {
      throw new Error('nothing is read here')
    },
  }
  return {
    qualification,
    levers,
    campaigns: openCampaigns({ ...options, qualification, campaigns: [CAMPAIGN] }),
    driver: () => {
      const driver = new CampaignDriver({
        journal,
        qualification,
        async misfit(scenario, connection) {
          await beforeStart(connection)
          return misfitOf(options, qualification.scenario(scenario), connection)
        },
        actorOf: (name) => ({ ...HERE, name }),
        log: createLogger('silent'),
      })
      driver.start()
      return driver
    },
    runner: () => {
      const log = createLogger('silent')
      const runner = new ScenarioRunner({ journal, payloads, actions: levers, log })
      runner.start()
      return runner
    },
    async until(id, is) {
      for (;;) {
        const run = await qualification.find(id, undefined)
        if (run !== undefined && is(run)) return run
        await sleep(20)
      }
    },
  }
}

const asks =
  (ordinal: number) =>
  ({ steps }: RunDocument): boolean =>
    steps[ordinal - 1]?.state === 'RUNNING'
const hasEnded = ({ state }: RunDocument): boolean => state !== 'RUNNING'
const order = (scenario: string, connectionId: ConnectionId = 'cnx_a') => ({
  scenario,
  connectionId,
  isSelf: false,
})

describe.each(JOURNAL_ADAPTERS)('qualification runs on $name', (adapter) => {
  test('a run that was under way is taken up again after a restart, where it stood', async () => {
    const { qualification, runner, until } = await ground(await (await adapter.prepare()).open())
    const first = runner()
    const { id } = await qualification.start(order('two-questions'), HERE)
    await until(id, asks(1))
    await qualification.confirm(id, { isYes: true, comment: 'seen' }, HERE)
    await until(id, asks(3))
    await first.stop()
    await qualification.confirm(id, { isYes: true }, HERE)
    expect((await qualification.find(id, undefined))?.state).toBe('RUNNING')
    const second = runner()
    const run = await until(id, hasEnded)
    await second.stop()
    expect(run.state).toBe('PASSED')
    expect(run.steps[0]).toMatchObject({
      got: { en: 'yes: seen' },
      answer: { by: 'Local owner', comment: 'seen' },
    })
  })

  test('several go on at once on different connections, one on each', async () => {
    const { qualification, runner, until } = await ground(await (await adapter.prepare()).open())
    const started = runner()
    const one = await qualification.start(order('two-questions'), HERE)
    const other = await qualification.start(order('two-questions', 'cnx_b'), HERE)
    await expect(qualification.start(order('flow-at-once'), HERE)).rejects.toMatchObject({
      code: 'RUN_MOVE_ILLEGAL',
    })
    await Promise.all([until(one.id, asks(1)), until(other.id, asks(1))])
    await qualification.confirm(one.id, { isYes: false }, HERE)
    const failed = await until(one.id, hasEnded)
    expect(failed.state).toBe('FAILED')
    expect(failed.steps.map(({ state }) => state)).toEqual(['FAILED', 'SKIPPED', 'SKIPPED'])
    expect((await qualification.find(other.id, undefined))?.state).toBe('RUNNING')
    await started.stop()
  })

  test('a partner that was never heard of proves nothing', async () => {
    const { qualification, runner, until } = await ground(await (await adapter.prepare()).open())
    const started = runner()
    const { id } = await qualification.start(order('flow-at-once'), HERE)
    const run = await until(id, hasEnded)
    await started.stop()
    expect(run).toMatchObject({ state: 'NOT_CONCLUSIVE', steps: [{ state: 'NOT_CONCLUSIVE' }] })
    expect(run.note?.en).toContain('nothing was heard')
  })

  test('a connection that is blocked is not run on; blocked meanwhile, it says so', async () => {
    const journal = await (await adapter.prepare()).open()
    const { qualification, runner, until } = await ground(journal)
    const block = (json: string | null) =>
      journal.write([
        {
          query: journal.db
            .updateTable('connections')
            .set({ blocked_json: json })
            .where('id', '=', 'cnx_a'),
        },
      ])
    await block('{}')
    await expect(qualification.start(order('flow-at-once'), HERE)).rejects.toThrow('is blocked')
    await block(null)
    const { id } = await qualification.start(order('flow-at-once'), HERE)
    await block('{}')
    const started = runner()
    const run = await until(id, hasEnded)
    await started.stop()
    expect(run).toMatchObject({ state: 'NOT_CONCLUSIVE', note: { en: 'AAA001 is blocked.' } })
  })

  test('many flows are in the record one by one', async () => {
    const journal = await (await adapter.prepare()).open()
    const { qualification, runner, until } = await ground(journal)
    const { id } = await qualification.start(order('many'), HERE)
    const flows = [1, 2, 3].map((number) =>
      flowRow(number, { id: newId('flw'), connection_id: 'cnx_a' }),
    )
    await journal.write([{ query: journal.db.insertInto('flows').values(flows) }])
    const started = runner()
    const run = await until(id, hasEnded)
    await started.stop()
    expect(run.state).toBe('PASSED')
    expect(run.steps[0]?.seen.flows).toEqual(flows.map((flow) => flow.id).toSorted())
  })

  test('a cancelled run sets the clock right, and a verdict of a person stands beside the result', async () => {
    const { qualification, runner, until, levers } = await ground(
      await (await adapter.prepare()).open(),
    )
    const started = runner()
    const { id } = await qualification.start(order('moves-clock'), HERE)
    await until(id, asks(2))
    expect(levers.offset).toBe(60_000)
    await expect(qualification.start(order('two-questions', 'cnx_b'), HERE)).rejects.toMatchObject({
      code: 'RUN_MOVE_ILLEGAL',
    })
    const cancelled = await qualification.cancel(id, HERE, 'enough')
    await started.stop()
    expect(levers.offset).toBe(0)
    expect(cancelled).toMatchObject({ state: 'NOT_CONCLUSIVE' })
    const judged = await qualification.override(
      id,
      { verdict: 'PASSED', reason: 'seen by eye' },
      HERE,
    )
    expect(judged).toMatchObject({
      state: 'NOT_CONCLUSIVE',
      override: { verdict: 'PASSED', reason: 'seen by eye', by: 'Local owner' },
    })
  })

  test.each(['puts-fault', 'moves-clock'])(
    'a run that is cancelled in the midst of what it does leaves nothing behind: %s',
    async (scenario) => {
      const { qualification, runner, levers } = await ground(await (await adapter.prepare()).open())
      const { id } = await qualification.start(order(scenario), HERE)
      const isCancelled = Promise.withResolvers<RunDocument>()
      levers.meanwhile = async () => {
        levers.meanwhile = async () => {}
        isCancelled.resolve(await qualification.cancel(id, HERE))
      }
      const started = runner()
      expect((await isCancelled.promise).state).toBe('NOT_CONCLUSIVE')
      await started.stop()
      expect(levers.faults.size).toBe(0)
      expect(levers.offset).toBe(0)
    },
  )

  test('a verdict that another replaces stays beside it, and none is lost when two judge at once', async () => {
    const { qualification } = await ground(await (await adapter.prepare()).open())
    const { id } = await qualification.start(order('one-question'), HERE)
    const judge = (reason: string) =>
      qualification.override(id, { verdict: 'PASSED', reason }, HERE)
    await expect(judge('early')).rejects.toMatchObject({ code: 'RUN_MOVE_ILLEGAL' })
    await qualification.cancel(id, HERE)
    await judge('first')
    const { override } = await qualification.override(
      id,
      { verdict: 'FAILED', reason: 'second' },
      HERE,
    )
    expect(override).toMatchObject({
      verdict: 'FAILED',
      reason: 'second',
      earlier: [{ verdict: 'PASSED', reason: 'first', by: 'Local owner' }],
    })
    const ends = await Promise.allSettled(['third', 'fourth', 'fifth'].map(judge))
    const kept = ends.filter(({ status }) => status === 'fulfilled')
    const after = (await qualification.find(id, undefined))?.override
    expect(after?.earlier).toHaveLength(1 + kept.length)
  })

  test('files are put to a question, who and when are kept, and no more than its fill', async () => {
    const { qualification, runner, until } = await ground(await (await adapter.prepare()).open())
    const file = { name: 'seen.png', mediaType: 'image/png', sha256: 'ab', bytes: 2 }
    const { id } = await qualification.start(order('two-questions'), HERE)
    await expect(qualification.attach(id, file, HERE)).rejects.toMatchObject({
      code: 'RUN_MOVE_ILLEGAL',
    })
    const started = runner()
    await until(id, asks(1))
    const { steps } = await qualification.attach(id, file, HERE)
    expect(steps[0]?.attachments).toMatchObject([{ ...file, by: 'Local owner' }])
    expect(steps[2]?.attachments).toEqual([])
    // Many at once take no more places than there are; where the engine writes one after the other.
    const count = adapter.name === 'sqlite' ? 25 : 19
    await Promise.allSettled(
      Array.from({ length: count }, () => qualification.attach(id, file, HERE)),
    )
    const full = await qualification.find(id, undefined)
    expect(full?.steps[0]?.attachments).toHaveLength(20)
    await expect(qualification.attach(id, file, HERE)).rejects.toMatchObject({
      code: 'RUN_MOVE_ILLEGAL',
    })
    await qualification.cancel(id, HERE)
    await started.stop()
  })

  test('a campaign runs its scenarios in turn, goes on after a restart, and freezes what came of each', async () => {
    const { qualification, campaigns, runner, driver, until } = await ground(
      await (await adapter.prepare()).open(),
    )
    const started = runner()
    const first = driver()
    const place = { campaign: 'ours', connectionId: 'cnx_a', isSelf: false } as const
    const { id } = await campaigns.start(place, HERE)
    await expect(campaigns.start(place, HERE)).rejects.toMatchObject({ code: 'RUN_MOVE_ILLEGAL' })
    const runOf = async (position: number): Promise<RunId> => {
      for (;;) {
        const run = (await campaigns.result(id, undefined))?.items[position - 1]?.run
        if (run !== null && run !== undefined) return run
        await sleep(20)
      }
    }
    const one = await runOf(1)
    await until(one, asks(1))
    await first.stop()
    await qualification.confirm(one, { isYes: true }, HERE)
    await until(one, asks(3))
    await qualification.confirm(one, { isYes: true }, HERE)
    await until(one, hasEnded)
    const second = driver()
    const last = await runOf(3)
    await until(last, asks(1))
    expect((await qualification.find(last, undefined))?.startedBy).toBe('Local owner')
    await qualification.confirm(last, { isYes: false }, HERE)
    let result = await campaigns.result(id, undefined)
    while (result?.state === 'RUNNING') {
      await sleep(20)
      result = await campaigns.result(id, undefined)
    }
    await second.stop()
    await started.stop()
    expect(result).toMatchObject({
      state: 'FAILED',
      items: [
        { scenario: 'two-questions', result: 'PASSED', note: null },
        { scenario: 'needs-complete', result: 'NOT_RUN', run: null },
        { scenario: 'one-question', result: 'FAILED' },
      ],
    })
    expect(result?.items[1]?.note).toEqual({
      en: 'needs-complete needs an interface code in Complete mode: AAA001 has none.',
      fr: 'needs-complete demande un code interface en mode complet : AAA001 n’en a pas.',
    })
    // A verdict of later stands beside the run, and changes nothing that is frozen.
    await qualification.override(last, { verdict: 'PASSED', reason: 'seen' }, HERE)
    expect((await campaigns.result(id, undefined))?.state).toBe('FAILED')
  })

  test('a campaign that cannot be carried on keeps no other waiting', async () => {
    const { qualification, campaigns, driver } = await ground(
      await (await adapter.prepare()).open(),
      async (connection) => {
        if (connection === 'cnx_b') throw new Error('broken')
      },
    )
    const place = { campaign: 'ours', isSelf: false } as const
    const { id } = await campaigns.start({ ...place, connectionId: 'cnx_a' }, HERE)
    await campaigns.start({ ...place, connectionId: 'cnx_b' }, HERE)
    const driving = driver()
    let run: RunId | null | undefined
    while (run === null || run === undefined) {
      await sleep(20)
      run = (await campaigns.result(id, undefined))?.items[0]?.run
    }
    expect((await qualification.find(run, undefined))?.connectionId).toBe('cnx_a')
    await driving.stop()
  })

  test('a campaign that is cancelled ends its run, and runs nothing more', async () => {
    const { qualification, campaigns, runner, driver, until } = await ground(
      await (await adapter.prepare()).open(),
    )
    const [started, driving] = [runner(), driver()]
    const { id } = await campaigns.start(
      { campaign: 'ours', connectionId: 'cnx_a', isSelf: false },
      HERE,
    )
    let run: RunId | null | undefined
    while (run === null || run === undefined) {
      await sleep(20)
      run = (await campaigns.result(id, undefined))?.items[0]?.run
    }
    await until(run, asks(1))
    const { state, items } = await campaigns.cancel(id, HERE)
    expect(state).toBe('NOT_CONCLUSIVE')
    expect(items.map(({ result }) => result)).toEqual(['NOT_CONCLUSIVE', 'NOT_RUN', 'NOT_RUN'])
    expect((await until(run, hasEnded)).state).toBe('NOT_CONCLUSIVE')
    expect(await qualification.list({ limit: 10 })).toHaveLength(1)
    await driving.stop()
    await started.stop()
  })
})
