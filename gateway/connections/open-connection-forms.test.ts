import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pino } from 'pino'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { spkiSha256 } from '../../certs/fingerprint.ts'
import { openTestForms, testCertificate } from '../../test/support/connection-forms.ts'
import { GATEWAY_ACTOR, machineActor } from '../accounts/actor.ts'
import { OffsetClock } from '../clock.ts'
import { GatewayError } from '../errors.ts'
import type { ConnectionId } from '../flow.ts'
import { openTestJournal } from '../../test/support/test-journal.ts'
import type { Journal } from '../journal/journal.ts'
import { dayInParis, startOfDayInParis } from '../paris-days.ts'
import type { ActivationProfile } from './activation-time.ts'
import type { ConnectionDocument } from './connection-forms.ts'
import { CONNECTION_MOVES, CONNECTION_STATES, type ConnectionState } from './connection-states.ts'
import { openConnections, type Connections } from './connections.ts'
import type { ConnectionForm } from './form.ts'
import type { GatewayForms } from './open-connection-forms.ts'

const DAY = 86_400_000
const log = pino({ level: 'silent' })
const folder = mkdtempSync(join(tmpdir(), 'raccord-forms-'))
const SIRET = '00000000005719'
const by = machineActor('127.0.0.1')
const first = await testCertificate()
const second = await testCertificate({ until: 700 * DAY })
let journal: Journal
let clock: OffsetClock
let connections: Connections
let forms: GatewayForms

const FORM: ConnectionForm = {
  contact: { name: 'Durand', email: 'edi@partner.example', telephone: '01 23 45 67 89' },
  codes: { FSO1110A: 'PARTIAL' },
  confirmations: { documentationRead: true, technicalSkill: true },
}

/** A draft with its certificate, complete. */
async function draft(form: ConnectionForm = {}, certificate = first): Promise<ConnectionDocument> {
  const order = { siret: SIRET, protocol: 'sftp', form: { ...FORM, ...form } } as const
  const { id } = await forms.create(order, by)
  const answer = await forms.addCertificates(id, { bytes: certificate.bytes }, by)
  expect(answer.isKept).toBe(true)
  return answer.connection
}

async function activated(form: ConnectionForm = {}): Promise<ConnectionDocument> {
  const { id } = await draft(form)
  await forms.submit(id, undefined, by)
  const document = await forms.activate(id, by)
  // What the submission woke looks before a test moves the clock.
  await forms.processing.stop()
  return document
}

async function inState(state: ConnectionState): Promise<ConnectionId> {
  if (state === 'DRAFT') return (await draft()).id
  if (state === 'SENT') {
    const { id } = await draft()
    return (await forms.submit(id, undefined, by)).id
  }
  const { id, form } = await activated()
  if (state === 'SENT_UPDATED') {
    await forms.save(id, { form: { ...form, comments: 'new' } }, by)
    await forms.submit(id, undefined, by)
  }
  if (state === 'DEACTIVATED') await forms.deactivate(id, undefined, by)
  return id
}

const stateOf = async (id: ConnectionId): Promise<string | undefined> =>
  (await forms.find(id))?.state
const codeOf = async (attempt: Promise<unknown>): Promise<string> =>
  attempt.then(
    () => 'done',
    (error: unknown) => (error instanceof GatewayError ? error.code : String(error)),
  )
const offer = (user: string, key: typeof first): string => {
  const spki = spkiSha256(key.publicKey)
  const credential = { protocol: 'sftp', user, spkiSha256: spki, peerAddress: '192.0.2.1' } as const
  const answer = connections.authenticate(credential)
  return answer.outcome === 'refused' ? answer.reason : answer.outcome
}

beforeAll(async () => {
  journal = await openTestJournal(folder, log)
  const row = { siren: '000000000', is_active: 1, created_at: 0, updated_at: 0 }
  const structure = { ...row, siret: SIRET, name: 'Établissements Métra' }
  await journal.write([{ query: journal.db.insertInto('structures').values(structure) }])
})
beforeEach(async () => {
  const tables = ['connections', 'connection_certificates', 'connection_codes', 'audit'] as const
  await journal.write(tables.map((table) => ({ query: journal.db.deleteFrom(table) })))
  clock = new OffsetClock()
  connections = await openConnections({ journal, clock, log, environment: 'qualification' })
  forms = openTestForms({ journal, clock, memory: connections })
  return async () => {
    await forms.processing.stop()
    connections.close()
  }
})
afterAll(async () => {
  await journal.close()
  rmSync(folder, { recursive: true, force: true, maxRetries: 10 })
})

