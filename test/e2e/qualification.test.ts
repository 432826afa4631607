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

const PROTOCOLS: readonly ProtocolName[] = ['sftp', 'as2', 'pesit']
/** What goes on beside other runs, then what has to be alone. */
const CATALOGUE = loadCatalogue()
/** Long enough for a loaded machine; only what fails takes so long. */
const PATIENCE_SECONDS = 60

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

/** How our own partner side is told to go wrong, one way or several a scenario. */
const SPOILT: readonly (readonly [string, Misbehaviour])[] = [
  ['nominal', 'silent'],
  ['nominal', 'bad-invoice'],
  ['batch-partial', 'all-good'],
  ['batch-partial', 'too-few'],
  ['batch-partial', 'answers-no'],
  ['batch-complete', 'all-good'],
  ['batch-complete', 'too-few'],
  ['batch-complete', 'answers-no'],
  ['duplicate', 'no-retry'],
  ['duplicate', 'new-name'],
  ['duplicate', 'no-misdeed'],
  ['bad-envelope', 'no-misdeed'],
  ['bad-amounts', 'all-good'],
  ['no-number', 'all-good'],
  ['bad-xsd', 'answers-no'],
  ['answer-lost', 'no-retry'],
  ['cut-again', 'silent'],
  ['cut-again', 'no-retry'],
  ['gateway-refuses', 'no-retry'],
  ['cert-refused', 'answers-no'],
  ['report-duplicate', 'new-name'],
  ['lifecycle', 'no-status'],
  ['suppliers', 'too-few'],
  ['other-code', 'no-misdeed'],
  // The gateway calls a partner that did not answer again later: what follows would wait for it.
  ['nominal', 'no-fetch'],
  ['batch-partial', 'no-fetch'],
]

const spoiltRows = (protocol: ProtocolName): readonly Row[] =>
  SPOILT.map(([id, misbehaviour]) => ({
    protocol,
    misbehaviour,
    scenario: CATALOGUE.find((one) => one.id === id)!,
  }))

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
        ...(misbehaviour === undefined ? {} : { misbehaviour }),
      })
      results.set(keyOf(row), run)
    }
  }

  beforeAll(async () => {
    ground = await startQualifiedGateway()
    const partners = new Map<ProtocolName, DemoPartner>()
    const spoilers = new Map<ProtocolName, DemoPartner>()
    for (const protocol of PROTOCOLS) {
      partners.set(protocol, await ground.partner(protocol))
      spoilers.set(protocol, await ground.partner(protocol))
    }
    // A fault at the door meets all partners of its protocol: they take turns.
    await Promise.all(
      PROTOCOLS.map(async (protocol) => {
        const together = rowsOf(protocol).filter(({ scenario }) => !scenario.isAlone)
        await lane(partners.get(protocol)!, together)
        await lane(spoilers.get(protocol)!, spoiltRows(protocol))
      }),
    )
    for (const [protocol, partner] of partners) {
      await lane(
        partner,
        rowsOf(protocol).filter(({ scenario }) => scenario.isAlone),
      )
    }
  }, 400_000)

  afterAll(() => ground.stop())

  test.each(PROTOCOLS.flatMap(rowsOf).map((row) => [keyOf(row), row] as const))(
    'passes: %s',
    (key) => {
      const run = results.get(key)!
      const unpassed = run.steps.filter(({ state }) => state !== 'PASSED')
      expect(unpassed.map(({ kind, expected, got }) => ({ kind, expected, got }))).toEqual([])
      expect(run).toMatchObject({ state: 'PASSED', isSelf: true, note: null })
    },
  )

  test.each(PROTOCOLS.flatMap(spoiltRows).map((row) => [keyOf(row), row] as const))(
    'does not pass, and names the step: %s',
    (key, { scenario, misbehaviour }) => {
      const run = results.get(key)!
      const fault = run.steps.find(({ state }) => state !== 'PASSED')
      expect(fault?.ordinal).toBe(spoiledStep(scenario, misbehaviour!))
      // Who was never heard of has not failed: nothing was proved.
      expect(run.state).toBe(fault?.state)
      const wanted = misbehaviour === 'silent' ? ['FAILED', 'NOT_CONCLUSIVE'] : ['FAILED']
      expect(wanted).toContain(run.state)
    },
  )

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
    const { checks } = checkEvidence(page)!
    expect(checks).toHaveLength(1 + kept.messages.length)
    expect(checks.filter(({ isGood }) => !isGood)).toEqual([])
  })

  test('leaves neither a fault nor a moved clock behind', async () => {
    const { faults } = await ground.client.json<{ faults: [] }>({ path: '/faults' })
    expect(faults).toEqual([])
    expect(await ground.client.json({ path: '/clock' })).toMatchObject({ offsetMilliseconds: 0 })
  })
})
