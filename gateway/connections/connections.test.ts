import { randomBytes, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { spkiSha256 } from '../../certs/fingerprint.ts'
import type { KeyKind } from '../../certs/key-pair.ts'
import { openTestForms, testCertificate } from '../../test/support/connection-forms.ts'
import { GATEWAY_ACTOR } from '../accounts/actor.ts'
import { OffsetClock } from '../clock.ts'
import { openTestJournal } from '../../test/support/test-journal.ts'
import type { Journal } from '../journal/journal.ts'
import { dayInParis } from '../paris-days.ts'
import { openConnections, type Connections } from './connections.ts'
import type { GatewayForms } from './open-connection-forms.ts'
import type { RegistrationOrder } from './registration.ts'

const DAY = 86_400_000
const log = pino({ level: 'silent' })
const folder = mkdtempSync(join(tmpdir(), 'raccord-connections-'))
let journal: Journal
let clock: OffsetClock
let connections: Connections
let forms: GatewayForms
let nextCode = 1

async function certificate(kind: KeyKind, from = -DAY, until = 365 * DAY) {
  const { pem, publicKey } = await testCertificate({ kind, from, until })
  return { pem, publicKey, spki: spkiSha256(publicKey) }
}
const rsa = await certificate({ type: 'rsa', bits: 3_072 })

function order(
  certificatePem: string,
  changes: Partial<RegistrationOrder> = {},
): RegistrationOrder {
  nextCode += 1
  return {
    applicationCode: `ACM${String(nextCode).padStart(3, '0')}`,
    name: 'Acme',
    protocol: 'sftp',
    certificatePem,
    modes: { FSO1110A: 'COMPLETE', FSO1100A: 'PARTIAL' },
    validFrom: Date.now() - DAY,
    validUntil: Date.now() + 100 * DAY,
    ...changes,
  }
}

async function registered(of: RegistrationOrder) {
  const registration = await forms.register(of)
  if (registration.outcome === 'refused') throw new Error(JSON.stringify(registration.reasons))
  return connections.find(registration.connectionId)!
}

async function refusedCodes(of: RegistrationOrder): Promise<readonly string[]> {
  const registration = await forms.register(of)
  return registration.outcome === 'refused' ? registration.reasons.map((one) => one.code) : []
}

const offer = (user: string, spki: string) =>
  connections.authenticate({
    protocol: 'sftp',
    user,
    spkiSha256: spki,
    peerAddress: '192.0.2.1',
  })

beforeAll(async () => {
  journal = await openTestJournal(folder, log)
})
beforeEach(async () => {
  for (const table of ['connections', 'connection_certificates', 'connection_codes'] as const) {
    await journal.write([{ query: journal.db.deleteFrom(table) }])
  }
  clock = new OffsetClock()
  connections = await openConnections({ journal, clock, log, environment: 'qualification' })
  forms = openTestForms({ journal, clock, memory: connections })
  return () => connections.close()
})
afterAll(async () => {
  await journal.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

describe('a registered connection', () => {
  test('is found by id and code, with its modes, also by who opens the journal later', async () => {
    const connection = await registered(order(rsa.pem))
    const later = await openConnections({ journal, clock, log, environment: 'qualification' })
    for (const reader of [connections, later]) {
      const found = reader.find(connection.id)
      expect(found).toEqual(connection)
      expect(reader.findByApplicationCode(connection.applicationCode)?.id).toBe(connection.id)
      expect(reader.modeOf(connection.id, 'FSO1100A')).toBe('PARTIAL')
      expect(reader.modeOf(connection.id, 'FSO1117A')).toBe('NONE')
      expect(reader.modeOf(connection.id, 'constructor')).toBe('NONE')
      expect(reader.modeOf('cnx_none', 'FSO1100A')).toBe('NONE')
    }
    later.close()
  })

  test('is the same when asked for again, and a change of its key is refused', async () => {
    const first = order(rsa.pem)
    const connection = await registered(first)
    const again = await forms.register({ ...first, name: 'Other', validFrom: 0 })
    expect(again).toMatchObject({ outcome: 'already-registered' })
    expect('connectionId' in again && again.connectionId).toBe(connection.id)
    const other = await certificate({ type: 'rsa', bits: 3_072 })
    expect(await refusedCodes({ ...first, certificatePem: other.pem })).toEqual([
      'APPLICATION_CODE_TAKEN',
    ])
  })

  test('is known to a reader that did not make it', async () => {
    const other = await openConnections({ journal, clock, log, environment: 'qualification' })
    const connection = await registered(order(rsa.pem))
    await expect.poll(() => other.find(connection.id)?.state).toBe('ACTIVATED')
    await forms.deactivate(connection.id, undefined, GATEWAY_ACTOR)
    await expect.poll(() => other.find(connection.id)?.state).toBe('DEACTIVATED')
    other.close()
  })

  test('of another environment is not here', async () => {
    await registered(order(rsa.pem))
    const options = { journal, clock, log, environment: 'production' } as const
    const production = await openConnections(options)
    expect(production.list()).toEqual([])
    production.close()
  })

  test('carries the settings that win over the gateway’s', async () => {
    const connection = await registered(order(rsa.pem, { overrides: { reportMode: 'faithful' } }))
    expect(connection.overrides).toEqual({ reportMode: 'faithful' })
  })
})

describe('a registration is refused', () => {
  test('for an application code of another shape, dates that end before they start, and all else at once', async () => {
    const codes = await refusedCodes(
      order(rsa.pem, {
        applicationCode: 'acm1',
        name: ' ',
        validUntil: 0,
        modes: { FSO1110A: 'COMPLETE', FSO0000Z: 'PARTIAL' },
        overrides: { maxInvoicesPerFlow: 0 },
      }),
    )
    expect(codes).toEqual([
      'APPLICATION_CODE_MALFORMED',
      'NAME_MISSING',
      'OVERRIDES_INVALID',
      'VALIDITY_EMPTY',
      'CODE_UNKNOWN',
    ])
  })

  test('for a key that another connection has, also under another certificate', async () => {
    const first = await registered(order(rsa.pem))
    const second = await testCertificate({ publicKey: rsa.publicKey, until: DAY })
    const registration = await forms.register(order(second.pem))
    expect(registration).toMatchObject({
      outcome: 'refused',
      reasons: [{ code: 'KEY_TAKEN', connectionId: first.id }],
    })
  })

  test('for a key that is weak, a certificate that has expired, a file that is none', async () => {
    const weak = await certificate({ type: 'rsa', bits: 1_024 })
    const expired = await certificate({ type: 'rsa', bits: 3_072 }, -2 * DAY, -DAY)
    expect(await refusedCodes(order(weak.pem))).toEqual(['RSA_WEAK'])
    expect(await refusedCodes(order(expired.pem))).toEqual(['EXPIRED'])
    expect(await refusedCodes(order('hello'))).toEqual(['NOT_CERTIFICATES'])
  })

  test('once, when the same code is asked for twice at the same time', async () => {
    const other = await certificate({ type: 'rsa', bits: 3_072 })
    const first = order(rsa.pem)
    const outcomes = await Promise.all([
      forms.register(first),
      forms.register({ ...first, certificatePem: other.pem }),
    ])
    expect(outcomes.map((one) => one.outcome)).toEqual(['registered', 'refused'])
  })

  test('once, also when two processes ask at the same time', async () => {
    const other = openTestForms({ journal, clock })
    const second = await certificate({ type: 'rsa', bits: 3_072 })
    const first = order(rsa.pem)
    const outcomes = await Promise.all([
      forms.register(first),
      other.register({ ...first, certificatePem: second.pem }),
    ])
    expect(outcomes.map((one) => one.outcome).sort()).toEqual(['refused', 'registered'])
  })

  test('in production for a key that is not RSA, which qualification warns of', async () => {
    const modern = await certificate({ type: 'ed25519' })
    const production = openTestForms({ journal, clock, environment: 'production' })
    expect(await production.register(order(modern.pem))).toMatchObject({
      reasons: [{ code: 'NOT_RSA_ON_SFTP_REFUSED' }],
    })
    expect(await forms.register(order(modern.pem))).toMatchObject({
      outcome: 'registered',
      warnings: [{ code: 'NOT_RSA_ON_SFTP' }],
    })
  })

  test('but only warned of for 2048 bits', async () => {
    const short = await certificate({ type: 'rsa', bits: 2_048 })
    expect(await forms.register(order(short.pem))).toMatchObject({
      outcome: 'registered',
      warnings: [{ code: 'RSA_SHORT' }],
    })
  })
})

describe('authentication', () => {
  test('takes the application code with the key of its certificate', async () => {
    const connection = await registered(order(rsa.pem))
    const answer = offer(connection.applicationCode, rsa.spki)
    expect(answer).toMatchObject({ outcome: 'accepted', connection: { id: connection.id } })
  })

  test('refuses an unknown user, and tells ops which connection was meant', async () => {
    const { id, applicationCode } = await registered(order(rsa.pem))
    const stranger = randomBytes(32).toString('hex')
    expect(offer('ZZZ999', stranger)).toEqual({
      outcome: 'refused',
      reason: 'no connection has this application code',
    })
    expect(offer('ZZZ999', rsa.spki)).toMatchObject({ nearest: { connectionId: id } })
    expect(offer(applicationCode.toLowerCase(), stranger)).toMatchObject({
      nearest: { connectionId: id },
    })
    expect(offer('', '')).toMatchObject({ outcome: 'refused' })
  })

  test('refuses a wrong key, also that of another connection', async () => {
    const other = await certificate({ type: 'rsa', bits: 3_072 })
    const first = await registered(order(rsa.pem))
    const second = await registered(order(other.pem))
    expect(offer(first.applicationCode, randomBytes(32).toString('hex'))).toMatchObject({
      outcome: 'refused',
      nearest: { connectionId: first.id, differs: 'the key' },
    })
    expect(offer(first.applicationCode, other.spki)).toMatchObject({
      outcome: 'refused',
      nearest: { connectionId: second.id },
    })
    for (const key of ['', 'zz', '0'.repeat(64), rsa.spki.slice(2), `${rsa.spki}00`]) {
      expect(offer(first.applicationCode, key).outcome).toBe('refused')
    }
  })

  test('follows the clock: not before the start, not after the end, not with an expired certificate', async () => {
    const short = await certificate({ type: 'rsa', bits: 3_072 }, -DAY, 50 * DAY)
    const { applicationCode, certificates } = await registered(order(short.pem))
    const at = (days: number) => {
      clock.setOffset(days * DAY)
      const answer = offer(applicationCode, short.spki)
      return answer.outcome === 'refused' ? answer.reason : answer.outcome
    }
    const last = new X509Certificate(short.pem).validToDate
    expect(certificates[0]?.notAfter).toBe(last.getTime())
    expect(at(0)).toBe('accepted')
    expect(at(49)).toBe('accepted')
    expect(at(51)).toBe(`the certificate expired on ${dayInParis(last.getTime())}`)
    expect(at(101)).toMatch(/^the connection ended with /)
    expect(at(-10)).toMatch(/^the connection starts on /)
  })

  test('refuses a deactivated connection from the next try on', async () => {
    const { id, applicationCode } = await registered(order(rsa.pem))
    await forms.deactivate(id, undefined, GATEWAY_ACTOR)
    expect(offer(applicationCode, rsa.spki)).toMatchObject({
      outcome: 'refused',
      reason: 'the connection is Deactivated',
      nearest: { connectionId: id },
    })
  })

  test('refuses a connection made for another protocol', async () => {
    const as2 = await testCertificate({ purpose: 'server' })
    const network = { as2: { url: 'https://edi.partner.example/as2', as2Id: 'PARTNER' } }
    const { applicationCode } = await registered(order(as2.pem, { protocol: 'as2', network }))
    expect(offer(applicationCode, spkiSha256(as2.publicKey))).toMatchObject({ outcome: 'refused' })
  })
})
