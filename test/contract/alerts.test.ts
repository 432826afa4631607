import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { alertSettings, type AlertRuleName } from '../../config/alert-settings.ts'
import { machineActor } from '../../gateway/accounts/actor.ts'
import { LAST_BACKUP } from '../../gateway/alerts/backup-alert.ts'
import { AlertBook } from '../../gateway/alerts/alert-book.ts'
import { makeAlertCalls } from '../../gateway/alerts/alert-calls.ts'
import { AlertNotices } from '../../gateway/alerts/alert-notices.ts'
import { ALERT_RULES } from '../../gateway/alerts/alert-rules.ts'
import type { AlertReading } from '../../gateway/alerts/alert-reading.ts'
import { AlertWatch } from '../../gateway/alerts/alert-watch.ts'
import { WatchLease } from '../../gateway/alerts/watch-lease.ts'
import { openAlerts } from '../../gateway/alerts/alerts.ts'
import type { CertificateFile } from '../../gateway/alerts/own-certificates.ts'
import { diskSubject, lowDisk } from '../../gateway/alerts/disk-alert.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { openConnections } from '../../gateway/connections/connections.ts'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import type { ConnectionId } from '../../gateway/flow.ts'
import type { IdentityKey } from '../../gateway/identity.ts'
import type { Journal, Readable, WriteStatement } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { openMailOutbox } from '../../gateway/mail/mail-outbox.ts'
import { testCertificate } from '../support/connection-forms.ts'
import { insertCertificate, insertConnection } from '../support/connection-rows.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { flowRow } from '../support/journal-rows.ts'
import { startSmtpPeer } from '../support/smtp-peer.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTestJournal } from '../support/test-journal.ts'

const KEY = 'a key of the tests'
const HOUR = 3_600_000
const DAY = 24 * HOUR
const ID: ConnectionId = 'cnx_partner'
const log = createLogger('silent')
const by = machineActor('127.0.0.1')

/** Watches on one journal, a mail server, a webhook; the clock is moved by the tests. */
async function place(journal: Journal, settings: Record<string, unknown> = {}) {
  const smtp = await startSmtpPeer()
  const hook = await startReceiver()
  const clock = new OffsetClock()
  const parsed = alertSettings.parse({
    email: ['ops@gateway.example'],
    webhooks: [hook.url],
    ...settings,
  })
  const mail = openMailOutbox({
    journal,
    clock,
    log,
    settings: { server: `smtp://127.0.0.1:${smtp.port}`, from: 'raccord@gateway.example' },
  })
  const connections = await openConnections({ journal, clock, log, environment: 'qualification' })
  onTestFinished(async () => {
    connections.close()
    mail.close()
    await smtp.stop()
  })
  const notices = new AlertNotices({ journal, mail, language: 'en', settings: parsed })
  const book = new AlertBook({ journal, clock, notices, log })
  const keys: IdentityKey[] = []
  const files: CertificateFile[] = []
  const watch = (leaseMilliseconds?: number): AlertWatch =>
    new AlertWatch({
      journal,
      clock,
      log,
      book,
      settings: parsed,
      environment: 'qualification',
      connections,
      identity: { list: () => keys },
      certificateFiles: files,
      ...(leaseMilliseconds === undefined ? {} : { leaseMilliseconds }),
    })
  const alerts = openAlerts({ journal, clock, settings: parsed, mail, language: 'en' })
  const first = watch()
  const calls = { journal, webhooks: [hook.url], settings: BACK_OFF, log }
  return {
    clock,
    book,
    keys,
    files,
    watch,
    alerts,
    smtp,
    hook,
    calls,
    look: async (): Promise<void> => {
      await connections.refresh()
      await first.look()
    },
    /** Everything that waits is sent; resolves to the subjects and events of all so far. */
    told: async () => {
      await mail.deliver()
      await makeAlertCalls(calls)
      return {
        mails: smtp.mails.map(({ subject }) => subject),
        events: hook.taken.map(({ body }) => (JSON.parse(body) as { event: string }).event),
      }
    },
    open: async (rule?: AlertRuleName) =>
      alerts.list({ state: 'OPEN', limit: 50, ...(rule === undefined ? {} : { rule }) }),
  }
}

