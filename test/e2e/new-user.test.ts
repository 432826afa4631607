import { spawnSync } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { lookup } from 'node:dns/promises'
import { join, resolve } from 'node:path'
import { unzipSync } from 'fflate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeWith, run } from '../support/programs.ts'
import { runRaccord, startRaccord, untilSaid, type RaccordRun } from '../support/raccord-command.ts'

/** Not every curl is built with SFTP. */
const curlHasSftp = /\bsftp\b/.test(
  spawnSync('curl', ['--version'], { encoding: 'utf8' }).stdout ?? '',
)

const EXAMPLE = resolve(import.meta.dirname, '../../docs/examples/invoice.xml')

/** A demo that goes on serving, and a person at another terminal, in a folder of his own. */
class Newcomer {
  readonly folder: string
  readonly demo: ReturnType<typeof startRaccord>

  private constructor(folder: string, demo: ReturnType<typeof startRaccord>) {
    this.folder = folder
    this.demo = demo
  }

  static async arrive(
    more: readonly string[] = [],
    environment: Readonly<Record<string, string>> = {},
  ): Promise<Newcomer> {
    const folder = await mkdtemp(join(tmpdir(), 'raccord-test-newcomer-'))
    const args = ['demo', '--data', join(folder, '.raccord'), '--sftp-port', '0', '--api-port', '0']
    const demo = startRaccord([...args, ...more], { cwd: folder, environment })
    await untilSaid(demo, /Send your own/)
    return new Newcomer(folder, demo)
  }

  raccord(line: string): Promise<RaccordRun> {
    return runRaccord(line.split(' '), { cwd: this.folder })
  }

  /** A `--json` command that has to succeed. */
  async json<Document>(line: string): Promise<Document> {
    const end = await this.raccord(`${line} --json`)
    if (end.exitCode !== 0) throw new Error(`${line}: ${end.stderr}`)
    return JSON.parse(end.stdout) as Document
  }

  async leave(): Promise<void> {
    this.demo.kill('SIGKILL')
    await this.demo.ended
    await rm(this.folder, { recursive: true, force: true, maxRetries: 10 })
  }
}

interface Created {
  connection: { id: string; applicationCode: string; state: string }
  files: string[]
}

