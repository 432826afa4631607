import { execFile } from 'node:child_process'
import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { runRaccord } from '../support/raccord-command.ts'

const run = promisify(execFile)
const ROOT = resolve(import.meta.dirname, '../..')

/** PATH without the Node that npm brought: what a user of the package has. */
const environment = {
  ...process.env,
  PATH: (process.env['PATH'] ?? '')
    .split(':')
    .filter((folder) => !folder.includes('node_modules') && !folder.includes('node-gyp-bin'))
    .join(':'),
  npm_config_update_notifier: 'false',
}

let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-pack-'))
})

afterAll(() => rm(folder, { recursive: true, force: true, maxRetries: 10 }))

test('the packed package, installed elsewhere, runs the same demo on the Node of its user', async () => {
  await run('npm', ['run', 'build'], { cwd: ROOT })
  await run('npm', ['pack', '--pack-destination', folder], { cwd: ROOT, env: environment })
  const tarball = (await readdir(folder)).find((name) => name.endsWith('.tgz')) ?? ''
  const place = join(folder, 'elsewhere')
  await mkdir(place)
  await run('npm', ['init', '-y'], { cwd: place, env: environment })
  await run('npm', ['install', '--ignore-scripts', '--prefer-offline', join(folder, tarball)], {
    cwd: place,
    env: environment,
  })
  const installed = join(place, 'node_modules/raccord')
  expect(await readdir(installed)).not.toContain('test')
  const { stdout: node } = await run('sh', ['-c', 'command -v node'], { env: environment })
  const demo = await runRaccord(['demo', '--once', '--json'], {
    cwd: place,
    node: node.trim(),
    entry: join(place, 'node_modules/.bin/raccord'),
  })
  expect(demo.exitCode, demo.stderr).toBe(0)
  expect(JSON.parse(demo.stdout)).toMatchObject({ ok: true })
  expect(await readdir(place)).toEqual(expect.not.arrayContaining(['.raccord', 'data']))
})