const BACK_OFF = { attempts: 3, retrySeconds: [0], callSeconds: 10, signingKey: KEY }

const word = { en: 'A test.', fr: 'Un essai.' }
const testText = { title: word, cause: word, remedy: word }

describe.each(JOURNAL_ADAPTERS)('alerts on $name', (adapter) => {
  const opened = async () => (await adapter.prepare()).open()

  test('several processes that look at once open, tell and resolve a thing once', async () => {
    const journal = await opened()
    await partner(journal, Date.now() + 5 * DAY)
    const { watch, told, clock, open } = await place(journal)
    // No lease holds the others back: what is written guards itself.
    const watches = Array.from({ length: 4 }, () => watch(0))
    await Promise.all(watches.map((one) => one.look()))
    await Promise.all(watches.map((one) => one.look()))
    expect(await open()).toHaveLength(1)
    clock.setOffset(-60 * DAY)
    await Promise.all(watches.map((one) => one.look()))
    const { mails, events } = await told()
    expect(mails).toHaveLength(2)
    expect(events.toSorted()).toEqual(['alert.opened', 'alert.resolved'])
  })

  test('of several processes that begin at once exactly one looks', async () => {
    const journal = await opened()
    // What each of them reads before any has written: there is no lease yet.
    const both = Promise.withResolvers<void>()
    let asked = 0
    const meeting: Journal = Object.assign(Object.create(journal) as Journal, {
      db: journal.db,
      write: (statements: readonly WriteStatement[]) => journal.write(statements),
      read: async <Row>(query: Readable<Row>) => {
        const rows = await journal.read(query)
        asked += 1
        if (asked === 3) both.resolve()
        await both.promise
        return rows
      },
    })
    const leases = [1, 2, 3].map(() => new WatchLease(meeting))
    const taken = await Promise.all(leases.map((lease) => lease.take()))
    expect(taken.filter(Boolean)).toHaveLength(1)
  })

  test('what another process opens at the same moment is opened once, and the rest is written', async () => {
    const journal = await opened()
    const { book } = await place(journal)
    const reading = (subject: string): AlertReading => ({
      rule: 'queue-age',
      subject,
      connectionId: null,
      level: 1,
      severity: 'warning',
      facts: {},
      text: testText,
    })
    // Both have read that nothing is open: as if the other one had written between the two.
    const twice = [reading('gateway'), reading('gateway'), reading('another')]
    expect(await book.settle(twice, () => false)).toBe(2)
    const open = await journal.read(journal.db.selectFrom('alerts').select('subject'))
    expect(open.map(({ subject }) => subject).toSorted()).toEqual(['another', 'gateway'])
    const told = await journal.read(journal.db.selectFrom('alert_calls').select('id'))
    expect(told).toHaveLength(2)
  })

  test('one process looks at a time, and another one once it has stopped', async () => {
    const journal = await opened()
    await partner(journal, Date.now() + 5 * DAY)
    const { watch, open } = await place(journal)
    const [one, other] = [watch(), watch()]
    expect(await one.look()).toBe(1)
    await journal.write([{ query: journal.db.deleteFrom('alerts') }])
    expect(await other.look()).toBe(0)
    await one.stop()
    expect(await other.look()).toBe(1)
    expect(await open()).toHaveLength(1)
  })

  test('rejections, silence, failing deliveries, full boxes, waiting flows and forms alert, and resolve', async () => {
    const journal = await opened()
    const { db } = journal
    const now = Date.now()
    await partner(journal, now + 1_000 * DAY)
    await insertConnection(journal, 'cnx_form', {
      application_code: 'FRM002',
      state: 'SENT',
      updated_at: now - 30 * HOUR,
    })
    const flows = Array.from({ length: 6 }, (_, index) =>
      flowRow(index + 1, {
        connection_id: ID,
        received_at: now - 10 * HOUR,
        finished_at: index === 0 ? null : now,
      }),
    )
    const rejection = (flow: (typeof flows)[number]) => ({
      flow_id: flow.id,
      dimension: 'flow' as const,
      value: '',
      code: '',
      connection_id: ID,
      interface_code: 'FSO1110A',
      at: now - 10 * HOUR,
      invoices: 1,
      lost: 0,
    })
    await journal.write([
      { query: db.insertInto('flows').values(flows) },
      { query: db.insertInto('flow_rejections').values(flows.slice(0, 3).map(rejection)) },
      offerReturnFlow(journal, {
        id: 'ret_1',
        connectionId: ID,
        kind: 'directory',
        interfaceCode: 'FAR0037A',
        fileName: 'x.tar.gz',
        content: { sha256: '0'.repeat(64), bytes: 1 },
        createdAt: now - 100 * HOUR,
        availableUntil: now + DAY,
      }),
      { query: db.insertInto('deliveries').values([1, 2, 3].map(attempt('failed', now))) },
    ])
    const { look, open, clock } = await place(journal, { noFlowHours: 8 })
    await look()
    const found = await open()
    expect(found.map(({ rule, severity }) => `${rule} ${severity}`).toSorted()).toEqual([
      'delivery-failing warning',
      'form-waiting warning',
      'no-flow warning',
      'queue-age critical',
      'rejection-rate critical',
      'reports-unread warning',
    ])
    for (const { title, cause, remedy } of found) {
      for (const text of [title, cause, remedy]) {
        expect(text.en).not.toMatch(/undefined|NaN|null/)
        expect(text.fr).not.toMatch(/undefined|NaN|null/)
      }
    }
    await journal.write([
      { query: db.updateTable('flows').set({ finished_at: now, received_at: now }) },
      { query: db.deleteFrom('flow_rejections') },
      { query: db.insertInto('deliveries').values(attempt('delivered', now)(4)) },
      { query: db.updateTable('return_flows').set({ state: 'DELIVERED' }) },
      { query: db.updateTable('connections').set({ state: 'DRAFT' }).where('id', '=', 'cnx_form') },
    ])
    // Some rules look less often: a while of business time later all do.
    clock.setOffset(HOUR)
    await look()
    expect(await open()).toEqual([])
  })

  test('only what failed since a partner was last reached counts, however loud another one is', async () => {
    const journal = await opened()
    const { db } = journal
    const now = Date.now()
    await partner(journal, now + 1_000 * DAY)
    for (const [index, id] of (['cnx_loud', 'cnx_reached'] as const).entries()) {
      await insertConnection(journal, id, { application_code: `LDN00${index}` })
    }
    const offers = ([ID, 'cnx_loud', 'cnx_reached'] as const).map((connectionId) =>
      offerReturnFlow(journal, {
        id: `ret_${connectionId}`,
        connectionId,
        kind: 'directory',
        interfaceCode: 'FAR0037A',
        fileName: `${connectionId}.tar.gz`,
        content: { sha256: '0'.repeat(64), bytes: 1 },
        createdAt: now,
        availableUntil: now + DAY,
      }),
    )
    const tries = (connectionId: ConnectionId, outcomes: readonly string[], since: number) =>
      outcomes.map((outcome, index) => ({
        ...attempt(outcome, since)(index + 1),
        return_flow_id: `ret_${connectionId}` as const,
      }))
    const failed = (times: number): string[] => Array.from({ length: times }, () => 'failed')
    const loud = tries('cnx_loud', failed(6_000), now)
    await journal.write([
      ...offers,
      {
        query: db
          .insertInto('deliveries')
          .values([
            ...tries(ID, failed(3), now - HOUR),
            ...tries('cnx_reached', [...failed(5), 'delivered', ...failed(2)], now - HOUR),
          ]),
      },
    ])
    for (let start = 0; start < loud.length; start += 100) {
      const some = loud.slice(start, start + 100)
      await journal.write([{ query: db.insertInto('deliveries').values(some) }])
    }
    const { look, open } = await place(journal, { off: ['certificate-expiry'] })
    await look()
    const found = (await open()).filter(({ rule }) => rule === 'delivery-failing')
    expect(new Set(found.map(({ connectionId }) => connectionId))).toEqual(
      new Set([ID, 'cnx_loud']),
    )
  })
})