describe('a draft', () => {
  test('is kept however incomplete, with a code out of the partner’s name and the notices of the page', async () => {
    const order = { siret: SIRET, protocol: 'sftp', form: { comments: 'later' } } as const
    const made = await forms.create(order, by)
    expect(made).toMatchObject({
      state: 'DRAFT',
      structure: { siret: SIRET, name: 'Établissements Métra' },
      moves: ['edit', 'submit'],
      form: { comments: 'later' },
      running: null,
    })
    expect(made.applicationCode).toMatch(/^ETA\d{3}$/)
    expect(made.notices.map((notice) => notice.id)).toEqual([
      'documentation-read',
      'technical-skill',
      'operator-served',
      'issuers-list',
      'one-connection',
    ])
    expect(await codeOf(forms.submit(made.id, undefined, by))).toBe('FORM_INCOMPLETE')
    const faults = await forms.validate(made.id)
    expect(faults.map((fault) => fault.field)).toContain('contact.email')
  })

  test('of a structure that is not there is not made', async () => {
    const order = { siret: '11111111111111', protocol: 'sftp', form: {} } as const
    expect(await codeOf(forms.create(order, by))).toBe('STRUCTURE_UNKNOWN')
  })

  test('does not take a certificate that fails a check, and says each', async () => {
    const { id } = await draft()
    const weak = await testCertificate({ kind: { type: 'rsa', bits: 1_024 } })
    const answer = await forms.addCertificates(id, { bytes: weak.bytes }, by)
    expect(answer.isKept).toBe(false)
    expect(answer.checks.filter((line) => line.outcome === 'fail').map((one) => one.check)).toEqual(
      ['key'],
    )
    const sha256 = answer.connection.form.certificates?.map((one) => one.sha256)
    expect(sha256).toEqual((await forms.find(id))?.certificates.map((one) => one.sha256))
    expect(sha256).toHaveLength(1)
  })

  test('does not take the certificate of a connection whose form is sent or in force', async () => {
    const { id } = await forms.create({ siret: SIRET, protocol: 'sftp', form: FORM }, by)
    const holder = await inState('SENT')
    const isKept = async () => (await forms.addCertificates(id, { bytes: first.bytes }, by)).isKept
    expect(await isKept()).toBe(false)
    await forms.activate(holder, by)
    await forms.processing.stop()
    await forms.save(holder, { form: { ...FORM, certificates: [] } }, by)
    expect(await isKept()).toBe(false)
    await forms.deactivate(holder, undefined, by)
    expect(await isKept()).toBe(true)
  })

  test('keeps nobody from his certificate: others are warned, and who sends first has it', async () => {
    const squatter = await draft()
    const { id } = await forms.create({ siret: SIRET, protocol: 'sftp', form: FORM }, by)
    const answer = await forms.addCertificates(id, { bytes: first.bytes }, by)
    expect(answer.isKept).toBe(true)
    const warned = answer.checks.find(({ check }) => check === 'uniqueness')
    expect(warned).toMatchObject({ outcome: 'warning', codes: ['IN_ANOTHER_DRAFT'] })
    for (const named of [squatter.id, squatter.applicationCode]) {
      expect(JSON.stringify(answer.checks)).not.toContain(named)
    }
    await forms.submit(id, undefined, by)
    expect(await codeOf(forms.submit(squatter.id, undefined, by))).toBe('FORM_INCOMPLETE')
    const faults = await forms.validate(squatter.id)
    expect(faults.map(({ code }) => code)).toEqual(['CERTIFICATE_TAKEN'])
  })

  test('that is sent with the same certificate at the same moment as another is sent alone', async () => {
    const both = [await draft(), await draft()]
    const outcomes = await Promise.all(
      both.map(({ id }) => codeOf(forms.submit(id, undefined, by))),
    )
    expect(outcomes.toSorted()).toEqual(['FORM_INCOMPLETE', 'done'])
  })

  test('loses nothing when saved without its certificates, and can lose one by name', async () => {
    const { id, certificates } = await draft()
    const saved = await forms.save(id, { form: FORM }, by)
    expect(saved.certificates).toHaveLength(1)
    const without = await forms.removeCertificate(id, certificates[0]!.sha256, undefined, by)
    expect(without.certificates).toEqual([])
    expect((await forms.validate(id)).map((fault) => fault.code)).toEqual(['CERTIFICATE_MISSING'])
  })
})

