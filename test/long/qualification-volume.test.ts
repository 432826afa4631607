import { afterAll, beforeAll, expect, test } from 'vitest'
import { startQualifiedGateway, type QualifiedGateway } from '../support/qualified-partners.ts'

/** The default of the scenario. */
const FLOWS = 1_000

let ground: QualifiedGateway

beforeAll(async () => {
  ground = await startQualifiedGateway()
}, 120_000)
afterAll(() => ground.stop())

test('a thousand flows of one run are taken, integrated and reported, none lost and none twice', async () => {
  const partner = await ground.partner('sftp')
  const run = await ground.run({ partner, scenario: 'volume' })
  const unpassed = run.steps.filter(({ state }) => state !== 'PASSED')
  expect(unpassed.map(({ kind, expected, got }) => ({ kind, expected, got }))).toEqual([])
  const [flows, reports] = run.steps
  expect(flows?.values).toMatchObject({ count: FLOWS })
  expect(flows?.got?.en).toBe(`${FLOWS} taken in charge, ${FLOWS} decided, ${FLOWS} integrated`)
  expect(reports?.got?.en).toBe(`${FLOWS} delivered of ${FLOWS}`)
  expect(run).toMatchObject({ state: 'PASSED', isSelf: true })
}, 900_000)