let shared: Journal
beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), 'raccord-alerts-'))
  shared = await openTestJournal(folder, log)
  return async () => {
    await shared.close()
    rmSync(folder, { recursive: true, force: true })
  }
})

/** The journal of the tests that one engine is enough for, empty again. */
async function opened(): Promise<Journal> {
  const tables = ['alerts', 'alert_silences', 'alert_calls', 'mails', 'audit', 'facts'] as const
  const others = ['connections', 'connection_certificates', 'processes'] as const
  await shared.write(
    [...tables, ...others].map((table) => ({ query: shared.db.deleteFrom(table) })),
  )
  return shared
}

test('the end of a certificate is told at 60, 30, 7 and 1 days and once it is over, each once, and its renewal', async () => {
  const journal = await opened()
  await partner(journal, Date.now() + 100 * DAY)
  const { clock, look, told, open } = await place(journal)
  const at = async (days: number): Promise<number> => {
    clock.setOffset(days * DAY)
    await look()
    await look()
    return (await told()).mails.length
  }
  const counts: number[] = []
  for (const days of [0, 39, 41, 55, 71, 94, 98, 99.5, 99.9, 101, 110]) counts.push(await at(days))
  expect(counts).toEqual([0, 0, 1, 1, 2, 3, 3, 4, 4, 5, 5])
  expect(await open()).toMatchObject([
    { rule: 'certificate-expiry', connectionId: ID, severity: 'critical', level: 5 },
  ])
  await insertCertificate(journal, ID, {
    sha256: 'b'.repeat(64),
    spki_sha256: 'c'.repeat(64),
    not_after: Date.now() + 400 * DAY,
  })
  await journal.write([
    {
      query: journal.db
        .updateTable('connections')
        .set({ running_json: JSON.stringify(formOf('a', 'b')), revision: 1_000 })
        .where('id', '=', ID),
    },
  ])
  await look()
  const { mails, events } = await told()
  expect(mails.at(-1)).toMatch(/^\[Raccord\] Resolved: The certificate of ACM001 \(Acme\)/)
  expect(events).toEqual([
    'alert.opened',
    ...Array.from({ length: 4 }, () => 'alert.worsened'),
    'alert.resolved',
  ])
  expect(await open()).toEqual([])
})

