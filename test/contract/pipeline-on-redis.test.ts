import { expect, test } from 'vitest'
import { disturbPipeline } from '../support/pipeline-kills.ts'
import { describeWith } from '../support/programs.ts'
import { startRedis } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const FLOWS = 60

/** Every flow in its state, with its one report and its whole timeline, numbers held once. */
const EACH_ONCE = {
  flows: FLOWS,
  wrongVerdicts: [],
  wrongReports: [],
  wrongTimelines: [],
  wrongNumbers: 0,
}
/** Reports that two runs of one job made for one decision: as many as are in hand at a time. */
const ORPHANS_EACH = 4

describeWith('redis-server')('a pipeline whose queue is on Redis', () => {
  test('ends every flow once, although Redis is emptied again and again', async () => {
    const redis = await startRedis()
    const { orphans, ...tally } = await disturbPipeline(await temporaryFolder(), {
      flows: FLOWS,
      queueUrl: redis.url,
      async disturb(finished) {
        for (const count of [3, 12, 20, 30, 40, 50]) {
          await finished(count)
          await redis.ask('FLUSHALL')
        }
      },
    })
    expect(tally).toEqual(EACH_ONCE)
    expect(orphans).toBeLessThanOrEqual(6 * ORPHANS_EACH)
  })

  test('ends every flow once, although Redis is killed and started again and again', async () => {
    const redis = await startRedis()
    const { orphans, ...tally } = await disturbPipeline(await temporaryFolder(), {
      flows: FLOWS,
      queueUrl: redis.url,
      async disturb(finished) {
        for (const count of [3, 20, 40]) {
          await finished(count)
          await redis.kill()
          await redis.start()
        }
      },
    })
    expect(tally).toEqual(EACH_ONCE)
    expect(orphans).toBeLessThanOrEqual(3 * ORPHANS_EACH)
  })

  test('takes up what was accepted while Redis was not there', async () => {
    const redis = await startRedis({ isDown: true })
    const { orphans, ...tally } = await disturbPipeline(await temporaryFolder(), {
      flows: FLOWS,
      queueUrl: redis.url,
      leaseSeconds: 60,
      disturb: () => redis.start(),
    })
    expect({ orphans, ...tally }).toEqual({ orphans: 0, ...EACH_ONCE })
  })
})
