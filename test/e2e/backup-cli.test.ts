import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tmpdir } from 'node:os'
import { loadConfig } from '../../config/load.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'
import { runRaccord, type RaccordRun } from '../support/raccord-command.ts'

/** The commands as an operator has them: beside a gateway that runs, and without one. */

/** A dozen commands, each a process that loads the program. */
const BUSY = { timeout: 900_000 }

let folder: string
let data: string
let gateway: Gateway

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-backup-'))
  data = join(folder, 'data')
  gateway = await startGateway(
    loadConfig({
      environment: {},
      overrides: {
        data,
        api: { port: 0 },
        sftp: { port: 0 },
        as2: { port: 0, httpsPort: 0 },
        pesit: { port: 0 },
        log: { level: 'silent' },
      },
    }),
  )
})
afterAll(async () => {
  await gateway.stop()
  await rm(folder, { recursive: true, force: true })
})

const raccord = (...args: readonly string[]): Promise<RaccordRun> =>
  runRaccord([...args, '--data', data])

async function jsonOf<Document>(...args: readonly string[]): Promise<Document> {
  const run = await raccord(...args, '--json')
  expect(run.exitCode, run.stderr).toBe(0)
  return JSON.parse(run.stdout) as Document
}

/** When the retention ran by itself, or was looked at for the first time. */
function lastRun(): number {
  const database = new DatabaseSync(join(data, 'journal.sqlite'), { readOnly: true })
  const [fact] = database.prepare(`select value from facts where name = 'retention-last'`).all()
  database.close()
  return Number(fact?.['value'] ?? 0)
}

test('beside a running gateway: what would go, what went, a backup, a snapshot', BUSY, async () => {
  interface Report {
    readonly dryRun: boolean
    readonly kinds: readonly { readonly kind: string; readonly count: number }[]
  }
  const plan = await jsonOf<Report>('retention', '--dry-run')
  expect(plan.dryRun).toBe(true)
  expect(plan.kinds.slice(0, 3)).toMatchObject([
    { kind: 'payloads', count: 0 },
    { kind: 'reports', count: 0 },
    { kind: 'transcripts', count: 0 },
  ])
  expect(await jsonOf<Report>('retention', 'run', '--dry-run')).toEqual(plan)
  expect(await jsonOf<Report>('retention', 'run')).toMatchObject({ dryRun: false })
  const table = await raccord('retention')
  expect(table.stdout).toContain('contents of flows')

  const place = join(folder, 'backup')
  expect(await jsonOf('backup', place)).toMatchObject({
    journal: { engine: 'sqlite' },
    payloads: { areCopied: true, damaged: [] },
  })
  const packed = join(folder, 'backup.tar')
  expect(await jsonOf('backup', packed)).toMatchObject({ place: packed })
  const again = await raccord('backup', place)
  expect(again).toMatchObject({ exitCode: 1 })
  expect(again.stderr).toContain('BACKUP_PLACE_TAKEN')
  expect(await jsonOf('snapshot', 'save', 'clean')).toMatchObject({ name: 'clean' })
  // A clock that is moved is a test: what retention takes does not come back with it.
  const moved = await raccord('clock', 'advance', '91d')
  expect(moved.exitCode, moved.stderr).toBe(0)
  for (const command of [
    ['restore', place, '--force'],
    ['snapshot', 'restore', 'clean'],
    ['reset', '--yes'],
  ]) {
    const refused = await raccord(...command)
    expect(refused, command.join(' ')).toMatchObject({ exitCode: 1 })
    expect(refused.stderr).toContain('DATA_FOLDER_IN_USE')
  }
  expect(lastRun()).toBeLessThanOrEqual(Date.now())
})

test(
  'without a gateway: restore, come back to a snapshot, reset when one says yes',
  BUSY,
  async () => {
    await gateway.stop()
    await writeFile(join(data, 'marker'), 'later')
    const unsure = await raccord('reset')
    expect(unsure).toMatchObject({ exitCode: 2 })
    expect(unsure.stderr).toContain('--yes')
    expect(await jsonOf('reset', '--yes')).toEqual({ flows: 0 })
    expect(await jsonOf('snapshot', 'restore', 'clean')).toMatchObject({ name: 'clean' })
    expect(await jsonOf('snapshot', 'list')).toMatchObject({ snapshots: [{ name: 'clean' }] })
    await writeFile(join(data, 'marker'), 'later')
    const restored = await jsonOf<{ readonly putAside: string }>(
      'restore',
      join(folder, 'backup.tar'),
      '--force',
    )
    expect(await readFile(join(restored.putAside, 'marker'), 'utf8')).toBe('later')
  },
)
