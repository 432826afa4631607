import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { configSchema } from '../../config/schema.ts'
import { recommendedName } from '../../config/flow-name.ts'
import type { FlowDocument } from '../../gateway/flow.ts'
import type { InvoiceDocument, InvoiceHistory } from '../../gateway/life-cycle/life-cycle.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'
import { archiveBytes } from '../../processing/archives/write-archive.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import type { ExchangePartner } from '../support/exchange/exchange-way.ts'
import { EXCHANGE_WAYS } from '../support/exchange/exchange-ways.ts'
import { runRaccord, type RaccordRun } from '../support/raccord-command.ts'

/** The life cycle of invoices, and flows put through again, by the real command on a real gateway. */

const WAY = EXCHANGE_WAYS.find(({ name }) => name === 'SFTP, fetched')!
const NUMBERS = ['MOVE-1', 'MOVE-2', 'MOVE-3', 'MOVE-4', 'MOVE-5', 'MOVE-6']
const FLOW = recommendedName('FSO1110A', 'TST001', 1, 'tar.gz')
const FLOW_NUMBER = FLOW.split('_')[2]!.slice(0, 25)

let folder: string
let gateway: Gateway
let partner: ExchangePartner

describe.skipIf(!WAY.isHere)('raccord', () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'raccord-test-moves-'))
    gateway = await startGateway(
      configSchema.parse({
        data: folder,
        sftp: { port: 0 },
        as2: { port: 0, https: false },
        pesit: { port: 0 },
        api: { port: 0 },
        log: { level: 'silent' },
        lifeCycle: { batchSeconds: 0 },
      }),
    )
    partner = await WAY.join(gateway, {
      folder,
      applicationCode: 'TST001',
      modes: { FSO1110A: 'PARTIAL' },
    })
    await partner.put(
      FLOW,
      await archiveBytes(
        NUMBERS.map((number) => ({
          name: `${number}.xml`,
          content: makeUblInvoice({
            number,
            issueDate: '2026-11-20',
            supplierSiret: '00000000005719',
            recipientSiret: '00000000005734',
          }),
        })),
      ),
    )
    await raccord('flows', 'wait', FLOW_NUMBER)
    while ((await numbersIn('01')).length < NUMBERS.length) await sleep(100)
  })
  afterAll(async () => {
    await partner.leave()
    await gateway.stop()
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  })

  test('invoices list, show: every invoice with its status and where it may go', async () => {
    const listed = await raccord('invoices', 'list', '--flow', FLOW_NUMBER)
    for (const number of NUMBERS) expect(listed.stdout).toContain(number)
    expect(listed.stdout).toContain('Deposited')
    const shown = await shows('MOVE-1')
    expect(shown).toMatchObject({ number: 'MOVE-1', status: '01', flowNumber: FLOW_NUMBER })
    expect(shown.allowed).toContain('02')
    const unknown = await raccord('invoices', 'show', 'NOT-THERE')
    expect([unknown.exitCode, unknown.stderr]).toEqual([
      1,
      expect.stringContaining('No invoice is called NOT-THERE'),
    ])
  })

  test('invoices advance: one by its id, a selection by numbers, what matches by a filter', async () => {
    const { id } = await shows('MOVE-1')
    const one = await raccord('invoices', 'advance', id, '--to', '02', '--comment', 'En route')
    expect(one.exitCode, one.stderr).toBe(0)
    expect((await shows('MOVE-1')).history).toMatchObject([
      { status: '01' },
      { status: '02', comment: 'En route' },
    ])
    await advances('02', 'MOVE-2', 'MOVE-3')
    expect(await numbersIn('02')).toEqual(['MOVE-1', 'MOVE-2', 'MOVE-3'])
    await advances('02', '--status', '01', '--connection', 'TST001')
    await advances('03', '--status', '02', '--flow', FLOW_NUMBER)
    expect(await numbersIn('03')).toEqual(NUMBERS)
  })

  test('an illegal move is refused, with the moves that are allowed', async () => {
    const end = await raccord('invoices', 'advance', 'MOVE-1', '--to', '02')
    expect(end.exitCode).toBe(1)
    expect(end.stderr).toContain('is in status 03 and cannot go to 02')
    for (const allowed of ['04 (recipient)', '06 (recipient)', '11 (recipient)']) {
      expect(end.stderr).toContain(allowed)
    }
    // Of a filter, what may not be moved is told and nothing else: exit 1.
    const many = await raccord('invoices', 'advance', '--status', '03', '--to', '02', '--json')
    expect(many.exitCode).toBe(1)
    const { moved, refused } = JSON.parse(many.stdout) as Advanced
    expect(moved).toBe(0)
    expect(refused.map(({ number }) => number)).toEqual(NUMBERS)
    for (const { allowed } of refused) expect(allowed).toContain('11')
    expect(await numbersIn('03')).toEqual(NUMBERS)
  })

  test('a script moves step by step, and a profile what it is given', async () => {
    const script = ['steps:', "  - { to: '07' }", "  - { to: '11', after: 1s, comment: Payée }"]
    await writeFile(join(folder, 'pay.yaml'), `${script.join('\n')}\n`)
    const path = join(folder, 'pay.yaml')
    const planned = await raccord('invoices', 'advance', 'MOVE-4', '--script', path)
    expect([planned.exitCode, planned.stderr]).toEqual([0, expect.stringContaining('1 invoices')])
    await expect.poll(() => shows('MOVE-4'), { timeout: 60_000 }).toMatchObject({ status: '11' })
    expect((await shows('MOVE-4')).history.slice(-2)).toMatchObject([
      { status: '07' },
      { status: '11', comment: 'Payée' },
    ])
    const profile = ['--profile', 'quick', '--seed', '3', '--json']
    const given = await raccord('invoices', 'advance', 'MOVE-5', ...profile)
    expect(JSON.parse(given.stdout)).toEqual({ planned: 1 })
    await writeFile(join(folder, 'wrong.yaml'), 'steps: []\n')
    const wrong = await raccord('invoices', 'advance', '--script', join(folder, 'wrong.yaml'))
    expect([wrong.exitCode, wrong.stderr]).toEqual([2, expect.stringContaining('has no steps')])
  })

  test('a supplier completes a suspended invoice with a document', async () => {
    await advances('06', 'MOVE-2')
    const file = join(folder, 'order.pdf')
    await writeFile(file, '%PDF-1.7\n')
    const end = await raccord(
      'invoices',
      'complete',
      'MOVE-2',
      file,
      '--comment',
      'Voici',
      '--json',
    )
    expect(end.exitCode, end.stderr).toBe(0)
    expect(JSON.parse(end.stdout)).toMatchObject({
      status: '12',
      documents: [{ name: 'order.pdf', bytes: 9 }],
    })
    // It is not suspended any more.
    const again = await raccord('invoices', 'complete', 'MOVE-2', file)
    expect([again.exitCode, again.stderr]).toEqual([1, expect.stringContaining('status 12')])
  })

  test('a supplier acknowledges a rejection and recycles the invoice under its number', async () => {
    await advances('04', 'MOVE-3')
    const noted = await raccord('invoices', 'acknowledge', 'MOVE-3', '--json')
    expect((JSON.parse(noted.stdout) as InvoiceHistory).acknowledgedAt).not.toBeNull()
    const end = await raccord(
      'invoices',
      'recycle',
      'MOVE-3',
      '--service',
      'SANS-EJ',
      '--engagement',
      'EJ-7',
      '--json',
    )
    expect(end.exitCode, end.stderr).toBe(0)
    expect(JSON.parse(end.stdout)).toMatchObject({
      number: 'MOVE-3',
      status: '01',
      acknowledgedAt: null,
      recipient: { id: '00000000005734', service: 'SANS-EJ', engagement: 'EJ-7' },
    })
    const refused = await raccord('invoices', 'recycle', 'MOVE-1', '--service', 'X')
    expect([refused.exitCode, refused.stderr]).toEqual([1, expect.stringContaining('status 03')])
  })

  test('flows follow says each step as it happened, flows export every flow as a line or a row', async () => {
    const followed = await raccord('flows', 'follow', '--after', '0-0', '--count', '3', '--json')
    expect(followed.exitCode, followed.stderr).toBe(0)
    const steps = followed.stdout.trimEnd().split('\n')
    expect(steps.map((line) => (JSON.parse(line) as Step).event)).toEqual(['flow', 'flow', 'flow'])
    const lines = (await raccord('flows', 'export')).stdout.trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as FlowDocument).number)).toEqual([FLOW_NUMBER])
    const [head = '', row = ''] = (
      await raccord('flows', 'export', '--format', 'csv')
    ).stdout.split('\n')
    expect(head.startsWith('\uFEFF')).toBe(true)
    expect(row).toContain(`${FLOW_NUMBER};`)
  })

  test('flows replay puts the flow through again, counts nothing twice and holds its report', async () => {
    const before = await statuses()
    const end = await raccord('flows', 'replay', FLOW_NUMBER, '--wait', '--json', '--reason', 'try')
    expect(end.exitCode, end.stderr).toBe(0)
    const { replays } = JSON.parse(end.stdout) as { replays: readonly FlowDocument[] }
    const [replay] = replays
    expect(replay).toMatchObject({
      state: 'IN_INTEGRE',
      invoices: { total: NUMBERS.length, integrated: NUMBERS.length },
      returns: [{ state: 'HELD' }],
    })
    const shown = (await raccord('flows', 'show', FLOW_NUMBER)).stdout
    expect(shown).toContain(`replayed as ${replay!.id}`)
    expect(shown).toMatch(/MOVE-4 {2}11 In payment {2}00000000005734/)
    expect(await statuses()).toEqual(before)
    for (const id of [FLOW_NUMBER, replay!.number]) {
      const verified = await raccord('flows', 'verify', id)
      expect([verified.exitCode, verified.stdout]).toEqual([
        0,
        expect.stringContaining('✓ content'),
      ])
    }
    const unknown = await raccord('flows', 'replay', 'flw_none')
    expect(unknown.exitCode).toBe(1)
  })
})

