import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readRunFile } from '../../gateway/run-file.ts'
import { byToken, type ApiPerson } from '../support/api-people.ts'
import { testCertificate } from '../support/connection-forms.ts'
import { runRaccord, startRaccord, untilSaid, type RaccordRun } from '../support/raccord-command.ts'

const FORM = {
  contact: { name: 'Durand', email: 'edi@partner.example', telephone: '01 23 45 67 89' },
  codes: { FSO1110A: 'PARTIAL' },
  confirmations: { documentationRead: true, technicalSkill: true },
}

interface Connection {
  readonly id: string
  readonly applicationCode: string
  readonly state: string
  readonly certificates: readonly {
    readonly isRunning: boolean
    readonly startsAt: string | null
  }[]
}

let folder: string
let serve: ReturnType<typeof startRaccord>
let machine: ApiPerson
let url: string
let siret: string

/**
 * One gateway for all of them, whose automatic processing is far off: only what an operator does
 * happens. What is not tried here is done over the API, which costs no process.
 */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-connection-cli-'))
  const data = join(folder, '.raccord')
  serve = startRaccord(
    ['serve', '--data', data, '--sftp-port', '0', '--api-port', '0', '--log-level', 'error'],
    { cwd: folder, environment: { RACCORD_CONNECTIONS__ACTIVATION: 'next-day' } },
  )
  await untilSaid(serve, /--setup/)
  const run = await readRunFile(data)
  url = run?.url ?? ''
  machine = byToken(url, run?.token ?? '')
  const set = await made<{ structures: { siret: string }[] }>('POST', '/data-set', {
    seed: 'cli',
    count: 3,
  })
  siret = set.structures[0]?.siret ?? ''
})

afterAll(async () => {
  serve.kill('SIGKILL')
  await serve.ended
  await rm(folder, { recursive: true, force: true, maxRetries: 10 })
})

const raccord = (line: string, environment: Record<string, string> = {}): Promise<RaccordRun> =>
  runRaccord(line.split(' '), { cwd: folder, environment })

/** A request of the local owner that has to succeed. */
async function made<Document>(method: string, path: string, body?: unknown): Promise<Document> {
  const answer = await machine.ask(method, path, body)
  expect(answer.ok, `${method} ${path}: ${answer.status}`).toBe(true)
  return (await answer.json()) as Document
}

const find = (id: string): Promise<Connection> => made('GET', `/connections/${id}`)

/** A draft with its certificate, the public side of a key that nobody needs. */
async function draft(bytes?: Uint8Array): Promise<Connection> {
  const { id } = await made<Connection>('POST', '/connections', {
    siret,
    protocol: 'sftp',
    form: FORM,
  })
  const certificate = bytes ?? (await testCertificate()).bytes
  const answer = await machine.ask('POST', `/connections/${id}/certificates`, certificate, {
    'Content-Type': 'application/octet-stream',
  })
  expect(answer.status).toBe(200)
  return find(id)
}

async function sent(): Promise<Connection> {
  const { id } = await draft()
  return made('POST', `/connections/${id}/submit`)
}

describe('structures and rights, from the command line', () => {
  test('an area is opened once; then it is said so, with what to do', async () => {
    const opened = await raccord(`structures open-area ${siret}`)
    expect(opened.exitCode, opened.stderr).toBe(0)
    expect(opened.stdout).toContain(`${siret}  open`)
    const again = await raccord(`structures open-area ${siret}`)
    expect(again.exitCode).toBe(1)
    expect(again.stderr).toContain('→')
  })

  test('rights that are asked for are listed, accepted, and in force', async () => {
    const { user } = await made<{ user: { id: string } }>('POST', '/users', {
      login: 'modifier',
      firstName: 'Mo',
      name: 'Difier',
      email: 'mo@partner.example',
    })
    await made('PUT', `/structures/${siret}/attachments/${user.id}`, { role: 'MEMBER' })
    const { secret } = await made<{ secret: string }>('POST', '/tokens', {
      name: 'cli',
      userId: user.id,
    })
    const asked = await raccord(`subscriptions request ${siret} --modify`, {
      RACCORD_TOKEN: secret,
    })
    expect(asked.exitCode, asked.stderr).toBe(0)
    expect(asked.stdout).toContain('requested')
    const pending = await raccord('--lang fr subscriptions list --pending')
    expect(pending.stdout).toMatch(/utilisateur +droits +demandés/)
    expect(pending.stdout).toMatch(/modifier +— +consulter modifier/)
    const accepted = await raccord(`subscriptions accept ${siret}:${user.id}`)
    expect(accepted.exitCode, accepted.stderr).toBe(0)
    const his = byToken(url, secret)
    const order = { siret, protocol: 'sftp', form: {} }
    expect((await his.ask('POST', '/connections', order)).status).toBe(201)
  })
})

