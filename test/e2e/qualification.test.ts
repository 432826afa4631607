import { createHash } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { spoiledStep, type Misbehaviour } from '../../gateway/cli/self-partner/misbehaviours.ts'
import type { DemoPartner } from '../../gateway/cli/demo-partners.ts'
import type { ProtocolName } from '../../gateway/flow.ts'
import { checkEvidence } from '../../gateway/qualification/check-evidence.ts'
import type { EvidenceDocument } from '../../gateway/qualification/evidence.ts'
import type { RunDocument, ScenarioDocument } from '../../gateway/qualification/qualification.ts'
import { loadCatalogue } from '../../processing/scenarios/catalogue.ts'
import { startQualifiedGateway, type QualifiedGateway } from '../support/qualified-partners.ts'
import { isMetAt, runsWholeTables } from '../support/table-rows.ts'

const PROTOCOLS: readonly ProtocolName[] = ['sftp', 'as2', 'pesit']
/** What goes on beside other runs, then what has to be alone. */
const CATALOGUE = loadCatalogue()
/** Long enough for a loaded machine; only what fails takes so long. */
const PATIENCE_SECONDS = 120

/** Fewer than the thousand it is meant for, which test/long/qualification-volume.test.ts sends. */
const VOLUME = 15

interface Row {
  readonly protocol: ProtocolName
  readonly scenario: ScenarioDocument
  readonly misbehaviour?: Misbehaviour
}

const rowsOf = (protocol: ProtocolName): readonly Row[] =>
  CATALOGUE.filter(({ protocols }) => protocols.includes(protocol)).map((scenario) => ({
    protocol,
    scenario,
  }))

/** How our own partner side is told to go wrong, where one way a scenario is not enough. */
const SPOILT: readonly (readonly [string, Misbehaviour])[] = [
  ['nominal', 'silent'],
  ['nominal', 'bad-invoice'],
  ['batch-partial', 'all-good'],
  ['batch-partial', 'too-few'],
  ['batch-partial', 'answers-no'],
  ['batch-complete', 'all-good'],
  ['batch-complete', 'answers-no'],
  ['duplicate', 'no-retry'],
  ['duplicate', 'new-name'],
  ['duplicate', 'no-misdeed'],
  ['bad-xsd', 'answers-no'],
  ['cut-again', 'silent'],
  ['cut-again', 'no-retry'],
  ['cert-refused', 'answers-no'],
  // The gateway calls a partner that did not answer again later: what follows would wait for it.
  ['nominal', 'no-fetch'],
  ['report-fetched-twice', 'no-second-fetch'],
  ['report-fetched-twice', 'new-name'],
  // What is asked of a person is whether it has gone on.
  ['lifecycle-unknown-status', 'answers-no'],
  ['batch-partial', 'no-fetch'],
]
/** For every other scenario the first of these that spoils it: the most telling before the rest. */
const PREFERRED: readonly Misbehaviour[] = [
  'old-key',
  'old-certificate',
  'sync-receipt',
  'no-retry',
  'no-status',
  'all-good',
  'no-misdeed',
  'too-few',
  'new-name',
  'bad-invoice',
  'answers-no',
  'silent',
]

function spoiltRows(protocol: ProtocolName): readonly Row[] {
  const scenarios = rowsOf(protocol).map(({ scenario }) => scenario)
  const named = new Set(SPOILT.map(([id]) => id))
  const derived = scenarios.flatMap((scenario): Row[] => {
    const misbehaviour = PREFERRED.find(
      (one) =>
        spoiledStep(scenario, one, protocol) !== undefined &&
        // Who is called could hang up too late: the status is brought at once.
        (one !== 'no-status' || protocol === 'sftp'),
    )
    if (named.has(scenario.id) || misbehaviour === undefined) return []
    return [{ protocol, scenario, misbehaviour }]
  })
  const explicit = SPOILT.flatMap(([id, misbehaviour]): Row[] => {
    const scenario = scenarios.find((one) => one.id === id)
    return scenario === undefined ? [] : [{ protocol, misbehaviour, scenario }]
  })
  return [...derived, ...explicit]
}

/** What a run is given: little time where nothing may come, much where something has to. */
function inputsOf({ scenario: { parameters = [] }, misbehaviour }: Row) {
  const values: Readonly<Record<string, number>> = {
    count: VOLUME,
    quietSeconds: misbehaviour === undefined ? 1 : PATIENCE_SECONDS,
  }
  return Object.fromEntries(
    parameters.flatMap(({ name }) => (name in values ? [[name, values[name]!]] : [])),
  )
}

/** Each scenario on one protocol, and spoilt on another if it has one; `nominal` on all. */
const isRun = ({ protocol, scenario, misbehaviour }: Row): boolean =>
  (scenario.id === 'nominal' && misbehaviour === undefined) ||
  isMetAt(
    CATALOGUE.indexOf(scenario) + (misbehaviour === undefined ? 0 : 1),
    protocol,
    scenario.protocols,
  )
const GOOD = PROTOCOLS.flatMap(rowsOf).filter(isRun)
const SPOILT_ROWS = PROTOCOLS.flatMap(spoiltRows).filter(isRun)