test('every move of the table can be made, every other one is refused', async () => {
  const act: Record<string, (id: ConnectionId) => Promise<unknown>> = {
    submit: (id) => forms.submit(id, undefined, by),
    activate: (id) => forms.activate(id, by),
    refuse: (id) => forms.refuse(id, 'No.', by),
    deactivate: (id) => forms.deactivate(id, 'Closed.', by),
  }
  for (const state of Object.keys(CONNECTION_STATES) as ConnectionState[]) {
    for (const [event, attempt] of Object.entries(act)) {
      const id = await inState(state)
      const isChange = state === 'ACTIVATED' && event === 'submit'
      if (isChange) await forms.save(id, { form: { ...FORM, comments: 'change' } }, by)
      const named = isChange ? 'change' : event
      const move = CONNECTION_MOVES.find((row) => row.from === state && row.event === named)
      expect([state, event, await codeOf(attempt(id))]).toEqual([
        state,
        event,
        move === undefined ? 'CONNECTION_MOVE_ILLEGAL' : 'done',
      ])
      expect(await stateOf(id)).toBe(move?.to ?? state)
      // Its certificate is free again for the next one.
      await journal.write([{ query: journal.db.deleteFrom('connections').where('id', '=', id) }])
    }
  }
})

describe('writes', () => {
  test('that saw another revision are refused, whoever was first', async () => {
    const { id, revision } = await draft()
    await forms.save(id, { form: FORM, revision }, by)
    expect(await codeOf(forms.save(id, { form: FORM, revision }, by))).toBe('CONNECTION_CHANGED')
    expect(await codeOf(forms.submit(id, revision, by))).toBe('CONNECTION_CHANGED')
    const now = (await forms.find(id))!.revision
    const both = [1, 2].map((number) => forms.save(id, save(`${number}`, now), by))
    const outcomes = await Promise.all(both.map(codeOf))
    expect(outcomes.sort()).toEqual(['CONNECTION_CHANGED', 'done'])
  })
  const save = (comments: string, revision: number) => ({ form: { ...FORM, comments }, revision })

  test('without a revision all succeed, one after the other', async () => {
    const { id } = await draft()
    const all = Array.from({ length: 40 }, (_, index) =>
      codeOf(forms.save(id, { form: { ...FORM, comments: `${index}` } }, by)),
    )
    expect(new Set(await Promise.all(all))).toEqual(new Set(['done']))
  })

  test('of many drafts at once all succeed, each with a code of its own', async () => {
    const made = await Promise.all(
      Array.from({ length: 40 }, () =>
        forms.create({ siret: SIRET, protocol: 'sftp', form: {} }, by),
      ),
    )
    expect(new Set(made.map(({ applicationCode }) => applicationCode)).size).toBe(40)
  })

  test('leave a row each in the audit, with what was before and after', async () => {
    const { id } = await activated()
    await forms.deactivate(id, 'Moved elsewhere.', by)
    const rows = await journal.read(
      journal.db.selectFrom('audit').selectAll().where('object_id', '=', id).orderBy('id'),
    )
    expect(rows.map((row) => row.action)).toEqual([
      'connection.create',
      'connection.add-certificate',
      'connection.submit',
      'connection.activate',
      'connection.deactivate',
    ])
    const last = rows.at(-1)!
    expect(last).toMatchObject({ actor_id: 'machine', siret: SIRET, reason: 'Moved elsewhere.' })
    expect(JSON.parse(last.before_json!)).toMatchObject({ state: 'ACTIVATED' })
    expect(JSON.parse(last.after_json!)).toMatchObject({ state: 'DEACTIVATED' })
  })
})

