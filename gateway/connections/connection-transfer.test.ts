import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestForms, testCertificate } from '../../test/support/connection-forms.ts'
import { machineActor } from '../accounts/actor.ts'
import { OffsetClock } from '../clock.ts'
import type { ConnectionId, Environment } from '../flow.ts'
import { newId } from '../ids.ts'
import { openTestJournal } from '../../test/support/test-journal.ts'
import type { Journal } from '../journal/journal.ts'
import type { ConnectionForm } from './form.ts'
import type { GatewayForms } from './open-connection-forms.ts'

const DAY = 86_400_000
const SIRET = '00000000005719'
const by = machineActor('127.0.0.1')
const clock = new OffsetClock()
const good = await testCertificate()
const modern = await testCertificate({ kind: { type: 'ed25519' } })
const folders: string[] = []
const journals: Journal[] = []
let qualification: GatewayForms
let production: GatewayForms

async function openEnvironment(environment: Environment): Promise<GatewayForms> {
  const dataFolder = mkdtempSync(join(tmpdir(), 'raccord-transfer-'))
  const journal = await openTestJournal(dataFolder, pino({ level: 'silent' }))
  folders.push(dataFolder)
  journals.push(journal)
  const row = { siret: SIRET, siren: '000000000', name: 'Métra', is_active: 1 }
  const times = { created_at: 0, updated_at: 0 }
  await journal.write([{ query: journal.db.insertInto('structures').values({ ...row, ...times }) }])
  return openTestForms({ journal, clock, environment })
}

beforeAll(async () => {
  qualification = await openEnvironment('qualification')
  production = await openEnvironment('production')
})
afterAll(async () => {
  await Promise.all(journals.map((journal) => journal.close()))
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

const FORM: ConnectionForm = {
  validUntil: '2099-12-31',
  contact: { name: 'Durand', email: 'edi@partner.example', telephone: '01 23 45 67 89' },
  codes: { FSO1110A: 'PARTIAL' },
  confirmations: { documentationRead: true, technicalSkill: true },
  comments: 'kept',
}

async function activated(certificate = good): Promise<ConnectionId> {
  const order = { siret: SIRET, protocol: 'sftp', form: FORM } as const
  const { id } = await qualification.create(order, by)
  await qualification.addCertificates(id, { bytes: certificate.bytes }, by)
  await qualification.submit(id, undefined, by)
  await qualification.activate(id, by)
  return id
}

/** A flow with an integrated invoice: what makes a connection proven. */
async function prove(connection_id: ConnectionId): Promise<void> {
  const [journal] = journals
  await journal!.write([
    {
      query: journal!.db.insertInto('return_flows').values({
        id: newId('ret'),
        connection_id,
        flow_id: null,
        kind: 'report',
        interface_code: 'CSO1110A',
        file_name: connection_id,
        sha256: '0'.repeat(64),
        bytes: 1,
        created_at: 0,
        available_until: DAY,
        state: 'DELIVERED',
        delivered_at: 1,
        attempts: 1,
        next_attempt_at: null,
      }),
    },
  ])
}

test('only a connection over which something went well is promoted', async () => {
  const id = await activated()
  await expect(qualification.promotion(id)).rejects.toThrow('not proven')
  await prove(id)
  expect(await qualification.promotion(id)).toMatchObject({
    structure: SIRET,
    environment: 'qualification',
    form: { comments: 'kept' },
    certificates: [{ part: 'client' }],
  })
  await qualification.deactivate(id, undefined, by)
})

test('a promoted connection is a production draft with its own code, to be confirmed again', async () => {
  // The first codes of production are taken: the promoted one cannot keep its own.
  for (let count = 0; count < 5; count += 1) {
    await production.create({ siret: SIRET, protocol: 'sftp', form: {} }, by)
  }
  const id = await activated()
  await prove(id)
  const exported = await qualification.promotion(id)
  const codes = { ...exported.form.codes, FSO0000Z: 'PARTIAL' } as const
  const { connection, notes } = await production.import(
    { ...exported, form: { ...exported.form, codes } },
    by,
  )
  expect(connection).toMatchObject({
    environment: 'production',
    state: 'DRAFT',
    form: { codes: { FSO1110A: 'PARTIAL' }, comments: 'kept' },
  })
  expect(connection.certificates).toHaveLength(1)
  expect(connection.form.validUntil).toBeUndefined()
  expect(connection.applicationCode).not.toBe(exported.applicationCode)
  expect(notes.map((note) => note.en)).toEqual([
    expect.stringContaining('interface code FSO0000Z'),
    expect.stringContaining('Dates and confirmations'),
    expect.stringContaining(connection.applicationCode),
  ])
  const faults = (await production.validate(connection.id)).map((fault) => fault.field)
  expect(faults).toEqual([
    'confirmations.documentationRead',
    'confirmations.technicalSkill',
    'confirmations.qualificationFirst',
  ])
  await qualification.deactivate(id, undefined, by)
})

test('a certificate that production does not take is left out with the reason', async () => {
  const id = await activated(modern)
  await prove(id)
  const { connection, notes } = await production.import(await qualification.promotion(id), by)
  expect(connection.certificates).toEqual([])
  expect(notes[0]?.en).toMatch(/^Left out: certificate client\. .*RSA/)
})

test('an export comes back in its own environment with dates and confirmations', async () => {
  const id = await activated()
  const exported = await qualification.export(id)
  await qualification.deactivate(id, undefined, by)
  const { connection, notes } = await qualification.import(exported, by)
  expect(connection.form).toEqual(exported.form)
  expect(notes).toHaveLength(1)
  expect(await qualification.validate(connection.id)).toEqual([])
})

test('what comes from another product has no code: the note says which it has now and what to fill in', async () => {
  const exported = {
    structure: SIRET,
    name: 'From another product',
    protocol: 'as2',
    environment: 'qualification',
    form: { network: { as2: { as2Id: 'PARIS', url: 'https://as2.paris.example/in' } } },
    certificates: [],
  } as const
  const { connection, notes } = await qualification.import(exported, by)
  expect(notes.map((note) => note.en)).toEqual([
    expect.stringMatching(
      new RegExp(
        `^The application code ${connection.applicationCode} was assigned: .*to be filled in`,
      ),
    ),
  ])
  expect(connection.form.network).toEqual(exported.form.network)
})
