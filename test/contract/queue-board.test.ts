import { expect, onTestFinished, test } from 'vitest'
import { createLogger } from '../../gateway/logger.ts'
import { openBullmqQueue } from '../../gateway/queue/bullmq/bullmq-queue.ts'
import type { Job } from '../../gateway/queue/queue.ts'
import { newPerson, type ApiPerson } from '../support/api-people.ts'
import { describeWith } from '../support/programs.ts'
import { startRedis } from '../support/redis-server.ts'
import { startedApi } from '../support/started-api.ts'

const JOB: Job = { id: 'extract-flw_1', kind: 'extract', flowId: 'flw_1' }
/** From below `/api/v1`, where whoever asks starts. */
const BOARD = '/../../ops/queues'

async function boardOfOneJob() {
  const redis = await startRedis()
  const queue = openBullmqQueue({ url: redis.url, log: createLogger('silent') })
  onTestFinished(() => queue.close())
  await queue.enqueue([JOB])
  return { queue, redis, ...(await startedApi({ queue })) }
}

const codeOf = async (response: Response): Promise<unknown> =>
  ((await response.json()) as { code?: unknown }).code

describeWith('redis-server')('the pages of the work queue', () => {
  test('show operators what is in it, with scripts of their own only', async () => {
    const { machine, url } = await boardOfOneJob()
    const { person } = await newPerson(url, machine, 'olga', ['operator'])
    const page = await person.ask('GET', BOARD)
    expect(page.status).toBe(200)
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; script-src 'self';/,
    )
    const html = await page.text()
    expect(html).toContain('<base href="/ops/queues/"')
    const script = /<script defer src="([^"]+)"/.exec(html)?.[1]
    expect((await person.ask('GET', `${BOARD}/${script}`)).status).toBe(200)
    const queues = await person.ask('GET', `${BOARD}/api/queues?activeQueue=flows&status=waiting`)
    expect(await queues.json()).toMatchObject({
      queues: [
        {
          name: 'flows',
          readOnlyMode: true,
          counts: { waiting: 1 },
          jobs: [{ id: JOB.id, name: 'extract', data: { flowId: 'flw_1' } }],
        },
      ],
    })
  })

  test('change nothing', async () => {
    const { machine, queue } = await boardOfOneJob()
    for (const [method, path] of [
      ['PUT', '/api/queues/flows/pause'],
      ['PUT', '/api/queues/pause'],
      ['PUT', '/api/queues/flows/obliterate'],
      ['PUT', `/api/queues/flows/${JOB.id}/clean`],
      ['POST', '/api/queues/flows/add'],
    ] as const) {
      const refused = await machine.ask(method, BOARD + path, {})
      expect([refused.status, await codeOf(refused)], path).toEqual([405, 'API_METHOD_REFUSED'])
    }
    expect(await queue.counts()).toEqual([{ kind: 'extract', state: 'READY', count: 1 }])
  })

  test('are for operators and administrators, and nobody else learns of them', async () => {
    const { machine, url } = await boardOfOneJob()
    const statusFor = async (person: ApiPerson): Promise<number> =>
      (await person.ask('GET', `${BOARD}/api/queues`)).status
    expect((await fetch(`${url}/ops/queues/static/favicon.ico`)).status).toBe(401)
    const roles = { administrator: 200, auditor: 403 }
    for (const [role, status] of Object.entries(roles)) {
      const { person } = await newPerson(url, machine, role, [role])
      expect(await statusFor(person), role).toBe(status)
    }
    expect(await statusFor((await newPerson(url, machine, 'member')).person)).toBe(403)
  })

  test('answer while Redis is not there, and again once it is', async () => {
    const { machine, redis } = await boardOfOneJob()
    const ask = async (): Promise<number> =>
      (await machine.ask('GET', `${BOARD}/api/queues`)).status
    expect(await ask()).toBe(200)
    await redis.kill()
    expect(await ask()).toBeGreaterThanOrEqual(500)
    await redis.start()
    await expect.poll(ask, { timeout: 60_000, interval: 50 }).toBe(200)
  })
})

test('a queue without pages says so to those who may ask', async () => {
  const { machine, url } = await startedApi()
  const response = await machine.ask('GET', BOARD)
  expect([response.status, await codeOf(response)]).toEqual([404, 'API_NOT_FOUND'])
  expect((await fetch(`${url}/ops/queues`)).status).toBe(401)
})