describe('the automatic processing', () => {
  /** Submits at noon in Paris; resolves to when it is due, milliseconds after that. */
  async function sentAtNoon(activation: ActivationProfile) {
    const noon = startOfDayInParis(dayInParis(Date.now())) + 12 * 3_600_000
    clock.setOffset(noon - Date.now())
    forms = openTestForms({ journal, clock, activation, memory: connections })
    const { id } = await draft()
    const sent = await forms.submit(id, undefined, by)
    return { id, due: Date.parse(sent.dueAt!) - noon, noon }
  }

  test('activates at once in that profile', async () => {
    const { id } = await sentAtNoon('at-once')
    await expect.poll(() => stateOf(id)).toBe('ACTIVATED')
  })

  test.each([
    ['one-minute', 60_000],
    ['next-day', 18 * 3_600_000],
  ] as const)(
    'activates in profile %s by the gateway’s clock, also after a restart',
    async (activation, until) => {
      const { id, due, noon } = await sentAtNoon(activation)
      // Two days a year have an hour more or less.
      expect(Math.abs(due - until)).toBeLessThan(3_700_000)
      await forms.processing.run()
      expect(await stateOf(id)).toBe('SENT')
      clock.setOffset(noon - Date.now() + due + 1)
      await openTestForms({ journal, clock }).processing.run()
      expect(await stateOf(id)).toBe('ACTIVATED')
    },
  )

  test('does each once, also when two processes look at the same moment', async () => {
    const { id } = await draft()
    await forms.submit(id, undefined, by)
    clock.setOffset(61_000)
    const other = openTestForms({ journal, clock })
    const counts = await Promise.all([forms.processing.run(), other.processing.run()])
    expect(counts[0] + counts[1]).toBe(1)
    expect(await stateOf(id)).toBe('ACTIVATED')
  })

  test('refuses with a motive when the certificate has expired by then', async () => {
    const short = await testCertificate({ until: DAY })
    const { id, applicationCode } = await draft({}, short)
    await forms.submit(id, undefined, by)
    clock.setOffset(2 * DAY)
    await forms.processing.run()
    const refused = (await forms.find(id))!
    expect(refused).toMatchObject({ state: 'DRAFT', dueAt: null, running: null })
    expect(refused.motive?.en).toMatch(/^certificates\.0: Validity: The certificate expired/)
    expect(refused.motive?.fr).toMatch(/Validité/)
    await expect.poll(() => offer(applicationCode, short)).toBe('the connection is Draft')
  })

  test('deactivates when the last day is over in Paris, and listeners refuse from then on', async () => {
    const day = dayInParis(Date.now() + 3 * DAY)
    const { id, applicationCode } = await activated({ validUntil: day })
    const end = startOfDayInParis(day) + DAY
    clock.setOffset(end - 3_700_000 - Date.now())
    await forms.processing.run()
    expect(offer(applicationCode, first)).toBe('accepted')
    clock.setOffset(end + 3_700_000 - Date.now())
    expect(offer(applicationCode, first)).toMatch(/^the connection ended with /)
    await forms.processing.run()
    expect(await stateOf(id)).toBe('DEACTIVATED')
    await expect.poll(() => offer(applicationCode, first)).toBe('the connection is Deactivated')
  })
})

