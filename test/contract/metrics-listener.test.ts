import { pino } from 'pino'
import { expect, test } from 'vitest'
import { Metrics } from '../../gateway/metrics/metrics.ts'
import { startMetricsListener } from '../../gateway/metrics/metrics-listener.ts'

const log = pino({ level: 'silent' })

test('a process without an API answers how it is, and on another port when its own is taken', async () => {
  const options = { host: '127.0.0.1', port: 0, metrics: new Metrics(), log }
  const failing = { name: 'journal', check: () => Promise.reject(new Error('secret')) }
  const first = await startMetricsListener({ ...options, checks: [] })
  const port = Number(new URL(first.url).port)
  const second = await startMetricsListener({ ...options, port, checks: [failing] })
  try {
    expect(second.url).not.toBe(first.url)
    const ready = await fetch(`${first.url}/readyz?probe`)
    expect(await ready.json()).toEqual({ status: 'ready', checks: [] })
    const not = await fetch(`${second.url}/readyz`)
    expect(not.status).toBe(503)
    expect(await not.json()).toEqual({
      status: 'not ready',
      checks: [{ name: 'journal', ok: false, detail: 'failed' }],
    })
    expect((await fetch(`${second.url}/livez`)).status).toBe(200)
    expect(await (await fetch(`${first.url}/metrics`)).text()).toContain('raccord_sessions')
    expect((await fetch(`${first.url}/api/v1/flows`)).status).toBe(404)
    expect((await fetch(`${first.url}/metrics`, { method: 'POST' })).status).toBe(405)
  } finally {
    await Promise.all([first.stop(), second.stop()])
  }
})
