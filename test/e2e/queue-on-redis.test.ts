import { once } from 'node:events'
import { join, resolve } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { describeWith } from '../support/programs.ts'
import { runRaccord, startRaccord, type RaccordRun } from '../support/raccord-command.ts'
import { startRedis } from '../support/redis-server.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const EXAMPLE = resolve(import.meta.dirname, '../../docs/examples/invoice.xml')
const ANY_PORTS = ['--sftp-port', '0', '--api-port', '0']

describeWith('redis-server')('a gateway whose queue is on Redis', () => {
  test('takes flows while Redis is not there, and reports on them once it is', async () => {
    const redis = await startRedis({ isDown: true })
    const folder = await temporaryFolder()
    const environment = {
      RACCORD_DATA: join(folder, 'data'),
      RACCORD_QUEUE__URL: redis.url,
    }
    const raccord = (...args: string[]): Promise<RaccordRun> =>
      runRaccord(args, { environment, cwd: folder })
    const made = await raccord('certs', 'make', '--for', 'sftp', '--cn', 'my-test', '--out', 'mine')
    expect(made.exitCode, made.stderr).toBe(0)
    const partner = `sftp:${join(folder, 'mine/client.pem')}`
    const serving = startRaccord(['serve', ...ANY_PORTS, '--partner', partner], { environment })
    onTestFinished(async () => {
      serving.kill('SIGTERM')
      await serving.ended
    })
    await once(serving.stderr!, 'data')
    const ready = await raccord('ready', '--wait', '120s')
    expect(ready.exitCode, ready.stderr).toBe(0)
    expect((await raccord('doctor')).stdout).toContain('! queue: QUEUE_UNAVAILABLE')

    const sent = await raccord('send', EXAMPLE, '--partner', 'mine')
    expect(sent.exitCode, sent.stderr).toBe(0)
    await redis.start()
    const state = async (): Promise<unknown> => {
      const { stdout } = await raccord('flows', 'list', '--json')
      return (JSON.parse(stdout) as { flows: { state: string }[] }).flows.map((flow) => flow.state)
    }
    await expect.poll(state, { timeout: 60_000, interval: 200 }).toEqual(['IN_INTEGRE'])
    expect((await raccord('doctor')).stdout).toMatch(/✓ queue: bullmq on Redis/)
    serving.kill('SIGTERM')
    expect((await serving.ended).exitCode).toBe(0)
  })

  test('runs the demo to its end', async () => {
    const redis = await startRedis()
    const run = await runRaccord(['demo', '--once', '--json'], {
      environment: { RACCORD_QUEUE__URL: redis.url },
    })
    expect(run.exitCode, run.stderr).toBe(0)
    expect(await redis.ask('EXISTS', '{raccord}:flows:id')).toBe(':1')
  })

  test('ends in order although Redis went away meanwhile', async () => {
    const redis = await startRedis()
    const folder = await temporaryFolder()
    const environment = { RACCORD_DATA: folder, RACCORD_QUEUE__URL: redis.url }
    const serving = startRaccord(['serve', ...ANY_PORTS], { environment })
    onTestFinished(() => void serving.kill('SIGKILL'))
    const ready = await runRaccord(['ready', '--wait', '120s'], { environment })
    expect(ready.exitCode, ready.stderr).toBe(0)
    await redis.kill()
    serving.kill('SIGTERM')
    expect((await serving.ended).exitCode).toBe(0)
  })
})