describe('from npm start to a flow on a connection of one’s own, nothing edited by hand', () => {
  let newcomer: Newcomer

  beforeAll(async () => {
    newcomer = await Newcomer.arrive()
  })
  afterAll(() => newcomer.leave())

  test('takes three commands', async () => {
    const made = await newcomer.raccord('certs make --for sftp --cn my-software --out my')
    expect(made.exitCode, made.stderr).toBe(0)

    const created = await newcomer.raccord('connection create --cert my/client.p7b --submit')
    expect(created.exitCode, created.stderr).toBe(0)
    expect(created.stdout).toMatch(/cnx_\w+ {2}[A-Z0-9]{6} {2}Activated \(.*\) +kit: my\/kit\.zip/)
    // What was not asked for is said aloud.
    expect(created.stderr).toContain('structure 00000000005719')
    expect(created.stderr).toContain('→ send: raccord send FILE --partner my --wait')

    const sent = await newcomer.raccord('send --sample --partner my --wait')
    expect(sent.exitCode, sent.stderr).toBe(0)
    expect(sent.stderr).toContain('✓ integrated')
  })

  test('the connection is then found by its code: shown, sent over, listed in French', async () => {
    const { connections } = await newcomer.json<{ connections: { applicationCode: string }[] }>(
      'connection list',
    )
    const code = connections[0]?.applicationCode ?? ''
    expect((await newcomer.raccord(`connection show ${code}`)).stdout).toContain('FSO1110A=partial')
    await cp(EXAMPLE, join(newcomer.folder, 'invoice.xml'))
    const sent = await newcomer.raccord(`send invoice.xml --connection ${code} --wait`)
    expect(sent.stderr).toContain(`FSO1110A_${code}_${code}1110000000000000002.tar.gz`)
    expect(sent.exitCode, sent.stderr).toBe(0)
    // The same invoice again is a duplicate: it arrived, and the verdict says so. A sample is new.
    const twice = await newcomer.raccord(`send invoice.xml --connection ${code} --wait`)
    expect(twice.exitCode).toBe(1)
    expect(twice.stderr).toContain(`raccord flows show ${code}1110000000000000003`)
    const sample = await newcomer.raccord(`send --sample --connection ${code} --wait`)
    expect(sample.exitCode, sample.stderr).toBe(0)
    const french = await newcomer.raccord('--lang fr connection list')
    expect(french.stdout).toContain('Activé')
  })

  test('the same certificate makes no second connection, and no draft is left', async () => {
    const before = await newcomer.json<{ connections: [] }>('connection list')
    const again = await newcomer.raccord('connection create --cert my/client.p7b --submit')
    expect(again.exitCode).toBe(1)
    expect(again.stdout).toContain('✗')
    expect(again.stderr).toContain('→')
    const after = await newcomer.json<{ connections: [] }>('connection list')
    expect(after.connections).toHaveLength(before.connections.length)
  })

  test('the next certificate is put in, and its folder shares the sequence of the last one', async () => {
    const { connections } = await newcomer.json<{ connections: { applicationCode: string }[] }>(
      'connection list',
    )
    const code = connections[0]?.applicationCode ?? ''
    await newcomer.json('certs make --for sftp --cn my-software --out next')
    const day = new Date(Date.now() - 86_400_000).toISOString().slice(0, 10)
    await newcomer.json(`connection certificate ${code} next/client.p7b --starts ${day}`)
    await newcomer.json(`connection submit ${code}`)
    await newcomer.json(`connection kit ${code} --partner next`)
    const sent = await newcomer.raccord('send --sample --partner next --wait')
    expect(sent.exitCode, sent.stderr).toBe(0)
    expect(sent.stderr).toContain(`${code}1110000000000000005`)
    // Until it ends, the last one is accepted too.
    expect((await newcomer.raccord('send --sample --partner my')).exitCode).toBe(0)
  })

  test('a private key is not sent', async () => {
    const tried = await newcomer.raccord('connection create --cert my/client.key')
    expect(tried.exitCode).toBe(2)
    expect(tried.stderr).toContain('it was not sent')
  })

  test('a form may come from a file, stay a draft, be completed, refused, closed and duplicated', async () => {
    const { folder } = newcomer
    await newcomer.json('certs make --for sftp --cn other --out other')
    await writeFile(
      join(folder, 'form.yaml'),
      'structure: "00000000005719"\ncert: other/client.p7b\nform:\n  codes: { FSO1110A: COMPLETE }\n',
    )
    const { connection } = await newcomer.json<Created>('connection create --file form.yaml')
    expect(connection.state).toBe('DRAFT')
    const code = connection.applicationCode
    const early = await newcomer.raccord(`connection submit ${code}`)
    expect(early.exitCode).toBe(1)
    expect(early.stderr).toContain('✗ contact.email')
    const contact =
      '--contact-name Durand --contact-email d@acme.example --contact-phone 0102030405 --confirm'
    const updated = await newcomer.json<Created['connection']>(
      `connection update ${code} ${contact} --submit`,
    )
    expect(updated.state).toBe('ACTIVATED')
    const probe = await newcomer.json<{ outcome: string }>(`connection probe ${code}`)
    expect(probe.outcome).toBe('not-needed')
    const exported = await newcomer.raccord(`connection export ${code}`)
    await writeFile(join(folder, 'exported.yaml'), exported.stdout)
    const closed = await newcomer.json<Created['connection']>(`connection deactivate ${code}`)
    expect(closed.state).toBe('DEACTIVATED')
    const copy = await newcomer.json<Created['connection']>(`connection duplicate ${code}`)
    expect(copy.state).toBe('DRAFT')
    const back = await newcomer.raccord('connection import exported.yaml')
    expect(back.exitCode, back.stderr).toBe(0)
    const csv = await newcomer.raccord('connection export --state draft')
    expect(csv.stdout.trim().split('\n').length).toBeGreaterThan(2)
  })

  test('what fails says what to try next', async () => {
    for (const [line, exitCode] of [
      ['connection show NOBODY', 1],
      ['connection create --protocol ftp', 2],
      ['connection create --code FSO1110A', 2],
      ['connection create --cert nothing.p7b', 2],
      ['connection create --structure 00000000000001', 1],
      ['connection list --url http://127.0.0.1:9', 3],
      ['connection list --token wrong', 4],
      ['connection probe NOBODY', 1],
      ['connection create --submit', 2],
      ['send --partner my', 2],
      ['send --sample invoice.xml --partner my', 2],
    ] as const) {
      const end = await newcomer.raccord(line)
      expect(end.exitCode, `${line}: ${end.stderr}`).toBe(exitCode)
      expect(end.stderr, line).toContain('→')
    }
  })
})

