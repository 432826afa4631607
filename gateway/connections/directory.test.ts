import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { JOURNAL_ADAPTERS } from '../../test/support/journal-adapters.ts'
import { OffsetClock } from '../clock.ts'
import type { ConnectionId } from '../flow.ts'
import type { Journal, WriteStatement } from '../journal/journal.ts'
import { startOfDayInParis } from '../paris-days.ts'
import { createAuthenticate } from './authentication.ts'
import { ConnectionDirectory } from './directory.ts'
import { followJournal } from './following.ts'
import type { ConnectionForm } from './form.ts'
import { bumpRevision, currentRevision } from './revision.ts'

const DAY = 86_400_000
const START = startOfDayInParis('2026-01-01')
const key = (letter: string) => letter.repeat(64)
const cert = (letter: string) => `${letter.repeat(63)}0`

/** The partner's certificate with the key `a`, then with `b` and so on, as renewals. */
const certificatesOf = (
  ...starts: (string | undefined)[]
): NonNullable<ConnectionForm['certificates']> =>
  starts.map((startsAt, index) => ({
    part: 'client' as const,
    sha256: cert('abcdef'[index]!),
    ...(startsAt === undefined ? {} : { startsAt }),
  }))

describe.each(JOURNAL_ADAPTERS)('the memory of connections on $name', (engine) => {
  const clock = new OffsetClock()
  let journal: Journal
  let directory: ConnectionDirectory

  beforeEach(async () => {
    clock.setOffset(START - Date.now())
    const place = await engine.prepare()
    journal = await place.open()
  })

  async function open(polls = false): Promise<void> {
    const log = pino({ level: 'silent' })
    directory = new ConnectionDirectory(journal, 'qualification')
    await directory.refresh()
    onTestFinished(followJournal({ directory, journal, log, polls }))
  }

  /** As a process of its own would: nobody here is told. */
  async function write(...statements: WriteStatement[]): Promise<void> {
    const result = await journal.write([bumpRevision(journal), ...statements])
    expect(result.committed).toBe(true)
  }

  const insert = (id: ConnectionId, form: ConnectionForm, code = 'ACM001'): WriteStatement => ({
    query: journal.db.insertInto('connections').values({
      id,
      application_code: code,
      siret: null,
      name: 'Acme',
      name_folded: 'acme',
      protocol: 'sftp',
      environment: 'qualification',
      state: 'ACTIVATED',
      form_json: '{}',
      running_json: JSON.stringify(form),
      settings_json: '{}',
      valid_from: START,
      valid_until: START + 100 * DAY,
      certificate_until: null,
      due_at: null,
      motive_json: null,
      revision: currentRevision(journal),
      created_at: START,
      updated_at: START,
    }),
  })

  const certificate = (id: ConnectionId, letter: string, days: number): WriteStatement => ({
    query: journal.db.insertInto('connection_certificates').values({
      connection_id: id,
      sha256: cert(letter),
      spki_sha256: key(letter),
      subject: '',
      issuer: '',
      serial: '',
      not_before: START - DAY,
      not_after: START + days * DAY,
      chain_pem: 'PEM',
      added_at: START,
    }),
  })

  const update = (id: ConnectionId, change: { state?: 'DEACTIVATED'; form?: ConnectionForm }) => ({
    query: journal.db
      .updateTable('connections')
      .set({
        revision: currentRevision(journal),
        ...(change.state === undefined ? {} : { state: change.state }),
        ...(change.form === undefined ? {} : { running_json: JSON.stringify(change.form) }),
      })
      .where('id', '=', id),
  })

  const answer = (letter: string, peerAddress = '192.0.2.1'): string => {
    const credential = { user: 'ACM001', spkiSha256: key(letter), peerAddress }
    const outcome = createAuthenticate(directory, clock)({ protocol: 'sftp', ...credential })
    return outcome.outcome === 'accepted' ? 'accepted' : outcome.reason
  }

  const onDay = (days: number) => clock.setOffset(START + days * DAY - Date.now() + 1_000)

  test('a renewal is accepted from its start, beside the older until that one ends', async () => {
    const form = { certificates: certificatesOf(undefined, '2026-01-11T00:00:00+01:00') }
    await write(insert('cnx_1', form), certificate('cnx_1', 'a', 20), certificate('cnx_1', 'b', 50))
    await open()
    const both = () => [answer('a'), answer('b')]
    const early = 'the key is that of a certificate that is over or not begun'
    expect(both()).toEqual(['accepted', early])
    onDay(10)
    expect(both()).toEqual(['accepted', 'accepted'])
    onDay(21)
    expect(both()).toEqual([early, 'accepted'])
    onDay(51)
    expect(answer('b')).toBe('the certificate expired on 2026-02-20')
    expect(answer('c')).toBe('the key is not that of the registered certificate')
  })

  test('the connection ends with its last day in Paris', async () => {
    const form = { certificates: certificatesOf(undefined) }
    await write(insert('cnx_1', form), certificate('cnx_1', 'a', 200))
    const end = startOfDayInParis('2026-04-11') // in summer time
    await write({
      query: journal.db
        .updateTable('connections')
        .set({ valid_until: end, revision: currentRevision(journal) }),
    })
    await open()
    const at = (instant: string) => {
      clock.setOffset(Date.parse(instant) - Date.now())
      return answer('a')
    }
    expect(at('2026-04-10T23:59:00+02:00')).toBe('accepted')
    expect(at('2026-04-11T00:00:00+02:00')).toBe('the connection ended with 2026-04-10')
  })

  test('a partner comes from the addresses of its form only', async () => {
    const form = {
      certificates: certificatesOf(undefined),
      network: { ipAddresses: ['192.0.2.0/24', '2001:db8::1'] },
    }
    await write(insert('cnx_1', form), certificate('cnx_1', 'a', 20))
    await open()
    expect(answer('a', '192.0.2.200')).toBe('accepted')
    expect(answer('a', '2001:db8::1')).toBe('accepted')
    expect(answer('a', '198.51.100.7')).toBe(
      'the connection is used from 192.0.2.0/24, 2001:db8::1 only, not from 198.51.100.7',
    )
    expect(
      createAuthenticate(
        directory,
        clock,
      )({
        protocol: 'sftp',
        user: 'ACM001',
        spkiSha256: key('a'),
        peerAddress: '198.51.100.7',
      }),
    ).toMatchObject({ nearest: { connectionId: 'cnx_1', differs: 'the address: 198.51.100.7' } })
    // To who does not hold the key, no address is told of.
    expect(answer('b', '198.51.100.7')).toBe('the key is not that of the registered certificate')
  })

  test('a change of another process is known within a second', async () => {
    const form = { certificates: certificatesOf(undefined) }
    await write(insert('cnx_1', form), certificate('cnx_1', 'a', 20))
    await open(true)
    expect(answer('a')).toBe('accepted')
    await write(update('cnx_1', { state: 'DEACTIVATED' }))
    expect(answer('a')).toBe('accepted')
    await until(() => answer('a') === 'the connection is Deactivated')
  })

  test('a key that a change takes away no longer leads to the connection', async () => {
    await write(
      insert('cnx_1', { certificates: certificatesOf(undefined) }),
      certificate('cnx_1', 'a', 20),
      certificate('cnx_1', 'b', 20),
    )
    await open()
    expect(directory.findByKey(key('a'))).toHaveLength(1)
    const form = { certificates: [{ part: 'client' as const, sha256: cert('b') }] }
    await write({ ...update('cnx_1', { form }), announce: 'connections' })
    await until(() => answer('b') === 'accepted')
    expect(directory.findByKey(key('a'))).toEqual([])
    expect(directory.findByCertificate(cert('a'))).toEqual([])
    expect(directory.findByCertificate(cert('b')).map(({ id }) => id)).toEqual(['cnx_1'])
  })

  test('a key that two have is that of the oldest, and of the other once that one has changed', async () => {
    const form = { certificates: certificatesOf(undefined) }
    await write(insert('cnx_2', form, 'ACM002'), certificate('cnx_2', 'a', 20))
    await write(insert('cnx_1', form), certificate('cnx_1', 'a', 20))
    await open()
    const holders = () => directory.findByKey(key('a')).map(({ id }) => id)
    expect(holders()).toEqual(['cnx_1', 'cnx_2'])
    await write({ ...update('cnx_1', { form: {} }), announce: 'connections' })
    await until(() => holders().length === 1)
    expect(holders()).toEqual(['cnx_2'])
  })

  test('more connections than are read at a time are all there', async () => {
    const codes = Array.from({ length: 1_203 }, (_, n) => `B${String(n).padStart(5, '0')}`)
    const form = { codes: { FSO1110A: 'PARTIAL' as const } }
    await Promise.all(codes.map((code) => write(insert(`cnx_${code}`, form, code))))
    await open()
    expect(directory.list()).toHaveLength(1_203)
    expect(directory.findByApplicationCode('B01202')?.modeOf('FSO1110A')).toBe('PARTIAL')
  })
})

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5)
}
