import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { openTestForms, testCertificate } from '../../test/support/connection-forms.ts'
import { startSmtpPeer, type SmtpPeer } from '../../test/support/smtp-peer.ts'
import { machineActor } from '../accounts/actor.ts'
import { OffsetClock } from '../clock.ts'
import type { ConnectionForm } from '../connections/form.ts'
import { openTestJournal } from '../../test/support/test-journal.ts'
import type { Journal } from '../journal/journal.ts'
import { openMailOutbox, type MailOutbox } from './mail-outbox.ts'

const DAY = 86_400_000
const SIRET = '00000000005719'
const log = pino({ level: 'silent' })
const by = machineActor('127.0.0.1')
const certificate = await testCertificate({ until: 40 * DAY })
const FORM: ConnectionForm = {
  contact: { name: 'Durand', email: 'edi@partner.example', telephone: '01 23 45 67 89' },
  codes: { FSO1110A: 'PARTIAL' },
  confirmations: { documentationRead: true, technicalSkill: true },
}
let folder: string
let journal: Journal
let peer: SmtpPeer
let clock: OffsetClock
let mail: MailOutbox

const outbox = (port: number): MailOutbox =>
  openMailOutbox({
    journal,
    clock,
    log,
    settings: { server: `smtp://127.0.0.1:${port}`, from: 'Raccord <raccord@gateway.example>' },
  })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'raccord-mail-'))
  journal = await openTestJournal(folder, log)
  const row = { siret: SIRET, siren: '000000000', name: 'Métra', is_active: 1 }
  const times = { created_at: 0, updated_at: 0 }
  await journal.write([{ query: journal.db.insertInto('structures').values({ ...row, ...times }) }])
  peer = await startSmtpPeer()
  clock = new OffsetClock()
  mail = outbox(peer.port)
})
afterEach(async () => {
  mail.close()
  await peer.stop()
  await journal.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

async function sent(forms = openTestForms({ journal, clock, mail })) {
  const { id } = await forms.create({ siret: SIRET, protocol: 'sftp', form: FORM }, by)
  await forms.addCertificates(id, { bytes: certificate.bytes }, by)
  await forms.submit(id, undefined, by)
  return { id, forms }
}
const subjects = (): readonly string[] => peer.mails.map((one) => one.subject)

test('the contact is told of refusal, activation and deactivation, once each', async () => {
  const { id, forms } = await sent()
  await forms.refuse(id, 'Wrong contact.', by)
  await forms.submit(id, undefined, by)
  const { applicationCode } = await forms.activate(id, by)
  await forms.deactivate(id, 'Moved.', by)
  expect(await mail.deliver()).toBe(3)
  expect(await mail.deliver()).toBe(0)
  expect([...subjects()].sort()).toEqual([
    `[Raccord] Connection ${applicationCode} (Métra) is activated`,
    `[Raccord] Connection ${applicationCode} (Métra) is deactivated`,
    `[Raccord] Connection ${applicationCode} (Métra) is refused`,
  ])
  expect(new Set(peer.mails.map((one) => one.to))).toEqual(new Set(['edi@partner.example']))
  const refusal = peer.mails.find((one) => one.subject.endsWith('refused'))
  expect(refusal?.text).toContain('Wrong contact.')
})

test('the contact is told 30, 7 and 1 days before a certificate ends, once each', async () => {
  const { id, forms } = await sent()
  await forms.activate(id, by)
  await mail.deliver()
  const told = async (days: number): Promise<number> => {
    clock.setOffset(days * DAY)
    await forms.processing.announceEnds()
    await forms.processing.announceEnds()
    return mail.deliver()
  }
  const counts = []
  for (const days of [5, 11, 12, 32, 34, 38, 39.5, 39.7, 41]) counts.push(await told(days))
  expect(counts).toEqual([0, 1, 0, 0, 1, 0, 1, 0, 0])
})

test('a server that is away, or refuses, holds up no move and gets the mail later', async () => {
  mail.close()
  peer.refuseNext(1)
  mail = outbox(peer.port)
  const { id, forms } = await sent()
  expect((await forms.activate(id, by)).state).toBe('ACTIVATED')
  expect(await mail.deliver()).toBe(0)
  const [waiting] = await journal.read(journal.db.selectFrom('mails').selectAll())
  expect(waiting).toMatchObject({ state: 'WAITING', attempts: 1 })
  expect(waiting?.failure).toMatch(/451/)
  expect(await mail.deliver()).toBe(0)
  await due()
  expect(await mail.deliver()).toBe(1)
  expect(peer.mails).toHaveLength(1)
})

test('a mail nobody takes is given up after five attempts', async () => {
  const { id, forms } = await sent()
  await forms.activate(id, by)
  peer.refuseNext(99)
  for (let attempt = 0; attempt < 7; attempt += 1) {
    await due()
    await mail.deliver()
  }
  const [row] = await journal.read(journal.db.selectFrom('mails').selectAll())
  expect(row).toMatchObject({ state: 'FAILED', attempts: 5 })
})

test('without a server no mail is kept', async () => {
  const { id, forms } = await sent(openTestForms({ journal, clock }))
  await forms.activate(id, by)
  expect(await journal.read(journal.db.selectFrom('mails').selectAll())).toEqual([])
})

/** The wait before the next attempt is over. */
async function due(): Promise<void> {
  await journal.write([{ query: journal.db.updateTable('mails').set({ next_attempt_at: 0 }) }])
}
