import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strFromU8, unzipSync } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { loadConfig } from '../../config/load.ts'
import type { Finding } from '../../gateway/flow.ts'
import { openJournal } from '../../gateway/journal/open-journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { startGateway, type Gateway } from '../../gateway/main.ts'
import { createScrub } from '../../gateway/support/scrub.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { flowRow, invoiceRow } from '../support/journal-rows.ts'
import { runRaccord } from '../support/raccord-command.ts'

/** Recognisable wherever they turn up. */
const SECRETS = {
  mailPassword: 'zqSecretMailPassword',
  journalKey: 'zqSecretBucketKey',
  queuePassword: 'zqSecretQueuePassword',
  signingKey: 'zqSecretSigningKey',
  webhook: 'zqSecretWebhookPath',
  argument: 'zqSecretArgument',
  bearer: 'zqSecretBearerToken',
  person: 'zqPersonDurand',
  mail: 'zq.person@example.org',
  telephone: 'zq0102030405',
  invoiceNumber: 'zqInvoice-2026-0042',
  supplier: 'zqSupplierName',
  fileName: 'zqFileOfInvoice.xml',
  reason: 'zqReasonThatQuotes',
  note: 'zqNoteOfAnInvoice',
} as const

let folder: string
let data: string
let gateway: Gateway

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'raccord-test-bundle-'))
  data = join(folder, 'data')
  const overrides = {
    data,
    api: { port: 0 },
    sftp: { port: 0 },
    as2: { port: 0, httpsPort: 0 },
    pesit: { port: 0 },
    log: { level: 'silent' },
  }
  await (await startGateway(loadConfig({ environment: {}, overrides }))).stop()
  await plant()
  gateway = await startGateway(loadConfig({ environment: {}, overrides }))
})
afterAll(async () => {
  await gateway.stop()
  await rm(folder, { recursive: true, force: true })
})

async function plant(): Promise<void> {
  const journal = await openJournal({
    url: 'sqlite:',
    dataFolder: data,
    log: createLogger('silent'),
  })
  const { db } = journal
  const contact = {
    name: SECRETS.person,
    email: SECRETS.mail,
    telephone: SECRETS.telephone,
  }
  await insertConnection(journal, 'cnx_partner', { name: SECRETS.supplier, running: { contact } })
  const flow = flowRow(1, {
    state: 'IN_REJETE',
    attempts: 2,
    evidence_json: JSON.stringify({ subject: SECRETS.person }),
    findings_json: JSON.stringify([{ message: SECRETS.note }]),
  })
  const finding = { rule: 'BR-02', message: { en: SECRETS.note, fr: SECRETS.note } } as Finding
  const result = await journal.write([
    { query: db.insertInto('flows').values(flow) },
    {
      query: db.insertInto('invoices').values({
        ...invoiceRow(flow.id, 1, [finding]),
        number: SECRETS.invoiceNumber,
        supplier_name: SECRETS.supplier,
        file_name: SECRETS.fileName,
      }),
    },
    {
      query: db.insertInto('flow_events').values({
        flow_id: flow.id,
        at: Date.now(),
        stage: 'format',
        outcome: 'failed',
        milliseconds: 12,
        detail_json: JSON.stringify({ note: SECRETS.note }),
      }),
    },
    {
      query: db.insertInto('refusals').values({
        id: 'rfs_planted',
        at: Date.now(),
        protocol: 'sftp',
        peer: '192.0.2.77',
        session_id: null,
        connection_id: null,
        code: 'NAME_MALFORMED',
        reason: SECRETS.reason,
        offered: SECRETS.fileName,
        wanted: null,
        nearest_json: null,
      }),
    },
  ])
  expect(result.committed).toBe(true)
  await journal.close()
}

