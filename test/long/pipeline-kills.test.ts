import { expect, test } from 'vitest'
import { killPipelines } from '../support/pipeline-kills.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const FLOWS = 400
const KILLS = 30

test(`the pipeline ends ${FLOWS} flows in their states, once each, over ${KILLS} kill -9`, async () => {
  const folder = await temporaryFolder()
  const seed = Date.now()
  const { kills, orphans, ...tally } = await killPipelines(folder, {
    flows: FLOWS,
    kills: KILLS,
    seed,
  })
  process.stdout.write(
    `${kills} kills (seed ${seed}), ${tally.flows} flows, ${tally.finishedUnderFire} finished under fire, ${orphans} unnamed reports\n`,
  )
  expect(tally).toMatchObject({
    wrongVerdicts: [],
    wrongReports: [],
    wrongTimelines: [],
    wrongNumbers: 0,
  })
  expect(tally.finishedUnderFire).toBeGreaterThan(tally.flows / 2)
  expect(orphans).toBeLessThanOrEqual(kills * 4)
})
