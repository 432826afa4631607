import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { readRunFile, removeRunFile, writeRunFile, type RunFile } from './run-file.ts'

const RUN: RunFile = {
  pid: 1,
  startedAt: '2026-11-22T10:00:00.000Z',
  version: '0.1.0',
  environment: 'qualification',
  url: 'http://127.0.0.1:8080',
  token: 'rct_secret',
  listeners: [{ protocol: 'sftp', host: '127.0.0.1', port: 2222 }],
  journal: 'sqlite',
  queue: 'journal',
  payloads: 'files',
}

let folder: string
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-run-'))
})
afterEach(() => rm(folder, { recursive: true, maxRetries: 10 }))

test('what is written is read back, and its token is its owner’s alone', async () => {
  await writeRunFile(folder, RUN)
  await writeRunFile(folder, { ...RUN, pid: 2 })
  expect(await readRunFile(folder)).toEqual({ ...RUN, pid: 2 })
  expect((await stat(join(folder, 'run.json'))).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['run.json'])
})

test('one left open to others, and what a crash left, are replaced', async () => {
  await writeFile(join(folder, 'run.json'), '{}', { mode: 0o644 })
  await writeFile(join(folder, `.run.json.${process.pid}`), '{"half', { mode: 0o644 })
  await writeRunFile(folder, RUN)
  expect((await stat(join(folder, 'run.json'))).mode & 0o777).toBe(0o600)
  expect(await readdir(folder)).toEqual(['run.json'])
})

test('none, half of one or another program’s is none', async () => {
  expect(await readRunFile(folder)).toBeUndefined()
  for (const text of ['', '{"pid":1', '{"pid":1}', '[]', 'null']) {
    await writeFile(join(folder, 'run.json'), text)
    expect(await readRunFile(folder)).toBeUndefined()
  }
  await removeRunFile(folder)
  await removeRunFile(folder)
  expect(await readdir(folder)).toEqual([])
})