describeWith(
  'sftp',
  'unzip',
  'sh',
)('the kit', () => {
  let newcomer: Newcomer
  let created: Created
  let kit: string
  let commands: Record<string, string>

  beforeAll(async () => {
    // libssh2 before 1.11, as in some curl, cannot sign with RSA and SHA-2.
    newcomer = await Newcomer.arrive()
    await newcomer.json('certs make --for sftp --cn kit --out own --key ec:P-256')
    created = await newcomer.json<Created>('connection create --cert own/client.p7b --submit')
    kit = join(newcomer.folder, 'kit')
    const zip = join(newcomer.folder, 'own/kit.zip')
    run('unzip', ['-q', zip, '-d', kit])
    await cp(join(newcomer.folder, 'own/client.key'), join(kit, 'client.key'))
    const text = await readFile(join(kit, 'commands.txt'), 'utf8')
    const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
    commands = Object.fromEntries(
      ['sftp', 'sftp-get', 'curl', 'lftp'].map((id, index) => [id, lines[index] ?? '']),
    )
  })
  afterAll(() => newcomer.leave())

  /** The command as it stands, with a name that was not used yet. */
  async function paste(id: string, number: number): Promise<string> {
    const [example = ''] = /FSO\w+\.xml/.exec(commands[id] ?? '') ?? []
    const name = example.replace('900001', `90000${number}`)
    const text = await readFile(EXAMPLE, 'utf8')
    await writeFile(join(kit, name), text.replaceAll('EXAMPLE-1', `KIT-${number}`))
    const line = (commands[id] ?? '').replaceAll(example, name)
    const end = run('sh', ['-c', `cd ${kit} && ${line}`])
    expect(end.code, end.stderr).toBe(0)
    return name
  }

  async function flowNames(): Promise<readonly string[]> {
    const { flows } = await newcomer.json<{ flows: { file: { name: string } }[] }>('flows list')
    return flows.map(({ file }) => file.name)
  }

  test('deposits by the sftp command it holds, with its known_hosts and its OpenSSH settings', async () => {
    const name = await paste('sftp', 1)
    expect(await flowNames()).toContain(name)
  })

  test('knows the host key: another one is refused', async () => {
    const config = join(kit, 'openssh/ssh_config')
    const wrong = join(kit, 'wrong_hosts')
    const known = await readFile(join(kit, 'known_hosts'), 'utf8')
    await writeFile(wrong, known.replaceAll(/(AAAA\S{24})\S{8}/g, '$1AAAAAAAA'))
    await writeFile(
      `${config}.wrong`,
      (await readFile(config, 'utf8')).replace('known_hosts', 'wrong_hosts'),
    )
    const code = created.connection.applicationCode
    const end = run('sh', [
      '-c',
      `cd ${kit} && echo ls | sftp -b - -F openssh/ssh_config.wrong ${code}`,
    ])
    expect(end.code).not.toBe(0)
    expect(end.stderr).toMatch(/HOST IDENTIFICATION|verification failed/)
  })

  describe('curl', () => {
    test.runIf(curlHasSftp || process.env['CI'] === 'true')(
      'deposits by the curl command it holds, which pins the host key',
      async () => {
        const name = await paste('curl', 2)
        expect(await flowNames()).toContain(name)
      },
    )
  })

  describeWith('lftp')('lftp', () => {
    test('deposits by the lftp command it holds', async () => {
      const name = await paste('lftp', 3)
      expect(await flowNames()).toContain(name)
    })
  })

  test('is a folder to send from once the key lies in it, and is in French on request', async () => {
    const sent = await newcomer.raccord(`send ${EXAMPLE} --partner kit`)
    expect(sent.exitCode, sent.stderr).toBe(0)
    const code = created.connection.applicationCode
    await newcomer.json(`--lang fr connection kit ${code} --out french.zip`)
    const french = unzipSync(await readFile(join(newcomer.folder, 'french.zip')))
    expect(Object.keys(french)).toContain('LISEZMOI.md')
  })
})

/** Another name that leads to this machine; undefined when it has none. */
async function otherName(): Promise<string | undefined> {
  for (const name of [hostname(), 'localhost.localdomain', 'localhost']) {
    const found = await lookup(name).catch(() => undefined)
    if (found !== undefined && name !== '127.0.0.1') return name
  }
  return undefined
}

describe('the same from another host name, with --public-host', () => {
  test('three commands, and the name is in the kit, in known_hosts and in what send uses', async () => {
    const name = (await otherName()) ?? 'localhost'
    const newcomer = await Newcomer.arrive(['--public-host', name])
    try {
      await newcomer.json('certs make --for sftp --cn my-software --out my')
      const { files } = await newcomer.json<Created>(
        'connection create --cert my/client.p7b --submit',
      )
      expect(files).toHaveLength(3)
      const address = await readFile(join(newcomer.folder, 'my/connection.json'), 'utf8')
      expect(JSON.parse(address)).toMatchObject({ host: name })
      const known = await readFile(join(newcomer.folder, 'my/known_hosts'), 'utf8')
      expect(known).toContain(`[${name}]:`)
      const kit = unzipSync(await readFile(join(newcomer.folder, 'my/kit.zip')))
      expect(new TextDecoder().decode(kit['openssh/ssh_config'])).toContain(`HostName ${name}`)
      const sent = await newcomer.raccord(`send ${EXAMPLE} --partner my --wait`)
      expect(sent.exitCode, sent.stderr).toBe(0)
    } finally {
      await newcomer.leave()
    }
  })
})