test('a bundle tells versions, settings, doctor, counts, last errors, metrics and log, and no secret', async () => {
  const logFile = join(folder, 'gateway.log')
  const lines = [
    {
      level: 40,
      time: 1,
      msg: 'flow refused at the door',
      code: 'NAME_MALFORMED',
      offered: SECRETS.fileName,
      authorization: `Bearer ${SECRETS.bearer}`,
    },
    {
      level: 50,
      time: 2,
      msg: 'a part failed',
      err: {
        type: 'GatewayError',
        code: 'INTERNAL',
        message: `of <cbc:ID>${SECRETS.invoiceNumber}</cbc:ID>`,
        stack: `GatewayError: ${SECRETS.invoiceNumber}\n  at ${SECRETS.note}\n    at take (/srv/raccord/intake.ts:1:1)`,
      },
    },
  ]
  const text = lines.map((line) => JSON.stringify(line)).join('\n')
  await writeFile(logFile, `not ours: ${SECRETS.bearer}\n${text}\n`)
  const file = join(folder, 'bundle.zip')
  const settings = join(folder, 'settings.yaml')
  const commands = { tell: ['curl', '-u', `us:${SECRETS.argument}`] }
  await writeFile(settings, JSON.stringify({ hooks: { commands } }))
  const environment = {
    RACCORD_DATA: data,
    RACCORD_CONFIG: settings,
    RACCORD_QUEUE__URL: `redis://:${SECRETS.queuePassword}%zz@127.0.0.1:1/0`,
    RACCORD_HOOKS__SIGNING_KEY: SECRETS.signingKey,
    RACCORD_ALERTS__WEBHOOKS: `https://hooks.example/services/${SECRETS.webhook}`,
    RACCORD_MAIL__SERVER: `smtp://postman:${SECRETS.mailPassword}@127.0.0.1:1`,
    RACCORD_PAYLOADS__URL: `s3://KEY:${SECRETS.journalKey}@bucket?endpoint=http://127.0.0.1:1`,
  }
  const run = await runRaccord(['support-bundle', file, '--log', logFile], { environment })
  expect(run.exitCode, run.stderr).toBe(0)

  const unpacked = unzipSync(await readFile(file))
  const texts = Object.fromEntries(
    Object.entries(unpacked).map(([name, bytes]) => [name.split('/')[1] ?? '', strFromU8(bytes)]),
  )
  const whole = Object.values(texts).join('\n')
  for (const [what, secret] of Object.entries({
    ...SECRETS,
    token: gateway.run.token,
    key: 'PRIVATE KEY',
    peer: '192.0.2.77',
  })) {
    expect(whole.includes(secret), what).toBe(false)
  }

  expect(JSON.parse(texts['versions.json'] ?? '')).toMatchObject({
    raccord: gateway.run.version,
    node: process.versions.node,
  })
  expect(JSON.parse(texts['config.json'] ?? '')).toMatchObject({ mail: { server: '(hidden)' } })
  expect(texts['doctor.json']).toContain('mail-unreachable')
  const journal = JSON.parse(texts['journal.json'] ?? '') as Record<string, unknown>
  expect(journal).toMatchObject({
    engine: 'sqlite',
    counts: { flows: 1, invoices: 1, refusals: 1 },
    flowsByState: [{ state: 'IN_REJETE', stage: 'done', count: 1 }],
    lastRefusals: [{ protocol: 'sftp', code: 'NAME_MALFORMED' }],
    incidents: [{ id: flowRow(1).id, attempts: 2 }],
  })
  expect(journal['migrations']).not.toHaveLength(0)
  expect(texts['metrics.txt']).toContain('raccord_')
  expect(texts['log.ndjson']?.split('\n').map((line) => JSON.parse(line) as unknown)).toEqual([
    { level: 40, time: 1, msg: 'flow refused at the door', code: 'NAME_MALFORMED' },
    {
      level: 50,
      time: 2,
      msg: 'a part failed',
      err: { type: 'GatewayError', code: 'INTERNAL', at: ['intake.ts:1:1)'] },
    },
  ])

  const again = await runRaccord(['support-bundle', file], { environment })
  expect(again.exitCode).not.toBe(0)
})

test('what looks like a secret, a person or a document is masked in any text', () => {
  const scrub = createScrub(['hunter-two'])
  for (const text of [
    'postgres://raccord:pa55@host/db',
    'postgres://raccord:w/pa55@x@host/db',
    'https://hooks.example/x?sig=pa55&t=1',
    'Authorization: Bearer abc.def',
    'password=swordfish',
    'jean.dupont@example.org',
    'of <cbc:ID>F-1</cbc:ID>',
    '-----BEGIN PRIVATE KEY-----\nMIIB\n-----END PRIVATE KEY-----',
    'known: hunter-two',
  ]) {
    expect(scrub(text)).not.toMatch(/pa55|abc\.def|swordfish|dupont|F-1|MIIB|hunter/)
  }
  expect(scrub('PostgreSQL 15 on 127.0.0.1:5432')).toBe('PostgreSQL 15 on 127.0.0.1:5432')
})
