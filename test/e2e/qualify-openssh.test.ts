import { spawn } from 'node:child_process'
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { DemoPartner } from '../../gateway/cli/demo-partners.ts'
import { startQualifiedGateway, type QualifiedGateway } from '../support/qualified-partners.ts'
import { RACCORD_ENTRY, startRaccord } from '../support/raccord-command.ts'

/** A partner who knows nothing of ours: OpenSSH, a shell, and what `qualify run` prints. */
describe('a partner who does what is printed, with OpenSSH', () => {
  let base: string
  let ground: QualifiedGateway
  let partner: DemoPartner
  let environment: Readonly<Record<string, string>>

  beforeAll(async () => {
    base = await mkdtemp(join(tmpdir(), 'raccord-printed-'))
    const data = join(base, 'data')
    ground = await startQualifiedGateway(data)
    partner = await ground.partner('sftp')
    const programs = join(base, 'bin')
    await mkdir(programs)
    const command = join(programs, 'raccord')
    await writeFile(command, `#!/bin/sh\nexec '${process.execPath}' '${RACCORD_ENTRY}' "$@"\n`)
    await chmod(command, 0o755)
    environment = {
      PATH: `${programs}:${process.env['PATH']}`,
      HOME: base,
      LC_ALL: 'C',
      RACCORD_DATA: data,
    }
  })

  afterAll(async () => {
    await ground.stop()
    await rm(base, { recursive: true, force: true })
  })

  const inShell = (line: string): Promise<number | null> =>
    new Promise((done, fail) => {
      const child = spawn('sh', ['-c', line], { cwd: base, env: environment, stdio: 'ignore' })
      child.once('error', fail)
      child.once('close', done)
    })

  /** Lines that are printed, as they come; what is fetched is fetched again until it is there. */
  async function follow(args: readonly string[]) {
    const run = startRaccord(['qualify', 'run', ...args], { cwd: base, environment })
    const lines: string[] = []
    let rest = ''
    run.stderr!.on('data', (text: string) => {
      const all = `${rest}${text}`.split('\n')
      rest = all.pop() ?? ''
      lines.push(...all)
    })
    const over = new AbortController()
    const ended = run.ended.finally(() => over.abort())
    const done = (async () => {
      for (let next = 0; !over.signal.aborted;) {
        const line = lines[next]
        if (line === undefined) {
          await sleep(50)
          continue
        }
        const [, typed] = /^\s+(?:\$|→) ((?:raccord|echo|mkdir|mv) .*)$/.exec(line) ?? []
        const code = typed === undefined ? 0 : await inShell(typed)
        const isAwaited = code !== 0 && typed?.includes('get ') === true
        if (isAwaited && lines.length === next + 1) await sleep(200)
        else next += 1
      }
    })()
    const end = await ended
    await done
    return { ...end, lines }
  }

  test.each([
    ['nominal', []],
    ['batch-partial', []],
    ['batch-complete', []],
    ['duplicate', ['--input', 'quietSeconds=1']],
    ['resume', []],
    ['report-fetched-twice', ['--input', 'quietSeconds=1']],
  ])('passes %s', async (scenario, more) => {
    const { applicationCode } = partner.folder
    const args = [scenario, '--connection', applicationCode, '--patience', '200s', ...more]
    const { exitCode, stdout, lines } = await follow(args)
    expect({ exitCode, stdout, said: exitCode === 0 ? [] : lines }).toMatchObject({
      exitCode: 0,
      stdout: expect.stringContaining('✓ passed'),
      said: [],
    })
    // What has to be done, and how long there is for it.
    expect(lines.join('\n')).toMatch(/… 1\. .*\(3:\d\d left\)|… 2\. .*\(3:\d\d left\)/)
  })
})
