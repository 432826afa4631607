import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openTestForms, testCertificate } from '../../test/support/connection-forms.ts'
import { openTestJournal } from '../../test/support/test-journal.ts'
import { OffsetClock } from '../clock.ts'
import type { Journal } from '../journal/journal.ts'
import type { Connection } from './connection.ts'
import { openConnections, type Connections } from './connections.ts'
import type { RegistrationOrder } from './registration.ts'
import { createCertificatesOf } from './partner-certificates.ts'

const DAY = 86_400_000
const log = pino({ level: 'silent' })
const folder = mkdtempSync(join(tmpdir(), 'raccord-as2-'))
const clock = new OffsetClock()
let journal: Journal
let connections: Connections
let betto: Connection
let certificatePem: string
let publicKey: Awaited<ReturnType<typeof testCertificate>>['publicKey']
let forms: ReturnType<typeof openTestForms>

const orderOf = (applicationCode: string, pem: string): RegistrationOrder => ({
  applicationCode,
  name: applicationCode,
  protocol: 'as2',
  certificatePem: pem,
  modes: { FSO1110A: 'PARTIAL' },
  validFrom: Date.now() - DAY,
  validUntil: Date.now() + 30 * DAY,
  network: { as2: { url: 'http://as2.betto.example/in', as2Id: 'Betto as2' } },
})

beforeAll(async () => {
  journal = await openTestJournal(folder, log)
  connections = await openConnections({ journal, clock, log, environment: 'qualification' })
  forms = openTestForms({ journal, clock, memory: connections })
  const register = async (code: string, changes: Partial<RegistrationOrder>) => {
    const certificate = await testCertificate({ purpose: 'server' })
    const registration = await forms.register({
      ...orderOf(code, certificate.pem),
      ...changes,
    })
    if (registration.outcome === 'refused') throw new Error(JSON.stringify(registration.reasons))
    return { connection: connections.find(registration.connectionId)!, certificate }
  }
  const first = await register('BET002', {})
  betto = first.connection
  certificatePem = first.certificate.certificatePem
  publicKey = first.certificate.publicKey
  await register('BET003', {})
  await register('BET004', {
    network: {
      as2: { url: 'http://as2.other.example/in', as2Id: 'other' },
      ipAddresses: ['192.0.2.0/24'],
    },
    overrides: { as2: { ownId: 'GATEWAY' } },
  })
})
afterAll(async () => {
  connections.close()
  await journal.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

const offer = (from: readonly string[], to: readonly string[], peerAddress = '192.0.2.9') =>
  connections.authenticate({ protocol: 'as2', as2From: from, as2To: to, peerAddress })

test('a connection is found by the exact names; where several have them all are, the oldest first', () => {
  expect(offer(['Betto as2'], ['CPP001'])).toMatchObject({
    outcome: 'accepted',
    connection: { id: betto.id },
    others: [{ applicationCode: 'BET003' }],
  })
  expect(offer(['nobody', 'Betto as2'], ['CPP', 'CPP001'])).toMatchObject({ outcome: 'accepted' })
})

test('a name in another case, another AS2-To or address is refused, with what differs', () => {
  expect(offer(['BETTO AS2'], ['CPP001'])).toMatchObject({ outcome: 'refused' })
  expect(offer(['bet002'], ['CPP001'])).toMatchObject({
    outcome: 'refused',
    reason: 'no connection has this AS2-From',
    nearest: { connectionId: betto.id, differs: 'AS2-From: "bet002", not Betto as2' },
  })
  expect(offer(['Betto as2'], ['cpp001'])).toMatchObject({ reason: 'AS2-To is not CPP001' })
  expect(offer(['other'], ['GATEWAY'], '198.51.100.1')).toMatchObject({
    reason: 'the connection is not used from 198.51.100.1',
  })
  expect(offer(['other'], ['GATEWAY'])).toMatchObject({ outcome: 'accepted' })
  expect(offer(['nobody'], ['CPP001'])).toEqual({
    outcome: 'refused',
    reason: 'no connection has this AS2-From',
  })
})

test('a connection that has ended is refused, with the day', () => {
  clock.setOffset(31 * DAY)
  expect(offer(['Betto as2'], ['CPP001'])).toMatchObject({
    outcome: 'refused',
    reason: expect.stringContaining('the connection ended with'),
  })
  clock.setOffset(0)
})

test('certificates come from the journal as DER, with the time they are accepted in', async () => {
  const certificatesOf = createCertificatesOf(journal, (id) => connections.find(id))
  const [certificate, ...others] = await certificatesOf(betto.id)
  expect(others).toEqual([])
  const { sha256, notBefore, notAfter } = betto.certificates[0]!
  expect(certificate).toMatchObject({ part: 'server', sha256, notBefore, notAfter })
  expect(createHash('sha256').update(certificate!.der).digest('hex')).toBe(certificate!.sha256)
  expect(certificatePem.replaceAll(/\s/g, '')).toContain(certificate!.der.toString('base64'))
  expect(await certificatesOf(betto.id)).toContain(certificate)
  expect(await certificatesOf('cnx_none')).toEqual([])
})

test('two with one AS2 identifier are told apart by their keys: the same key again is refused', async () => {
  const again = await testCertificate({ purpose: 'server', publicKey, until: 90 * DAY })
  const order = orderOf('BET005', again.pem)
  expect(await forms.register(order)).toMatchObject({
    outcome: 'refused',
    reasons: [{ code: 'AS2_KEY_TAKEN' }],
  })
  const network = { as2: { url: 'http://as2.betto.example/in', as2Id: 'Betto two' } }
  expect(await forms.register({ ...order, network })).toMatchObject({
    outcome: 'registered',
    warnings: expect.arrayContaining([expect.objectContaining({ code: 'KEY_SHARED' })]),
  })
})