describe('a change to an activated connection', () => {
  test('leaves what is in force alone until it is activated', async () => {
    const { id, form } = await activated()
    expect((await forms.validate(id)).map((fault) => fault.code)).toEqual(['NOTHING_CHANGED'])
    await forms.save(id, { form: { ...form, codes: { FSO1100A: 'COMPLETE' } } }, by)
    expect(connections.modeOf(id, 'FSO1110A')).toBe('PARTIAL')
    const sent = await forms.submit(id, undefined, by)
    expect(sent.state).toBe('SENT_UPDATED')
    expect(connections.modeOf(id, 'FSO1110A')).toBe('PARTIAL')
    await forms.activate(id, by)
    expect(connections.modeOf(id, 'FSO1110A')).toBe('NONE')
    expect(connections.modeOf(id, 'FSO1100A')).toBe('COMPLETE')
    const codes = await journal.read(
      journal.db
        .selectFrom('connection_codes')
        .select('interface_code')
        .where('connection_id', '=', id),
    )
    expect(codes).toEqual([{ interface_code: 'FSO1100A' }])
  })

  test('that is refused stays in the form to be corrected, with the motive', async () => {
    const { id, form } = await activated()
    await forms.save(id, { form: { ...form, codes: { FSO1100A: 'COMPLETE' } } }, by)
    await forms.submit(id, undefined, by)
    const refused = await forms.refuse(id, 'Call us.', by)
    expect(refused).toMatchObject({
      state: 'ACTIVATED',
      motive: { en: 'Call us.', fr: 'Call us.' },
      form: { codes: { FSO1100A: 'COMPLETE' } },
      running: { codes: { FSO1110A: 'PARTIAL' } },
    })
    expect(connections.modeOf(id, 'FSO1110A')).toBe('PARTIAL')
  })

  test('may bring the next certificate: both are accepted from its start to the end of the first', async () => {
    const { id, applicationCode } = await activated()
    const startsAt = Date.now() + 30 * DAY
    const answer = await forms.addCertificates(id, { bytes: second.bytes, startsAt }, by)
    expect(answer.connection.certificates.map((one) => [one.isRunning, one.startsAt])).toEqual([
      [true, null],
      [false, new Date(startsAt).toISOString()],
    ])
    await forms.submit(id, undefined, by)
    const renewed = await forms.activate(id, by)
    expect(renewed.certificates.every((one) => one.isRunning)).toBe(true)
    const accepted = (days: number) => {
      clock.setOffset(days * DAY)
      return [offer(applicationCode, first), offer(applicationCode, second)].map(
        (answer) => answer === 'accepted',
      )
    }
    expect(accepted(0)).toEqual([true, false])
    expect(accepted(29)).toEqual([true, false])
    expect(accepted(31)).toEqual([true, true])
    expect(accepted(364)).toEqual([true, true])
    expect(accepted(366)).toEqual([false, true])
    // Long after, a further change is not held up by the one that has ended.
    await forms.save(id, { form: { ...renewed.form, comments: 'later' } }, by)
    expect(await forms.validate(id)).toEqual([])
  })
})

test('a change in preparation keeps nobody from the certificate it brings', async () => {
  const { id } = await activated()
  await forms.addCertificates(id, { bytes: second.bytes }, by)
  const owner = await draft({}, second)
  await forms.submit(owner.id, undefined, by)
  expect(await codeOf(forms.submit(id, undefined, by))).toBe('FORM_INCOMPLETE')
})

test('a duplicate is a new draft with everything but certificates and dates', async () => {
  const { id, applicationCode } = await activated({ validUntil: dayInParis(Date.now() + 9 * DAY) })
  await forms.override(id, { reportMode: 'faithful' }, undefined, by)
  await forms.deactivate(id, undefined, by)
  const copy = await forms.duplicate(id, by)
  expect(copy).toMatchObject({ state: 'DRAFT', settings: { reportMode: 'faithful' }, form: FORM })
  expect(Object.keys(copy.form).sort()).toEqual(Object.keys(FORM).sort())
  expect(copy.applicationCode).not.toBe(applicationCode)
  // A certificate of a deactivated connection may serve again.
  expect((await forms.addCertificates(copy.id, { bytes: first.bytes }, by)).isKept).toBe(true)
})

test('an operator’s settings are in force at once, and wrong ones refused', async () => {
  const { id } = await activated()
  await forms.override(id, { maxInvoicesPerFlow: 3 }, undefined, GATEWAY_ACTOR)
  expect(connections.find(id)?.overrides).toEqual({ maxInvoicesPerFlow: 3 })
  const wrong = forms.override(id, { maxInvoicesPerFlow: 0 }, undefined, by)
  expect(await codeOf(wrong)).toBe('FORM_INCOMPLETE')
})
