import { createHash } from 'node:crypto'
import { once } from 'node:events'
import {
  chmod,
  chown,
  cp,
  mkdir,
  mkdtemp,
  open,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  writeFile,
} from 'node:fs/promises'
import { createServer as createHttpServer } from 'node:http'
import { createServer, type AddressInfo, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { issueLeaf, makeIntermediate, makeRoot } from '../../certs/authority.ts'
import { makeKeyPair } from '../../certs/key-pair.ts'
import { loadConfig } from '../../config/load.ts'
import type { Config } from '../../config/schema.ts'
import { diagnose } from '../../gateway/cli/doctor.ts'
import type { Diagnosis } from '../../gateway/doctor/diagnosis.ts'
import { thisMachine, type Machine } from '../../gateway/doctor/machine.ts'
import { PROBLEMS, type ProblemId } from '../../gateway/doctor/problems.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { lockFolder } from '../../gateway/journal/sqlite/folder-lock.ts'
import { createLogger } from '../../gateway/logger.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { flowRow } from '../support/journal-rows.ts'
import { runRaccord } from '../support/raccord-command.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const DAY = 86_400_000
const ANY_PORTS = {
  RACCORD_API__PORT: '0',
  RACCORD_SFTP__PORT: '0',
  RACCORD_AS2__PORT: '0',
  RACCORD_AS2__HTTPS_PORT: '0',
  RACCORD_PESIT__PORT: '0',
} as const
const log = createLogger('silent')

/** This one, without the limits of the shell that the tests run in: those have tests of their own. */
const machine: Machine = {
  ...thisMachine(),
  openFilesLimit: async () => undefined,
  memoryLimit: async () => undefined,
}

/** A data folder that a gateway has run on; each test plants its problem in a copy of its own. */
let template: string

beforeAll(async () => {
  template = await mkdtemp(join(tmpdir(), 'raccord-doctor-'))
  const gateway = await start(template)
  await gateway.stop()
})
afterAll(() => rm(template, { recursive: true, force: true }))

function start(data: string, limits: Partial<Config['limits']> = {}): Promise<Gateway> {
  return startGateway(
    loadConfig({
      environment: {},
      overrides: {
        data,
        api: { port: 0 },
        sftp: { port: 0 },
        as2: { port: 0, httpsPort: 0 },
        pesit: { port: 0 },
        limits,
        log: { level: 'silent' },
      },
    }),
  )
}

async function stoppedFolder(): Promise<string> {
  const folder = await temporaryFolder()
  await cp(template, folder, { recursive: true })
  await chmod(folder, 0o700)
  return folder
}

interface Visit {
  readonly data: string
  readonly environment?: Readonly<Record<string, string>>
  readonly config?: string
  readonly timeFrom?: string
  readonly on?: Partial<Machine>
}

function visit({ data, environment = {}, on, ...options }: Visit): Promise<readonly Diagnosis[]> {
  return diagnose(
    { data, ...options },
    { environment: { ...ANY_PORTS, ...environment } },
    { ...machine, ...on },
  )
}

/** What is named, besides that no gateway runs there. */
async function named(planted: Visit): Promise<readonly (readonly [ProblemId, string])[]> {
  const diagnoses = await visit(planted)
  return diagnoses.flatMap(({ problem, detail }) =>
    problem === undefined || problem === 'gateway-stopped' ? [] : [[problem, detail.en] as const],
  )
}

async function listening(server: Server, port = 0): Promise<number> {
  await once(server.listen(port, '127.0.0.1'), 'listening')
  onTestFinished(() => void server.close())
  return (server.address() as AddressInfo).port
}

/** Of tcpmux (RFC 1078): nobody listens there. */
const DEAD_PORT = 1
/** Who holds a port or a file can be found out on Linux. */
const OURSELVES = process.platform === 'linux' ? `(pid ${process.pid})` : ''

async function withJournal(
  data: string,
  use: (journal: Awaited<ReturnType<typeof openJournal>>) => Promise<void>,
): Promise<void> {
  const journal = await openJournal({ url: 'sqlite:', dataFolder: data, log })
  try {
    await use(journal)
  } finally {
    await journal.close()
  }
}

describe('a healthy set-up', () => {
  test('has no problem while its gateway runs', async () => {
    const data = await stoppedFolder()
    const gateway = await start(data)
    onTestFinished(() => gateway.stop())
    const diagnoses = await visit({ data })
    expect(diagnoses.filter(({ problem }) => problem !== undefined)).toEqual([])
    expect(diagnoses.length).toBeGreaterThan(15)
  })

  test('has none but that no gateway runs, once it is stopped', async () => {
    const data = await stoppedFolder()
    const problems = (await visit({ data })).flatMap(({ problem }) => problem ?? [])
    expect(problems).toEqual(['gateway-stopped'])
  })
})

describe('doctor names', () => {
  test('a Node that is too old, and one without time zones', async () => {
    const data = await stoppedFolder()
    expect(await named({ data, on: { nodeVersion: '20.20.2' } })).toEqual([
      ['node-too-old', '20.20.2'],
    ])
    const [zone] = await named({ data, on: { timeZone: 'Europe/Lutetia' } })
    expect(zone?.[0]).toBe('time-zone-missing')
  })

  test('a low limit of open files, as the shell has it', async () => {
    const limits = join(import.meta.dirname, '../../gateway/doctor/machine.ts')
    const script = `import(${JSON.stringify(limits)}).then(async (m) => console.log(await m.thisMachine().openFilesLimit()))`
    const { spawnSync } = await import('node:child_process')
    const { stdout } = spawnSync(
      'sh',
      ['-c', 'ulimit -n 256; exec "$0" -e "$1"', process.execPath, script],
      { encoding: 'utf8' },
    )
    const limit = Number(stdout)
    expect(limit).toBe(256)
    const data = await stoppedFolder()
    expect(await named({ data, on: { openFilesLimit: async () => limit } })).toEqual([
      ['open-files-low', '256 < 4096'],
    ])
  })

  test('a control group with little memory', async () => {
    const data = await stoppedFolder()
    const file = join(await temporaryFolder(), 'memory.max')
    await writeFile(file, `${256 * 1024 ** 2}\n`)
    const { memoryLimit } = thisMachine([file])
    expect(await named({ data, on: { memoryLimit } })).toEqual([['memory-limit-low', '256 MiB']])
    await writeFile(file, 'max\n')
    expect(await named({ data, on: { memoryLimit } })).toEqual([])
  })

  test('a misspelt variable, an unknown key of the file and a wrong value, with what was meant', async () => {
    const data = await stoppedFolder()
    const [variable] = await named({ data, environment: { RACCORD_SFTP__PROT: '22' } })
    expect(variable).toEqual([
      'environment-misspelt',
      expect.stringContaining('RACCORD_SFTP__PORT'),
    ])
    const config = join(await temporaryFolder(), 'gateway.yaml')
    await writeFile(config, 'sftp:\n  prot: 22\n')
    const [key] = await named({ data, config })
    expect(key).toEqual([
      'setting-unknown',
      expect.stringMatching(/sftp\.prot .*line 2.*sftp\.port/),
    ])
    const [value] = await named({ data, environment: { RACCORD_SFTP__PORT: '99999' } })
    expect(value?.[0]).toBe('setting-wrong')
  })

  test('secrets that others can read', async () => {
    const data = await stoppedFolder()
    const file = join(await temporaryFolder(), 'mail-password')
    await writeFile(file, 'smtp://nobody:secret@127.0.0.1:1')
    await chmod(file, 0o644)
    const problems = await named({ data, environment: { RACCORD_MAIL__SERVER_FILE: file } })
    expect(problems).toContainEqual(['secret-readable', `${file} (0644)`])
  })

  test('a data folder that is missing, cannot be written, is open to all or belongs to another', async () => {
    const parent = await temporaryFolder()
    const missing = join(parent, 'none')
    expect(await named({ data: missing })).toContainEqual(['data-folder-missing', missing])
    // Not even root makes a file there.
    const unwritable = await named({ data: '/proc' })
    expect(unwritable.map(([problem]) => problem)).toContain('data-folder-unwritable')
    const data = await stoppedFolder()
    await chmod(data, 0o755)
    expect(await named({ data })).toEqual([['data-folder-readable', `${data} (0755)`]])
    await chmod(data, 0o700)
    const { uid } = await stat(data)
    if (process.getuid?.() === 0) await chown(data, 65_534, 65_534)
    // Who is not root cannot give a folder away, and asks as somebody else.
    const on = process.getuid?.() === 0 ? {} : { userId: uid + 1 }
    expect((await named({ data, on })).map(([problem]) => problem)).toEqual([
      'data-folder-of-another',
    ])
  })

  test('a file system of other machines, one that is full, and one without inodes', async () => {
    const data = await stoppedFolder()
    const real = await machine.fileSystemOf(data)
    const on = (changes: Partial<typeof real>): Partial<Machine> => ({
      fileSystemOf: async () => ({ ...real, ...changes }),
    })
    expect(await named({ data, on: on({ type: 0x6969 }) })).toEqual([
      ['data-folder-on-network', 'NFS'],
    ])
    expect(await named({ data, on: on({ inodes: 100_000, freeInodes: 10 }) })).toEqual([
      ['inodes-low', '10 / 100000'],
    ])
    const floor = (bytes: number): Readonly<Record<string, string>> => ({
      RACCORD_LIMITS__MIN_FREE_DISK_BYTES: String(Math.floor(bytes)),
    })
    const full = await named({ data, environment: floor(Number.MAX_SAFE_INTEGER) })
    expect(full.map(([problem]) => problem)).toEqual(['disk-full'])
    const low = await named({ data, environment: floor(real.freeBytes * 0.75) })
    expect(low.map(([problem]) => problem)).toEqual(['disk-low'])
  })

  test('a run file whose token others can read, and a gateway that was killed', async () => {
    const data = await stoppedFolder()
    const gateway = await start(data)
    const text = await readFile(join(data, 'run.json'), 'utf8')
    await gateway.stop()
    await writeFile(join(data, 'run.json'), text.replace(/"pid": \d+/, '"pid": 4194304'))
    await chmod(join(data, 'run.json'), 0o644)
    expect(await named({ data })).toEqual([
      ['token-readable', 'run.json (0644)'],
      ['gateway-gone', 'process 4194304 of run.json is gone: it was killed'],
    ])
  })

  test('private keys that others can read, or that are none', async () => {
    const data = await stoppedFolder()
    const folder = join(data, 'identity')
    const names = (await readdir(folder)).filter((name) => name.endsWith('.pem'))
    const [first = '', second = ''] = names
    await chmod(join(folder, first), 0o640)
    expect(await named({ data })).toEqual([['key-readable', `${join(folder, first)} (0640)`]])
    await chmod(join(folder, first), 0o600)
    await writeFile(join(folder, second), 'no key\n')
    expect((await named({ data })).map(([problem]) => problem)).toContain('key-unreadable')
  })

  test('host keys that are not those that partners have met, before and after the next start', async () => {
    const data = await stoppedFolder()
    await rm(join(data, 'identity'), { recursive: true })
    const gateway = await start(data)
    onTestFinished(() => gateway.stop())
    const [changed] = await named({ data })
    expect(changed).toEqual(['host-key-changed', expect.stringMatching(/^SHA256:/)])
    await gateway.stop()
    expect((await named({ data })).map(([problem]) => problem)).toEqual(['host-key-changed'])
    // A month later everybody knows.
    const on = { now: () => Date.now() + 31 * DAY }
    expect((await named({ data, on })).map(([problem]) => problem)).not.toContain(
      'host-key-changed',
    )
  })

  describe('certificate files', () => {
    let chain: (
      from: number,
      until: number,
    ) => Promise<{ leaf: string; issuer: string; key: string }>
    beforeAll(async () => {
      const root = await makeRoot(Date.now())
      const intermediate = await makeIntermediate(root, Date.now())
      chain = async (from, until) => {
        const pair = await makeKeyPair({ type: 'ec', curve: 'P-256' })
        const { certificatePem, chainPem } = issueLeaf(root, intermediate, {
          commonName: 'raccord.example',
          publicKey: pair.publicKey,
          purpose: 'server',
          notBefore: Date.now() + from * DAY,
          notAfter: Date.now() + until * DAY,
        })
        const key = pair.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
        return { leaf: certificatePem, issuer: chainPem[0] ?? '', key }
      }
    })

    async function problemsOf(certificate: string, key: string): Promise<readonly string[]> {
      const folder = await temporaryFolder()
      const files = { certificate: join(folder, 'chain.pem'), key: join(folder, 'key.pem') }
      await writeFile(files.certificate, certificate)
      await writeFile(files.key, key, { mode: 0o600 })
      const problems = await named({
        data: await stoppedFolder(),
        environment: {
          RACCORD_API__TLS: 'files',
          RACCORD_API__CERTIFICATE_FILE: files.certificate,
          RACCORD_API__KEY_FILE: files.key,
        },
      })
      return problems.map(([problem]) => problem)
    }

    test.each([
      ['certificate-expired', -10, -1],
      ['certificate-not-yet', 1, 90],
      ['certificate-ends-soon', -10, 20],
    ] as const)('%s', async (problem, from, until) => {
      const { leaf, issuer, key } = await chain(from, until)
      expect(await problemsOf(leaf + issuer, key)).toEqual([problem])
    })

    test('of another key, without issuer, unreadable; none of a good pair', async () => {
      const one = await chain(-1, 365)
      const other = await chain(-1, 365)
      expect(await problemsOf(one.leaf + one.issuer, one.key)).toEqual([])
      expect(await problemsOf(one.leaf + one.issuer, other.key)).toEqual([
        'certificate-of-another-key',
      ])
      expect(await problemsOf(one.leaf, one.key)).toEqual(['certificate-chain-incomplete'])
      expect(await problemsOf('nothing', one.key)).toEqual(['certificate-unreadable'])
    })

    test('and those of partners that end', async () => {
      const data = await stoppedFolder()
      await withJournal(data, (journal) =>
        insertConnection(journal, 'cnx_ending', {
          certificate_until: Date.now() + 6 * DAY,
        }),
      )
      expect(await named({ data })).toEqual([
        ['certificate-ends-soon', expect.stringMatching(/^ACM001: .* 5 days left$/)],
      ])
    })
  })

  test('a port that another program has, and which one', async () => {
    const data = await stoppedFolder()
    const port = await listening(createServer())
    const [taken] = await named({ data, environment: { RACCORD_PESIT__PORT: String(port) } })
    expect(taken?.[0]).toBe('port-taken')
    expect(taken?.[1]).toContain(`PeSIT 127.0.0.1:${port} is taken`)
    expect(taken?.[1]).toContain(OURSELVES)
    // An address that is not of this machine (TEST-NET-1).
    const [refused] = await named({ data, environment: { RACCORD_PESIT__HOST: '192.0.2.1' } })
    expect(refused?.[0] ?? 'none').toMatch(/none|port-refused/)
  })

  test('a listener that does not answer, of a gateway that runs', async () => {
    const data = await stoppedFolder()
    const gateway = await start(data)
    onTestFinished(() => gateway.stop())
    const text = await readFile(join(data, 'run.json'), 'utf8')
    const port = gateway.run.listeners.find(({ protocol }) => protocol === 'pesit')?.port
    await writeFile(join(data, 'run.json'), text.replace(`${port}`, `${DEAD_PORT}`))
    expect((await named({ data })).map(([problem]) => problem)).toEqual(['listener-silent'])
  })

  test('a part that fails, by what the gateway says of itself', async () => {
    const data = await stoppedFolder()
    const gateway = await start(data, { minFreeDiskBytes: Number.MAX_SAFE_INTEGER })
    onTestFinished(() => gateway.stop())
    const diagnoses = await visit({ data })
    const failing = diagnoses.filter(({ problem }) => problem === 'part-not-ready')
    expect(failing.map(({ subject }) => subject.en)).toEqual(['disk'])
  })

  // Root may signal the process of anybody.
  test.skipIf(process.getuid?.() === 0)('a gateway of another user', async () => {
    const data = await stoppedFolder()
    const gateway = await start(data)
    onTestFinished(() => gateway.stop())
    const run = JSON.parse(await readFile(join(data, 'run.json'), 'utf8')) as object
    await writeFile(join(data, 'run.json'), JSON.stringify({ ...run, pid: 1 }))
    expect(await named({ data })).toEqual([['gateway-of-another', 'pid 1']])
  })

  test('a journal that is held by something else, newer than the program, damaged', async () => {
    const data = await stoppedFolder()
    const lock = lockFolder(data)
    const [locked] = await named({ data })
    lock.close()
    expect(locked?.[0]).toBe('journal-locked')
    expect(locked?.[1]).toContain(OURSELVES)
    const file = join(data, 'journal.sqlite')
    const database = new DatabaseSync(file)
    database.exec(
      `insert into kysely_migration values ('9999-of-tomorrow', '2027-01-01T00:00:00Z')`,
    )
    database.exec('pragma wal_checkpoint(truncate)')
    database.close()
    expect(await named({ data })).toEqual([['journal-newer', '9999-of-tomorrow']])
    const bytes = await open(file, 'r+')
    const { size } = await bytes.stat()
    // Every page but the first, which says what the file is.
    for (let page = 1; page * 4_096 < size; page += 1) {
      await bytes.write(Buffer.alloc(64, 0xff), 0, 64, page * 4_096)
    }
    await bytes.close()
    const damaged = await named({ data })
    expect(damaged.map(([problem]) => problem)).toContain('journal-damaged')
  })

  test('contents that the journal names and the store has not', async () => {
    const data = await stoppedFolder()
    const kept = createHash('sha256').update('kept').digest('hex')
    const shard = join(data, 'payloads', kept.slice(0, 2))
    await mkdir(shard, { recursive: true })
    await writeFile(join(shard, kept), 'kept')
    await withJournal(data, async (journal) => {
      await insertConnection(journal, 'cnx_partner')
      await journal.write([
        { query: journal.db.insertInto('flows').values(flowRow(1, { sha256: kept })) },
      ])
    })
    expect(await named({ data })).toEqual([])
    await rename(join(shard, kept), join(shard, 'elsewhere'))
    expect(await named({ data })).toEqual([['payload-missing', `1 of 1 sampled: ${kept}…`]])
  })

  test('a clock that is off, by the journal and by an HTTP server', async () => {
    const data = await stoppedFolder()
    await withJournal(data, async (journal) => {
      await insertConnection(journal, 'cnx_partner')
      await journal.write([
        { query: journal.db.insertInto('flows').values(flowRow(1)) },
        {
          query: journal.db.insertInto('flow_events').values({
            flow_id: flowRow(1).id,
            at: Date.now() + 3_600_000,
            stage: 'intake',
            outcome: 'received',
            milliseconds: 0,
            detail_json: '{}',
          }),
        },
      ])
    })
    const byJournal = (await named({ data })).filter(([problem]) => problem === 'clock-off')
    expect(byJournal).toEqual([['clock-off', expect.stringMatching(/behind the last event/)]])
    const server = createHttpServer((_, response) => {
      response.sendDate = false
      response.setHeader('Date', new Date(Date.now() - 3_600_000).toUTCString()).end()
    })
    const timeFrom = `http://127.0.0.1:${await listening(server)}/`
    const byHttp = await named({ data: await stoppedFolder(), timeFrom })
    expect(byHttp).toEqual([['clock-off', expect.stringMatching(/^360\d s ahead of 127/)]])
  })

  test('mail server, partners and bucket that cannot be reached, and deliveries that fail', async () => {
    const data = await stoppedFolder()
    const port = DEAD_PORT
    await withJournal(data, async (journal) => {
      await insertConnection(journal, 'cnx_called', {
        application_code: 'BET002',
        protocol: 'as2',
        running: { network: { as2: { url: `http://127.0.0.1:${port}/as2` } } },
      })
      await journal.write([
        {
          query: journal.db.insertInto('return_flows').values({
            id: 'ret_failing',
            connection_id: 'cnx_called',
            flow_id: null,
            kind: 'report',
            interface_code: 'CSO1110A',
            file_name: 'CSO1110A_BET002_BET0021110000000000000001.tar.gz',
            sha256: '0'.repeat(64),
            bytes: 1,
            created_at: Date.now(),
            available_until: Date.now() + DAY,
            state: 'OFFERED',
            delivered_at: null,
            attempts: 1,
            next_attempt_at: null,
          }),
        },
        {
          query: journal.db.insertInto('deliveries').values({
            return_flow_id: 'ret_failing',
            attempt: 1,
            at: Date.now(),
            outcome: 'failed',
            proof_json: '{}',
          }),
        },
      ])
    })
    const problems = await named({
      data,
      environment: {
        RACCORD_MAIL__SERVER: `smtp://127.0.0.1:${port}`,
        RACCORD_PAYLOADS__URL: `s3://KEY:SECRET@bucket?endpoint=http://127.0.0.1:${port}`,
      },
    })
    expect(problems.map(([problem]) => problem)).toEqual([
      'bucket-unreachable',
      'mail-unreachable',
      'partner-unreachable',
      'delivery-failing',
    ])
    expect(problems[2]?.[1]).toBe(`BET002 127.0.0.1:${port} ECONNREFUSED`)
    expect(problems[3]?.[1]).toBe('BET002: 1')
    expect(JSON.stringify(problems)).not.toContain('SECRET')
  })
})

test('the command says it in the language that was asked for, each fault with its next step', async () => {
  const data = await stoppedFolder()
  const environment = { RACCORD_DATA: data, RACCORD_API__PORT: '0', RACCORD_SFTP__PORT: '0' }
  const well = await runRaccord(['doctor'], { environment })
  expect(well.exitCode, well.stdout + well.stderr).toBe(0)
  expect(well.stdout).toContain('! gateway: ')
  await writeFile(join(data, 'journal.sqlite'), 'this is no database at all, whatever it is named')
  const french = await runRaccord(['--lang', 'fr', 'doctor'], { environment })
  expect(french.exitCode).toBe(1)
  expect(french.stdout).toMatch(/✗ intégrité du journal: .*\n {2}Le fichier.*\n {2}→ Arrêtez/)
  const json = await runRaccord(['doctor', '--json'], { environment })
  const document = JSON.parse(json.stdout) as { ok: boolean; checks: { problem?: string }[] }
  expect(document.ok).toBe(false)
  expect(document.checks).toContainEqual({
    what: 'integrity of the journal',
    verdict: 'fail',
    detail: expect.any(String),
    problem: 'journal-damaged',
    cause: PROBLEMS['journal-damaged'].cause.en,
    nextStep: PROBLEMS['journal-damaged'].remedy.en,
  })
})
