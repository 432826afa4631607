import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { runRaccord, startRaccord, untilSaid, type RaccordRun } from '../support/raccord-command.ts'

interface FlowList {
  flows: { id: string; number: string; state: string; interfaceCode: string }[]
  next: string | null
}

const EXAMPLE = resolve(import.meta.dirname, '../../docs/examples/invoice.xml')

let folder: string
let data: string
let demo: ReturnType<typeof startRaccord>

/** A demo that goes on serving, and a person at another terminal. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-cli-'))
  data = join(folder, 'data')
  demo = await startDemo()
})

afterAll(async () => {
  demo.kill('SIGKILL')
  await demo.ended
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})

async function startDemo(...more: string[]): Promise<typeof demo> {
  const args = ['demo', '--data', data, '--sftp-port', '0', '--api-port', '0', ...more]
  const started = startRaccord(args)
  await untilSaid(started, /Send your own/)
  return started
}

const raccord = (...args: string[]): Promise<RaccordRun> =>
  runRaccord(args, { environment: { RACCORD_DATA: data }, cwd: folder })

const invoice = (number: string, fault?: 'wrong-total'): string =>
  makeUblInvoice({
    number,
    issueDate: '2026-11-22',
    supplierSiret: '00000000005719',
    recipientSiret: '00000000005734',
    ...(fault === undefined ? {} : { fault }),
  })

describe('the commands beside a running gateway', () => {
  test('ready and doctor say that all is well', async () => {
    const ready = await raccord('ready', '--wait', '120s', '--json')
    expect(ready.exitCode).toBe(0)
    expect(JSON.parse(ready.stdout)).toMatchObject({ ready: true })
    const doctor = await raccord('doctor')
    expect(doctor.exitCode, doctor.stdout).toBe(0)
    expect(doctor.stdout).toMatch(/✓ SFTP: 127\.0\.0\.1:\d+ answers SSH-2\.0-Raccord/)
  })

  test('the run file and the partner key are for their owner only', async () => {
    for (const path of ['run.json', 'partners/ACM001/client.key']) {
      expect((await stat(join(data, path))).mode & 0o777, path).toBe(0o600)
    }
  })

  test('flows are listed newest first, page by page, and by state in words', async () => {
    const first = JSON.parse(
      (await raccord('flows', 'list', '--json', '--limit', '2')).stdout,
    ) as FlowList
    expect(first.flows).toHaveLength(2)
    expect(first.next).toBe(first.flows[1]?.id)
    const rejected = JSON.parse(
      (await raccord('flows', 'list', '--state', 'rejected', '--json')).stdout,
    ) as FlowList
    expect(rejected.flows.length).toBeGreaterThan(0)
    expect(rejected.flows.every((flow) => flow.state === 'IN_REJETE')).toBe(true)
    const table = await raccord('--lang', 'fr', 'flows', 'list')
    expect(table.stdout).toContain('Intégré partiellement')
  })

  test('a flow is shown by its identifier with findings, timeline and report', async () => {
    const shown = await raccord('flows', 'show', 'ACM0011110000000000000004')
    expect(shown.exitCode, shown.stderr).toBe(0)
    expect(shown.stdout).toContain('Partially integrated')
    expect(shown.stdout).toContain('BR-CO-13')
    expect(shown.stdout).toMatch(/integration\s+passed|report/)
    expect(shown.stdout).toContain('CSO1110A_ACM001_ACM0011110000000000000004')
  })

  test('an unknown flow, a wrong token and a wrong option each have their exit code', async () => {
    const lines: readonly (readonly [line: string, exitCode: number])[] = [
      ['flows show flw_nothing', 1],
      ['flows list --token wrong', 4],
      ['flows list --state nonsense', 2],
      ['flows list --limit many', 2],
      ['flows export --format xml', 2],
      ['--lang de flows list', 2],
      ['send x.xml --via sftp --partner nowhere', 2],
      ['flows lost', 2],
      ['qualify campaign run', 2],
      ['flows wait ACM0011110000000000999999 --timeout 1s', 5],
      ['flows list --url http://127.0.0.1:9', 3],
      ['ready --wait 300ms --url http://127.0.0.1:9', 5],
    ]
    // Together: what each costs is the start of a process.
    const runs = await Promise.all(
      lines.map(async ([line]) => [line, await raccord(...line.split(' '))] as const),
    )
    expect(runs.map(([line, { exitCode }]) => [line, exitCode])).toEqual(lines)
    for (const [line, { stderr }] of runs) expect(stderr, line).toContain('→')
  })

  test('the export holds every flow in each shape', async () => {
    const [lines = '', document = '', same = '', csv = ''] = await Promise.all(
      [[], ['--format', 'json'], ['--json'], ['--format', 'csv']].map(
        async (format) => (await raccord('flows', 'export', ...format)).stdout,
      ),
    )
    const ndjson = lines.trim().split('\n')
    const json = JSON.parse(document) as FlowList
    expect(JSON.parse(same)).toEqual(json)
    expect(ndjson.map((line) => (JSON.parse(line) as { id: string }).id)).toEqual(
      json.flows.map((flow) => flow.id),
    )
    expect(csv.startsWith('\ufeffreceived;flow;')).toBe(true)
    expect(csv.trim().split('\r\n')).toHaveLength(json.flows.length + 1)
  })

  test('send --rate sends generated flows at a rate and tells how fast they were taken', async () => {
    const partner = join(data, 'partners/ACM001')
    const load = ['send', '--partner', partner, '--rate', '200', '--invoices', '2']
    const sent = await raccord(...load, '--count', '12', '--connections', '3', '--json')
    expect(sent.exitCode, sent.stderr).toBe(0)
    expect(JSON.parse(sent.stdout)).toMatchObject({
      ok: true,
      rate: 200,
      count: 12,
      sent: 12,
      accepted: 12,
      refused: 0,
      invoices: 24,
      refusals: [],
      flowsPerSecond: expect.any(Number),
      latencyMilliseconds: {
        p50: expect.any(Number),
        p95: expect.any(Number),
        p99: expect.any(Number),
        max: expect.any(Number),
      },
    })
    const again = await raccord(...load, '--count', '2')
    expect(again.exitCode, again.stderr).toBe(0)
    expect(again.stdout).toMatch(/sent +accepted +refused .*\n.*\n2 +2 +0 /)
    await expect
      .poll(
        async () => {
          const list = await raccord('flows', 'list', '--state', 'integrated', '--json')
          return (JSON.parse(list.stdout) as FlowList).flows.length
        },
        { timeout: 60_000 },
      )
      .toBeGreaterThanOrEqual(14)
    const unknown = await raccord(...load, '--code', 'CSO1110A')
    expect(unknown.exitCode).toBe(2)
    const tooMany = await raccord(...load, '--count', '1000000')
    expect(tooMany.exitCode).toBe(2)
    const noSample = await raccord(...load, '--code', 'FSO1102A')
    expect([noSample.exitCode, noSample.stderr]).toEqual([
      2,
      expect.stringContaining('No samples are made for FSO1102A'),
    ])
    const waited = await raccord(...load, '--count', '3', '--code', 'FSO1100A', '--wait', '--json')
    expect(waited.exitCode, waited.stderr).toBe(0)
    expect(JSON.parse(waited.stdout)).toMatchObject({
      ok: true,
      accepted: 3,
      verdicts: { states: { IN_INTEGRE: 3 }, undecided: 0 },
    })
  })

  test('send packs invoices, waits for the report, and tells good from bad by its exit code', async () => {
    await writeFile(join(folder, 'good.xml'), invoice('CLI-1'))
    await writeFile(join(folder, 'bad.xml'), invoice('CLI-2', 'wrong-total'))
    const partner = join(data, 'partners/ACM001')
    const good = await raccord('send', 'good.xml', '--via', 'sftp', '--partner', partner, '--wait')
    expect(good.exitCode, good.stderr).toBe(0)
    expect(good.stderr).toContain('✓ integrated')
    const both = await raccord(
      ...'send good.xml bad.xml --via sftp --wait --timeout 120s --json --partner'.split(' '),
      partner,
    )
    expect(both.exitCode).toBe(1)
    const document = JSON.parse(both.stdout) as {
      ok: boolean
      report: { status: string; errors: { part: number; code: string }[] }
    }
    expect(document.ok).toBe(false)
    expect(document.report.status).toBe('93')
    expect(document.report.errors.map((error) => error.code)).toEqual(
      expect.arrayContaining(['ERR_FCT_008', 'ERR_FCT_009']),
    )
  })

  test('a flow is waited for, verified, and shown with what the other mode would have made of it', async () => {
    const mixed = 'ACM0011110000000000000004'
    const [known, never, gone, verified, shown] = await Promise.all([
      raccord('flows', 'wait', mixed, '--delivered', '--json'),
      raccord('flows', 'wait', mixed, '--state', 'integrated'),
      raccord('flows', 'wait', 'nobody'),
      raccord('flows', 'verify', mixed),
      raccord('flows', 'show', mixed, '--what-if'),
    ])
    expect([known.exitCode, never.exitCode, gone.exitCode]).toEqual([0, 1, 1])
    expect((JSON.parse(known.stdout) as { number: string }).number).toBe(mixed)
    expect(verified.exitCode, verified.stderr).toBe(0)
    expect(verified.stdout).toMatch(/✓ content.*\n.*✓ return.*\n.*✓ proof/)
    expect(shown.stdout).toContain('What if mode were')
    const returns = await raccord('returns', 'list', '--connection', 'ACM001', '--json')
    const { items } = JSON.parse(returns.stdout) as { items: { id: string; state: string }[] }
    const delivered = items.find(({ state }) => state === 'DELIVERED')!
    const again = await raccord('returns', 'resend', delivered.id, '--reason', 'lost')
    expect(again.exitCode, again.stderr).toBe(0)
    const held = await raccord('returns', 'hold', delivered.id)
    expect(held.stdout).toContain('Held')
    expect((await raccord('returns', 'hold', delivered.id)).exitCode).toBe(1)
    const cancelled = await raccord('returns', 'cancel', delivered.id, '--json')
    expect(JSON.parse(cancelled.stdout)).toMatchObject({ items: [{ state: 'CANCELLED' }] })
    expect((await raccord('returns', 'show', delivered.id)).stdout).toMatch(/✓ attempt 1 .*read/)
  })

  test('send of a refused flow says what the gateway said and exits 1', async () => {
    const name = 'FSO1110A_ACM001_ACM0011110000000000000002.tar.gz'
    await writeFile(join(folder, name), 'other content')
    const sent = await raccord(
      'send',
      name,
      '--via',
      'sftp',
      '--partner',
      join(data, 'partners/ACM001'),
    )
    expect(sent.exitCode).toBe(1)
    expect(sent.stderr).toContain('refused')
  })

  test('certs make leaves the key with the partner and never overwrites one', async () => {
    const made = await raccord('certs', 'make', '--for', 'sftp', '--cn', 'my-test', '--out', 'mine')
    expect(made.exitCode, made.stderr).toBe(0)
    const key = await readFile(join(folder, 'mine/client.key'), 'utf8')
    expect((await stat(join(folder, 'mine/client.key'))).mode & 0o777).toBe(0o600)
    expect(
      (await raccord('certs', 'make', '--for', 'sftp', '--cn', 'my-test', '--out', 'mine'))
        .exitCode,
    ).toBe(0)
    expect(await readFile(join(folder, 'mine/client.key'), 'utf8')).toBe(key)
  })

  test('a second gateway on the same data folder is refused and says why', async () => {
    const second = await raccord('serve', '--sftp-port', '0', '--api-port', '0')
    expect(second.exitCode).toBe(1)
    expect(second.stderr).toContain('DATA_FOLDER_IN_USE')
  })

  test('a demo that was killed goes on in its folder with the next numbers', async () => {
    const before = JSON.parse((await raccord('flows', 'list', '--json')).stdout) as FlowList
    demo.kill('SIGKILL')
    await demo.ended
    demo = await startDemo('--partner', `sftp:${join(folder, 'mine/client.p7b')}`)
    const after = JSON.parse(
      (await raccord('flows', 'list', '--json', '--limit', '100')).stdout,
    ) as FlowList
    const numbers = after.flows.map((flow) => flow.number)
    expect(new Set(numbers).size).toBe(numbers.length)
    expect(numbers).toEqual(expect.arrayContaining(before.flows.map((flow) => flow.number)))
    expect(after.flows.length).toBeGreaterThan(before.flows.length)
  })

  test('one’s own certificate, registered by --partner, sends the example of the docs', async () => {
    const sent = await raccord('send', EXAMPLE, '--partner', 'mine', '--wait')
    expect(sent.exitCode, sent.stderr).toBe(0)
    const kept = await readdir(join(folder, 'mine/returns'))
    expect(kept).toEqual([expect.stringMatching(/^CSO1110A_TST001_.*\.tar\.gz$/)])
  })

  test('refusals say what came, why it was refused and what to do, in both languages', async () => {
    const refusals = await raccord('refusals')
    expect(refusals.stdout).toContain('NAME_MALFORMED')
    expect(refusals.stdout).toMatch(/→ Rename the file/)
    expect((await raccord('--lang', 'fr', 'refusals')).stdout).toMatch(/→ Renommez le fichier/)
  })

  test('a reader that has had enough of an export is no bug', async () => {
    const cut = startRaccord(['flows', 'export', '--data', data])
    await once(cut.stdout!, 'data')
    cut.stdout!.destroy()
    const { exitCode, stderr } = await cut.ended
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' })
  })

  test('SIGTERM ends it in order: exit 0 and no run file', async () => {
    demo.kill('SIGTERM')
    expect((await demo.ended).exitCode).toBe(0)
    await expect(stat(join(data, 'run.json'))).rejects.toThrow('ENOENT')
    expect((await raccord('flows', 'list')).exitCode).toBe(3)
  })
})

describe('a gateway that cannot go on', () => {
  const serve = (place: string, environment: Record<string, string> = {}): Promise<RaccordRun> =>
    runRaccord(['serve', '--data', place, '--sftp-port', '0', '--api-port', '0'], { environment })

  test('because its journal died ends, says so, and lets the next one start', async () => {
    const place = join(folder, 'dying')
    const isUp = `existsSync(${JSON.stringify(join(place, 'run.json'))})`
    const kill = `import { existsSync } from 'node:fs'
      process.on('worker', (thread) => {
        const look = setInterval(() => ${isUp} && (clearInterval(look), thread.terminate()), 200)
      })`
    const died = await serve(place, {
      NODE_OPTIONS: `--import data:text/javascript,${encodeURIComponent(kill)}`,
    })
    expect(died.exitCode, died.stderr).toBe(70)
    expect(died.stderr).toContain('"msg":"journal lost"')
    expect(died.stderr).toContain('[JOURNAL_UNAVAILABLE]\n→')
    await expect(stat(join(place, 'run.json'))).rejects.toThrow('ENOENT')
    const next = startRaccord(['demo', '--once', '--data', place])
    expect((await next.ended).exitCode).toBe(0)
  })

  test('because of its data folder says what is in the way', async () => {
    const file = join(folder, 'no-folder')
    await writeFile(file, '')
    const run = await serve(file)
    expect(run.exitCode).toBe(1)
    expect(run.stderr).toContain('it is not a folder. [DATA_FOLDER_UNUSABLE]\n→')
  })
})

describe('settings', () => {
  test('a document of 5 MB reaches a slow reader whole', async () => {
    const file = join(folder, 'many.yaml')
    await writeFile(file, `sftp:\n  temporaryNames: [${'a,'.repeat(500_000)}a]\n`)
    const check = startRaccord(['serve', '--check', '--json', '--config', file])
    check.stdout?.pause()
    await sleep(3_000)
    check.stdout?.resume()
    const { exitCode, stdout } = await check.ended
    expect(exitCode).toBe(0)
    expect(stdout.length).toBeGreaterThan(5_000_000)
    const { sftp } = JSON.parse(stdout) as { sftp: { temporaryNames: string[] } }
    expect(sftp.temporaryNames).toHaveLength(500_001)
  })

  test('every fault is listed at once, each with its remedy, and the exit code is 2', async () => {
    const run = await runRaccord(['serve', '--check'], {
      environment: { RACCORD_SFTP__PORT: '99999', RACCORD_SFPT__PORT: '1', RACCORD_DATA: data },
    })
    expect(run.exitCode).toBe(2)
    expect(run.stderr).toContain('sftp.port')
    expect(run.stderr).toContain('RACCORD_SFPT__PORT')
  })
})
