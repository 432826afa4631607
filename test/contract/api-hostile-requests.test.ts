import { generateKeyPairSync } from 'node:crypto'
import { expect, test, vi } from 'vitest'
import { startedApi, type StartedApi } from '../support/started-api.ts'

interface Problem {
  readonly code: string
  readonly detail: string
  readonly errors?: readonly { readonly field: string; readonly code?: string }[]
}

const YAML = { 'Content-Type': 'application/yaml' }
const text = (value: string): Uint8Array => Buffer.from(value)

/** The form of a draft that the local owner made, to be saved. */
async function draft({ machine }: StartedApi) {
  const set = await machine.ask('POST', '/data-set', { seed: 'hostile', count: 3 })
  const { structures } = (await set.json()) as { structures: { siret: string }[] }
  const siret = structures[0]?.siret
  const made = await machine.ask('POST', '/connections', { siret, protocol: 'sftp' })
  const { id } = (await made.json()) as { id: string }
  const save = (body: unknown, headers: Readonly<Record<string, string>> = {}) =>
    machine.ask('PUT', `/connections/${id}/form`, body, { 'If-Match': '*', ...headers })
  return { id, siret, save }
}

/** Everything the journal keeps of connections and of who did what. */
async function kept({ services }: StartedApi): Promise<string> {
  const { journal } = services
  const rows = await Promise.all([
    journal.read(journal.db.selectFrom('connections').selectAll()),
    journal.read(journal.db.selectFrom('audit').selectAll()),
  ])
  return JSON.stringify(rows)
}

test('a private key in any text is refused with a warning, neither kept nor repeated', async () => {
  const api = await startedApi()
  const { id, siret, save } = await draft(api)
  const key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const pem = key.export({ type: 'pkcs8', format: 'pem' }).toString()
  const [, secret = ''] = pem.split('\n')
  const exported = {
    structure: siret,
    name: 'n',
    protocol: 'sftp',
    environment: 'qualification',
    applicationCode: 'ABC001',
    form: {},
    certificates: [{ part: 'client', chainPem: pem }],
  }
  const answers = [
    ['comments', await save({ comments: `my key:\n${pem}` })],
    ['contact.name', await save({ contact: { name: pem.slice(0, 90) } })],
    ['codes', await save({ codes: { [pem]: 'COMPLETE' } })],
    ['comments', await save(text(`comments: ${JSON.stringify(pem)}`), YAML)],
    ['certificates.0.chainPem', await api.machine.ask('POST', '/connections/import', exported)],
    ['reason', await api.machine.ask('POST', `/connections/${id}/deactivate`, { reason: pem })],
  ] as const
  for (const [field, answer] of answers) {
    expect(answer.status, field).toBe(400)
    const written = await answer.text()
    expect(written).not.toContain(secret)
    const problem = JSON.parse(written) as Problem
    expect(problem.errors?.[0]).toMatchObject({ field, code: 'private_key' })
    expect(problem.detail).toContain('whoever has it can pass for the partner')
  }
  expect(await kept(api)).not.toContain(secret)
})

test('text that no store could keep is refused where it stands', async () => {
  const api = await startedApi()
  const { save } = await draft(api)
  for (const [field, body] of [
    ['comments', { comments: 'a\u0000b' }],
    ['contact.name', { contact: { name: 'a\ud800b' } }],
  ] as const) {
    const answer = await save(body)
    expect(answer.status).toBe(400)
    expect(((await answer.json()) as Problem).errors?.[0]?.field).toBe(field)
  }
  expect((await api.machine.ask('GET', '/connections?partner=%00')).status).toBe(400)
  expect((await api.machine.ask('GET', '/connections/cnx%00a')).status).toBe(400)
})

test('YAML that only costs time is refused as fast as it is read', async () => {
  const api = await startedApi()
  const { save } = await draft(api)
  const ask: typeof api.machine.ask = (...asked) => api.machine.ask(...asked)
  const many = (item: (index: number) => string, bytes: number): Uint8Array => {
    const items = Array.from({ length: 80_000 }, (_, index) => item(index))
    return text(items.join('').slice(0, bytes))
  }
  const answers = [
    // Each was compared with all others: a minute and a half.
    await ask(
      'POST',
      '/connections/import',
      many((index) => `a${index}: 1\n`, 700_000),
      YAML,
    ),
    await save(
      many((index) => `a${index}: 1\n`, 120_000),
      YAML,
    ),
    await save(
      many((index) => `- &a${index} x\n- *a${index}\n`, 120_000),
      YAML,
    ),
    await save(
      many(() => '&a ', 120_000),
      YAML,
    ),
    await save(
      many(() => '! ', 120_000),
      YAML,
    ),
  ]
  expect(answers.map(({ status }) => status)).toEqual([413, 400, 400, 400, 400])
})

test('YAML says what it is read as: a member given twice is a fault, a note of the parser no log line', async () => {
  const api = await startedApi()
  const { save } = await draft(api)
  const warned = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  try {
    const twice = await save(text('comments: a\ncomments: b\n'), YAML)
    expect(twice.status).toBe(400)
    expect(((await twice.json()) as Problem).detail).toContain('comments')
    await save(text('!mine\n? [secret]\n: 1\n'), YAML)
    expect(warned).not.toHaveBeenCalled()
  } finally {
    warned.mockRestore()
  }
})

test('a form has no more interface codes than a catalogue could', async () => {
  const api = await startedApi()
  const { save } = await draft(api)
  const codes = Object.fromEntries(
    Array.from({ length: 1_000 }, (_, index) => [`C${index}`, 'COMPLETE']),
  )
  expect((await save({ codes })).status).toBe(400)
  expect((await save({ codes: { ['x'.repeat(100)]: 'COMPLETE' } })).status).toBe(400)
})
