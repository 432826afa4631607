import { chmod, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Worker } from 'node:worker_threads'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'

let folder: string
const started: Gateway[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-gateway-'))
})
afterEach(async () => {
  for (const gateway of started.splice(0)) await gateway.stop()
  await rm(folder, { recursive: true, maxRetries: 10 })
})

async function start(overrides: Record<string, unknown> = {}): Promise<Gateway> {
  const gateway = await startGateway(
    loadConfig({
      environment: {},
      overrides: {
        data: folder,
        api: { port: 0 },
        sftp: { port: 0 },
        as2: { port: 0, httpsPort: 0 },
        pesit: { port: 0 },
        log: { level: 'silent' },
        ...overrides,
      },
    }),
  )
  started.push(gateway)
  return gateway
}

test('a gateway whose journal dies is not ready, says that it is lost and lets itself be stopped', async () => {
  const threads: Worker[] = []
  const heard = (thread: Worker): number => threads.push(thread)
  process.on('worker', heard)
  const gateway = await start()
  process.off('worker', heard)
  const ready = (): Promise<Response> => fetch(`${gateway.run.url}/readyz`)
  expect((await ready()).status).toBe(200)
  // The writer of the journal is the first thread there is.
  await threads[0]?.terminate()
  expect((await gateway.lost).code).toBe('JOURNAL_UNAVAILABLE')
  expect((await ready()).status).toBe(503)
  await gateway.stop()
  expect(await readdir(folder)).not.toContain('run.json')
})

test('whatever a gateway writes is for its owner alone, also in a folder open to all', async () => {
  await chmod(folder, 0o755)
  await start()
  const open: string[] = []
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name)
    if (((await stat(path)).mode & 0o077) !== 0) open.push(path)
  }
  expect(open).toEqual([])
})

test('a gateway below its floor of free disk is not ready: it would take nothing', async () => {
  const { run } = await start({ limits: { minFreeDiskBytes: Number.MAX_SAFE_INTEGER } })
  const response = await fetch(`${run.url}/readyz`)
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({
    checks: expect.arrayContaining([{ name: 'disk', ok: false, detail: 'STORE_FULL' }]),
  })
})

test('a part that cannot start takes those before it down again', async () => {
  const first = await start()
  const port = Number(new URL(first.run.url ?? '').port)
  const other = join(folder, 'other')
  await expect(start({ data: other, api: { port } })).rejects.toMatchObject({ code: 'PORT_IN_USE' })
  // The folder is free: nothing of the failed start holds it.
  await start({ data: other })
})
