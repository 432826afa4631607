import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { recommendedName } from '../../config/flow-name.ts'
import type { FlowDocument } from '../../gateway/flow.ts'
import { makeUblInvoice } from '../../processing/formats/ubl/sample.ts'
import { freePort } from '../../gateway/cli/free-port.ts'
import { describeWith } from '../support/programs.ts'
import { runRaccord, startRaccord } from '../support/raccord-command.ts'
import { seededRandom } from '../support/seeded-random.ts'

const KILLS = 20
const CLIENTS = 4
const FLOWS_PER_CLIENT = 40
const CODE = 'FSO1110A'
const PARTNER = 'ACM001'

describeWith('sftp')('a gateway killed again and again under OpenSSH uploads', () => {
  let folder: string
  let data: string
  let port: number
  let gateway: ReturnType<typeof startRaccord>
  let sequence = 1_000

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'raccord-test-kills-'))
    data = join(folder, 'data')
    port = await freePort()
    // The demo registers its partner in the folder; `--once` would not keep it.
    gateway = startRaccord(['demo', '--data', data, '--sftp-port', String(port), '--api-port', '0'])
    let said = ''
    gateway.stderr?.on('data', (text: string) => {
      said += text
    })
    // By then it has registered its partner, and done what it shows.
    while (!said.includes('Send your own')) {
      await Promise.race([once(gateway.stderr!, 'data'), gateway.ended])
      if (gateway.exitCode !== null) throw new Error(said)
    }
    gateway.kill('SIGTERM')
    await gateway.ended
  })

  afterAll(async () => {
    gateway.kill('SIGKILL')
    await gateway.ended
    await rm(folder, { recursive: true, force: true, maxRetries: 10 })
  })

  test(`after ${KILLS} kills every flow whose put succeeded is there once, integrated, with one report`, async () => {
    const random = seededRandom(20261122)
    const acknowledged = new Map<string, number>()
    const sent = new Map<string, number>()
    let unfinished: string[] = []
    for (let kill = 0; kill <= KILLS; kill += 1) {
      gateway = startRaccord([
        'serve',
        '--data',
        data,
        '--sftp-port',
        String(port),
        '--api-port',
        '0',
      ])
      await ready()
      const isLast = kill === KILLS
      const clients = await Promise.all(
        Array.from({ length: CLIENTS }, () => uploads(unfinished.splice(0, 20), isLast)),
      )
      const ended = clients.map((client) => client.run())
      if (!isLast) {
        await sleep(200 + random() * 1_000)
        gateway.kill('SIGKILL')
        await gateway.ended
      }
      const outcomes = await Promise.all(ended)
      unfinished = []
      for (const outcome of outcomes) {
        for (const [name, bytes] of outcome.sent) sent.set(name, bytes)
        for (const name of outcome.acknowledged) acknowledged.set(name, sent.get(name) ?? -1)
        unfinished.push(...outcome.unacknowledged)
      }
    }
    const flows = await settledFlows()
    const byName = new Map(flows.map((flow) => [flow.file.name, flow]))
    expect(byName.size, 'a flow is recorded once').toBe(flows.length)
    const lost = [...acknowledged.keys()].filter((name) => !byName.has(name))
    expect(lost, 'acknowledged and lost').toEqual([])
    for (const [name, bytes] of acknowledged) {
      const flow = byName.get(name)
      expect(flow?.file.size, name).toBe(bytes)
      expect(flow?.state, name).toBe('IN_INTEGRE')
      expect(flow?.returns, name).toHaveLength(1)
    }
    expect(acknowledged.size).toBeGreaterThan(KILLS)
    process.stdout.write(
      `${KILLS} kills, ${sent.size} flows sent, ${acknowledged.size} acknowledged, ${lost.length} lost, ${flows.length - byName.size} twice\n`,
    )
  })

  /** A client that first sends again what was not acknowledged, then new flows. */
  async function uploads(again: readonly string[], isLast: boolean) {
    const names = [...again]
    const fresh = isLast ? 0 : FLOWS_PER_CLIENT
    for (let index = 0; index < fresh; index += 1) {
      sequence += 1
      const name = recommendedName(CODE, PARTNER, sequence, 'xml')
      await writeFile(
        join(folder, name),
        makeUblInvoice({
          number: `K-${sequence}`,
          issueDate: '2026-11-22',
          supplierSiret: '00000000005719',
          recipientSiret: '00000000005734',
        }),
      )
      names.push(name)
    }
    const sizes = await Promise.all(
      names.map(async (name) => [name, (await readFile(join(folder, name))).length] as const),
    )
    return {
      run: () =>
        putAll(names).then((count) => ({
          sent: sizes,
          acknowledged: names.slice(0, count),
          unacknowledged: names.slice(count),
        })),
    }
  }

  /**
   * Puts files in order by one `sftp -b`; resolves to how many succeeded. A batch stops at its
   * first failure and echoes each command as it starts, so an echo says that the one before it
   * was acknowledged.
   */
  function putAll(names: readonly string[]): Promise<number> {
    if (names.length === 0) return Promise.resolve(0)
    const partner = join(data, 'partners', PARTNER)
    const client = spawn(
      'sftp',
      [
        `-b - -P ${port} -o ConnectTimeout=5`.split(' '),
        ['-i', join(partner, 'client.key')],
        ['-o', `UserKnownHostsFile=${join(partner, 'known_hosts')}`],
        `${PARTNER}@127.0.0.1`,
      ].flat(),
      { cwd: folder, stdio: ['pipe', 'pipe', 'ignore'] },
    )
    client.stdin.on('error', () => {}) // the client may be gone before it has read all
    client.stdin.end([...names.map((name) => `put ${name} /depot/`), '-pwd', ''].join('\n'))
    let echoed = ''
    client.stdout.setEncoding('utf8').on('data', (text: string) => {
      echoed += text
    })
    return new Promise((resolve) => {
      client.once('close', () => {
        const started = echoed.split('\n').filter((line) => line.startsWith('sftp> ')).length
        resolve(Math.max(0, started - 1))
      })
    })
  }

  async function ready(): Promise<void> {
    const run = await runRaccord(['ready', '--wait', '120s', '--data', data])
    if (run.exitCode !== 0) throw new Error(run.stderr)
  }

  /** All flows, once each is decided. */
  async function settledFlows(): Promise<FlowDocument[]> {
    for (let attempt = 0; attempt < 240; attempt += 1) {
      const run = await runRaccord(['flows', 'export', '--format', 'json', '--data', data])
      const { flows } = JSON.parse(run.stdout) as { flows: FlowDocument[] }
      if (flows.every((flow) => flow.finishedAt !== null)) return flows
      await sleep(500)
    }
    throw new Error('flows are not decided after two minutes')
  }
})