test('what is silenced is listed and told to nobody, until the silence ends', async () => {
  const journal = await opened()
  await partner(journal, Date.now() + 5 * DAY)
  const { alerts, look, told, open, clock } = await place(journal)
  const until = clock.now() + 2 * HOUR
  const silence = await alerts.silence({ connectionId: ID, until, reason: 'known' }, by)
  await alerts.silence({ rule: 'queue-age', until, reason: 'another rule' }, by)
  await look()
  expect(await told()).toEqual({ mails: [], events: [] })
  expect(await open()).toMatchObject([{ isSilenced: true }])
  expect(await alerts.counts()).toMatchObject([{ open: 1, unattended: 0 }])
  clock.setOffset(HOUR)
  await look()
  expect((await told()).mails).toEqual([])
  expect(await alerts.silences()).toHaveLength(2)
  expect(await alerts.unsilence(silence.id, by)).toBe(true)
  expect(await alerts.unsilence(silence.id, by)).toBe(false)
  await look()
  expect((await told()).events).toEqual(['alert.opened'])
  clock.setOffset(3 * HOUR)
  expect(await alerts.silences()).toEqual([])
})

test('who deals with an alert stands in it and in the audit; it is told again only when it gets worse', async () => {
  const journal = await opened()
  await partner(journal, Date.now() + 20 * DAY)
  const { alerts, look, told, open, clock, smtp } = await place(journal)
  await look()
  const [alert] = await open()
  const answered = await alerts.acknowledge(alert!.id, 'asked for the next one', by)
  expect(answered.acknowledged).toMatchObject({ by: by.name, note: 'asked for the next one' })
  expect(await alerts.counts()).toMatchObject([{ open: 1, unattended: 0 }])
  await look()
  expect((await told()).mails).toHaveLength(1)
  clock.setOffset(15 * DAY)
  await look()
  expect((await told()).mails).toHaveLength(2)
  expect(smtp.mails[1]?.text).toContain('Acknowledged by Local owner: asked for the next one')
  const rows = await journal.read(journal.db.selectFrom('audit').select(['action', 'object_id']))
  expect(rows).toContainEqual({ action: 'alert.acknowledge', object_id: alert!.id })
  await expect(alerts.acknowledge('alr_none', '', by)).rejects.toMatchObject({
    code: 'API_NOT_FOUND',
  })
})