interface Step {
  readonly event: string
  readonly data: { readonly flowId?: string }
}

interface Advanced {
  readonly moved: number
  readonly refused: readonly { readonly number: string; readonly allowed: readonly string[] }[]
}

const raccord = (...args: readonly string[]): Promise<RaccordRun> =>
  runRaccord([...args, '--data', folder], { cwd: folder })

async function shows(name: string): Promise<InvoiceHistory> {
  const end = await raccord('invoices', 'show', name, '--json')
  expect(end.exitCode, end.stderr).toBe(0)
  return JSON.parse(end.stdout) as InvoiceHistory
}

async function advances(to: string, ...which: readonly string[]): Promise<void> {
  const end = await raccord('invoices', 'advance', ...which, '--to', to)
  expect(end.exitCode, end.stderr).toBe(0)
}

async function statuses(): Promise<Readonly<Record<string, string>>> {
  const end = await raccord('invoices', 'list', '--limit', '100', '--json')
  const { items } = JSON.parse(end.stdout) as { items: readonly InvoiceDocument[] }
  return Object.fromEntries(items.map(({ number, status }) => [number ?? '', status]))
}

async function numbersIn(status: string): Promise<readonly string[]> {
  const all = await statuses()
  return Object.keys(all)
    .filter((number) => all[number] === status)
    .toSorted()
}
