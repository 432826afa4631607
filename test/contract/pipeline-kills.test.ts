import { expect, test } from 'vitest'
import { killPipelines } from '../support/pipeline-kills.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('a pipeline killed at any moment ends every flow in its state, once, with one report', async () => {
  const folder = await temporaryFolder()
  const { kills, orphans, ...tally } = await killPipelines(folder, {
    flows: 24,
    kills: 2,
    seed: 42,
  })
  process.stdout.write(
    `${kills} kills, ${tally.flows} flows, ${tally.finishedUnderFire} of them finished under fire\n`,
  )
  expect(tally).toMatchObject({
    flows: 24,
    wrongVerdicts: [],
    wrongReports: [],
    wrongTimelines: [],
    wrongNumbers: 0,
  })
  expect(tally.finishedUnderFire).toBeGreaterThan(tally.flows / 2)
  // Reports of attempts that a kill cut before their decision was written.
  expect(orphans).toBeLessThanOrEqual(kills * 4)
})