test('a webhook is signed, called again while it fails, and given up in the end', async () => {
  const journal = await opened()
  await partner(journal, Date.now() + 5 * DAY)
  const { look, hook, calls } = await place(journal)
  hook.answers.push(500, 503)
  await look()
  for (let round = 0; round < 3; round += 1) await makeAlertCalls(calls)
  expect(hook.taken).toHaveLength(3)
  const { body, signature } = hook.taken[2]!
  const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  expect(mac).toBe(createHmac('sha256', KEY).update(`${time}.${body}`).digest('hex'))
  expect(JSON.parse(body)).toMatchObject({
    event: 'alert.opened',
    alert: { rule: 'certificate-expiry', subject: ID, cause: { fr: expect.any(String) } },
  })
  hook.answers.push(500, 500, 500, 500)
  await journal.write([{ query: journal.db.deleteFrom('alerts') }])
  await look()
  for (let round = 0; round < 4; round += 1) await makeAlertCalls(calls)
  expect(hook.taken).toHaveLength(6)
  const rows = await journal.read(
    journal.db.selectFrom('alert_calls').select(['state', 'attempts', 'failure']).orderBy('id'),
  )
  expect(rows).toEqual([
    { state: 'DONE', attempts: 3, failure: null },
    { state: 'FAILED', attempts: 3, failure: 'it answered 500' },
  ])
})

test('a test goes over every channel and says what became of it', async () => {
  const journal = await opened()
  const { alerts, told, hook } = await place(journal)
  // As often as it is called: what is asked for is its first failure.
  hook.answers.push(404, 404, 404)
  const waiting = alerts.test(by, 50_000)
  await expect.poll(async () => (await told()).mails, { timeout: 60_000 }).toHaveLength(1)
  expect(await waiting).toMatchObject([
    { channel: 'email', target: 'ops@gateway.example', state: 'sent' },
    { channel: 'webhook', target: new URL(hook.url).origin, state: 'failed' },
  ])
  expect(await alerts.list({ limit: 5 })).toEqual([])
})

test('a process says what its own disk has left, and nobody else resolves it', async () => {
  const journal = await opened()
  const { book, look, open } = await place(journal)
  const own = (freeBytes: number) =>
    book.settle(
      lowDisk({ holder: 'local', place: 'here', freeBytes }, { diskFreeGib: [5, 1] }),
      ({ rule, subject }) => rule === 'disk-low' && subject === diskSubject('local'),
    )
  await journal.write([
    {
      query: journal.db.insertInto('processes').values({
        id: 'prc_1',
        holder: 'local',
        roles: 'workers',
        version: '0',
        started_at: 0,
        seen_at: Date.now(),
      }),
    },
  ])
  await own(4 * 1024 ** 3)
  await look()
  expect(await open('disk-low')).toMatchObject([{ severity: 'warning', level: 1 }])
  await own(1024 ** 2)
  expect(await open('disk-low')).toMatchObject([{ severity: 'critical', level: 2 }])
  await own(40 * 1024 ** 3)
  expect(await open('disk-low')).toEqual([])
})