describe('what an operator does with a connection, from the command line', () => {
  test('a form is refused with its motive, sent again, and activated', async () => {
    const { applicationCode, id } = await sent()
    const withoutMotive = await raccord(`connection refuse ${applicationCode}`)
    expect(withoutMotive.exitCode).toBe(2)
    const refused = await runRaccord(
      ['--lang', 'fr', 'connection', 'refuse', applicationCode, '--motive', 'Not your address'],
      { cwd: folder },
    )
    expect(refused.stdout).toContain(`${applicationCode}  Brouillon`)
    expect(refused.stderr).toContain(`→ raccord connection submit ${applicationCode}`)
    const waiting = await raccord(`--lang fr connection submit ${applicationCode}`)
    expect(waiting.exitCode).toBe(5)
    expect(waiting.stderr).toContain('est soumis ; il sera traité le')
    const activated = await raccord(`connection activate ${applicationCode}`)
    expect(activated.exitCode, activated.stderr).toBe(0)
    expect((await find(id)).state).toBe('ACTIVATED')
  })

  test('a draft cannot be activated', async () => {
    const { applicationCode } = await draft()
    const tried = await raccord(`connection activate ${applicationCode}`)
    expect(tried.exitCode).toBe(1)
    expect(tried.stderr).toContain('→')
  })

  test('a renewal starts on its day, beside the present certificate', async () => {
    const { applicationCode, id } = await sent()
    await made('POST', `/connections/${id}/activate`)
    await writeFile(join(folder, 'next.p7b'), (await testCertificate()).bytes)
    const day = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10)
    const renewed = await raccord(
      `connection certificate ${applicationCode} next.p7b --starts ${day}`,
    )
    expect(renewed.exitCode, renewed.stderr).toBe(0)
    expect(renewed.stderr).toContain(`→ send it: raccord connection submit ${applicationCode}`)
    expect((await find(id)).certificates.map((one) => one.isRunning)).toEqual([true, false])
    await made('POST', `/connections/${id}/submit`)
    const activated = await raccord(`connection activate ${applicationCode} --json`)
    const { certificates } = JSON.parse(activated.stdout) as Connection
    expect(certificates.map((one) => one.isRunning)).toEqual([true, true])
    expect(certificates.map((one) => one.startsAt !== null)).toEqual([false, true])
  })

  test('it is promoted once a flow has proved it, and imported under another code', async () => {
    const key = await raccord('certs make --for sftp --cn proven --out own --key ec:P-256')
    expect(key.exitCode, key.stderr).toBe(0)
    const { applicationCode, id } = await draft(await readFile(join(folder, 'own/client.p7b')))
    await made('POST', `/connections/${id}/submit`)
    await made('POST', `/connections/${id}/activate`)
    const [unproven, kit] = await Promise.all([
      raccord(`connection promote ${applicationCode}`),
      raccord(`connection kit ${applicationCode} --partner own`),
    ])
    expect(unproven.exitCode).toBe(1)
    expect(unproven.stderr).toContain('→')
    expect(kit.exitCode, kit.stderr).toBe(0)
    const flow = await raccord('send --sample --partner own --wait')
    expect(flow.exitCode, flow.stderr).toBe(0)
    const promoted = await raccord(`connection promote ${applicationCode}`)
    expect(promoted.exitCode, promoted.stderr).toBe(0)
    expect(promoted.stdout).toContain('FSO1110A: PARTIAL')
    expect(promoted.stderr).toContain('→ keep it in a file')
    await writeFile(join(folder, 'promoted.yaml'), promoted.stdout)
    const imported = await raccord('connection import promoted.yaml --json')
    expect(imported.exitCode, imported.stderr).toBe(0)
    const [{ connection }] = (
      JSON.parse(imported.stdout) as { imported: [{ connection: Connection }] }
    ).imported
    expect(connection.state).toBe('DRAFT')
    expect(connection.applicationCode).not.toBe(applicationCode)
  })

  test('partners of an OpenAS2 become drafts that say what is to be filled in', async () => {
    const file = join(import.meta.dirname, '../samples/openas2/partnerships.xml')
    const imported = await raccord(`connection import ${file} --openas2 --structure ${siret}`)
    expect(imported.exitCode, imported.stderr).toBe(0)
    const [, code] = /cnx_\S+ {2}([A-Z0-9]{6}) /.exec(imported.stdout) ?? []
    expect(imported.stderr).toContain(`The application code ${code} was assigned`)
    expect(imported.stderr).not.toContain('AAA000')
  })

  test('it is closed for good, and duplicated into a draft without certificates', async () => {
    const { applicationCode, id } = await sent()
    await made('POST', `/connections/${id}/activate`)
    const closed = await raccord(`connection deactivate ${applicationCode} --reason replaced`)
    expect(closed.stdout).toContain('Deactivated')
    expect(closed.stderr).toContain(`→ raccord connection duplicate ${applicationCode}`)
    const [again, copy] = await Promise.all([
      raccord(`connection activate ${applicationCode}`),
      raccord(`--lang fr connection duplicate ${applicationCode}`),
    ])
    expect(again.exitCode).toBe(1)
    expect(copy.exitCode, copy.stderr).toBe(0)
    expect(copy.stdout).toContain('Brouillon')
    expect(copy.stderr).toMatch(/→ raccord connection certificate [A-Z0-9]{6} FICHIER\.p7b/)
  })
})