const keyOf = ({ protocol, scenario, misbehaviour }: Row): string =>
  `${protocol} ${scenario.id} ${misbehaviour ?? 'well'}`

describe('every scenario, with our own partner side as the partner', () => {
  let ground: QualifiedGateway
  const results = new Map<string, RunDocument>()

  async function lane(partner: DemoPartner, rows: readonly Row[]): Promise<void> {
    for (const row of rows) {
      const { scenario, misbehaviour } = row
      const run = await ground.run({
        partner,
        scenario: scenario.id,
        patienceSeconds: PATIENCE_SECONDS,
        inputs: inputsOf(row),
        ...(misbehaviour === undefined ? {} : { misbehaviour }),
      })
      results.set(keyOf(row), run)
    }
  }

  beforeAll(async () => {
    ground = await startQualifiedGateway()
    const good = new Map<ProtocolName, DemoPartner>()
    const bad = new Map<ProtocolName, DemoPartner>()
    for (const protocol of PROTOCOLS) {
      good.set(protocol, await ground.partner(protocol))
      bad.set(protocol, await ground.partner(protocol))
    }
    const lanes = PROTOCOLS.flatMap((protocol) => [
      [good.get(protocol)!, GOOD.filter((row) => row.protocol === protocol)] as const,
      [bad.get(protocol)!, SPOILT_ROWS.filter((row) => row.protocol === protocol)] as const,
    ])
    await Promise.all(
      lanes.map(([partner, rows]) =>
        lane(
          partner,
          rows.filter(({ scenario }) => !scenario.isAlone),
        ),
      ),
    )
    // What moves the clock, the keys or the door of all takes turns.
    for (const [partner, rows] of lanes) {
      await lane(
        partner,
        rows.filter(({ scenario }) => scenario.isAlone),
      )
    }
  }, 900_000)

  afterAll(() => ground.stop())

  test.each(GOOD.map((row) => [keyOf(row), row] as const))('passes: %s', (key) => {
    const run = results.get(key)!
    const unpassed = run.steps.filter(({ state }) => state !== 'PASSED')
    expect(unpassed.map(({ kind, expected, got }) => ({ kind, expected, got }))).toEqual([])
    expect(run).toMatchObject({ state: 'PASSED', isSelf: true, note: null })
  })

  test.each(SPOILT_ROWS.map((row) => [keyOf(row), row] as const))(
    'does not pass, and names the step: %s',
    (key, { protocol, scenario, misbehaviour }) => {
      const run = results.get(key)!
      const fault = run.steps.find(({ state }) => state !== 'PASSED')
      expect(fault?.ordinal).toBe(spoiledStep(scenario, misbehaviour!, protocol))
      // Who was never heard of has not failed: nothing was proved.
      expect(run.state).toBe(fault?.state)
      const wanted = misbehaviour === 'silent' ? ['FAILED', 'NOT_CONCLUSIVE'] : ['FAILED']
      expect(wanted).toContain(run.state)
    },
  )

  test('has a way to go wrong for every scenario on every protocol of it', () => {
    const unspoilt = PROTOCOLS.flatMap((protocol) => {
      const spoilt = new Set(spoiltRows(protocol).map(({ scenario }) => scenario.id))
      return rowsOf(protocol).flatMap(({ scenario: { id } }) =>
        spoilt.has(id) ? [] : [`${protocol} ${id}`],
      )
    })
    expect(unspoilt).toEqual([])
    expect(results.size).toBe(GOOD.length + SPOILT_ROWS.length)
    expect(GOOD.length + SPOILT_ROWS.length).toBeGreaterThan(runsWholeTables ? 200 : 80)
  })

  test.each(PROTOCOLS)('keeps what proves a run: messages, transcripts, %s', async (protocol) => {
    const { id } = results.get(`${protocol} nominal well`)!
    const path = `/runs/${id}/evidence`
    const { runs } = await ground.client.json<EvidenceDocument>({
      path,
      query: { format: 'json' },
    })
    const kept = runs[0]!
    const directions = kept.messages.map(({ direction }) => direction)
    expect(directions).toEqual(expect.arrayContaining(['in', 'out']))
    for (const { content, sha256 } of kept.messages) {
      const bytes = Buffer.from(content!, 'base64')
      expect(createHash('sha256').update(bytes).digest('hex')).toBe(sha256)
    }
    const transcripts = kept.sessions.filter(({ transcript }) => transcript !== null)
    expect(transcripts.length).toBeGreaterThan(0)
    const page = await (await ground.client.call({ path, query: { format: 'html' } })).text()
    const { checks } = checkEvidence(Buffer.from(page))!
    expect(checks).toHaveLength(1 + kept.messages.length)
    expect(checks.filter(({ isGood }) => !isGood)).toEqual([])
  })

  test('leaves neither a fault nor a moved clock behind', async () => {
    const { faults } = await ground.client.json<{ faults: [] }>({ path: '/faults' })
    expect(faults).toEqual([])
    expect(await ground.client.json({ path: '/clock' })).toMatchObject({ offsetMilliseconds: 0 })
  })
})