test('a backup that is old alerts until the next one; none at all only where days are set', async () => {
  const journal = await opened()
  const { look, open, clock } = await place(journal)
  const noted = (takenAt: number) =>
    journal.write([
      {
        query: journal.db
          .insertInto('facts')
          .values({ name: LAST_BACKUP, value: String(takenAt) })
          .onConflict((row) => row.column('name').doUpdateSet({ value: String(takenAt) })),
      },
    ])
  await look()
  expect(await open('backup-old')).toEqual([])
  await noted(Date.now())
  clock.setOffset(9 * DAY)
  await look()
  expect(await open('backup-old')).toMatchObject([{ severity: 'warning', subject: 'gateway' }])
  await noted(clock.now())
  clock.setOffset(10 * DAY)
  await look()
  expect(await open('backup-old')).toEqual([])

  const never = await place(await opened(), { backupDays: 2 })
  await never.look()
  expect(await never.open('backup-old')).toMatchObject([{ facts: { takenAt: null, days: 2 } }])
})

test('our own certificate alerts by the newest of its kind, one in a file by itself', async () => {
  const journal = await opened()
  const { keys, files, look, open } = await place(journal)
  const key = (notAfter: number): IdentityKey => ({
    kind: 'as2',
    state: 'in-use',
    fingerprint: 'f',
    usedFrom: 0,
    notAfter,
  })
  keys.push(key(Date.now() + 10 * DAY))
  await look()
  expect(await open()).toMatchObject([
    { rule: 'own-certificate-expiry', subject: 'identity:as2', connectionId: null, level: 2 },
  ])
  const ec = { type: 'ec', curve: 'P-256' } as const
  const { certificatePem } = await testCertificate({ kind: ec, until: 6 * DAY })
  const path = join(await temporaryFolder(), 'api.pem')
  await writeFile(path, certificatePem)
  // The gateway renews its own keys on the day of the first threshold: it has another one.
  keys.push(key(Date.now() + 59.5 * DAY))
  files.push({ name: 'api', path }, { name: 'as2', path: join(path, 'none') })
  await look()
  expect(await open()).toMatchObject([
    { rule: 'own-certificate-expiry', subject: 'identity:file:api', level: 3 },
  ])
})

test('a rule that is off opens nothing, and what it had opened is over', async () => {
  const journal = await opened()
  await partner(journal, Date.now() + 5 * DAY)
  const on = await place(journal)
  await on.look()
  expect(await on.open()).toHaveLength(1)
  const off = await place(journal, { off: Object.keys(ALERT_RULES) })
  // The lease of the first one is over.
  await journal.write([
    { query: journal.db.deleteFrom('facts').where('name', '=', 'alerts-watch') },
  ])
  await off.look()
  expect(await off.open()).toEqual([])
})

const formOf = (...marks: readonly string[]) => ({
  certificates: marks.map((mark) => ({ part: 'client' as const, sha256: mark.repeat(64) })),
})

async function partner(journal: Journal, notAfter: number): Promise<void> {
  await insertConnection(journal, ID, { running: formOf('a') })
  await insertCertificate(journal, ID, {
    sha256: 'a'.repeat(64),
    spki_sha256: 'd'.repeat(64),
    not_after: notAfter,
  })
}

const attempt = (outcome: string, now: number) => (number: number) => ({
  return_flow_id: 'ret_1' as const,
  attempt: number,
  at: now - 10_000 + number,
  outcome,
  proof_json: '{}',
  failure_json: '{}',
})

async function startReceiver() {
  const taken: { body: string; signature: string }[] = []
  const answers: number[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const signature = String(request.headers['raccord-signature'] ?? '')
      taken.push({ body: Buffer.concat(pieces).toString(), signature })
      response.statusCode = answers.shift() ?? 204
      response.end()
    })
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  const { port } = server.address() as AddressInfo
  return { url: `http://127.0.0.1:${port}/alerts?key=secret`, taken, answers }
}
