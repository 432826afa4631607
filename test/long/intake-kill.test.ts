import { expect, test } from 'vitest'
import { runIntakeKills } from '../support/intake-kills.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

test('nothing acknowledged is lost and nothing is taken twice over 20 kills -9', async () => {
  const result = await runIntakeKills({ folder: await temporaryFolder(), kills: 20 })
  process.stdout.write(`kills at the intake: ${JSON.stringify(result)}\n`)
  expect(result).toMatchObject({
    kills: 20,
    lost: 0,
    takenTwice: 0,
    orphans: 0,
    answeredOtherwise: 0,
  })
  expect(result.acknowledged).toBeGreaterThan(0)
})
