import { setTimeout as pause } from 'node:timers/promises'
import { pino } from 'pino'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  changeConnection,
  FIRST_DAY,
  insertCertificate,
  insertConnection,
} from '../../test/support/connection-rows.ts'
import { JOURNAL_ADAPTERS } from '../../test/support/journal-adapters.ts'
import { OffsetClock } from '../clock.ts'
import type { ConnectionId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { startOfDayInParis } from '../paris-days.ts'
import { createAuthenticate } from './authentication.ts'
import { ConnectionDirectory } from './directory.ts'
import { followJournal } from './following.ts'
import type { ConnectionForm } from './form.ts'

const DAY = 86_400_000
const key = (letter: string) => letter.repeat(64)
const sha256 = (letter: string) => `${letter.repeat(63)}0`

/** A form with the certificate of the key `a`, then that of `b`…, each from its start on. */
const certificates = (...starts: (string | undefined)[]): ConnectionForm => ({
  certificates: starts.map((startsAt, index) => ({
    part: 'client' as const,
    sha256: sha256('abcdef'[index]!),
    ...(startsAt === undefined ? {} : { startsAt }),
  })),
})

describe.each(JOURNAL_ADAPTERS)('the memory of connections on $name', (engine) => {
  const clock = new OffsetClock()
  let journal: Journal
  let directory: ConnectionDirectory

  beforeEach(async () => {
    clock.setOffset(FIRST_DAY - Date.now())
    const place = await engine.prepare()
    journal = await place.open()
  })

  async function open(polls = false): Promise<void> {
    const log = pino({ level: 'silent' })
    directory = new ConnectionDirectory(journal, 'qualification')
    await directory.refresh()
    onTestFinished(followJournal({ directory, journal, log, polls }))
  }

  const certify = (id: ConnectionId, letter: string, days: number) =>
    insertCertificate(journal, id, {
      sha256: sha256(letter),
      spki_sha256: key(letter),
      not_before: FIRST_DAY - DAY,
      not_after: FIRST_DAY + days * DAY,
    })

  const offer = (letter: string, peerAddress = '192.0.2.1') =>
    createAuthenticate(
      directory,
      clock,
    )({ protocol: 'sftp', user: 'ACM001', spkiSha256: key(letter), peerAddress })

  const answer = (letter: string, peerAddress?: string): string => {
    const given = offer(letter, peerAddress)
    return given.outcome === 'accepted' ? 'accepted' : given.reason
  }

  const onDay = (days: number) => clock.setOffset(FIRST_DAY + days * DAY - Date.now() + 1_000)

  test('a renewal is accepted from its start, beside the older until that one ends', async () => {
    const running = certificates(undefined, '2026-01-11T00:00:00+01:00')
    await insertConnection(journal, 'cnx_1', { running })
    await certify('cnx_1', 'a', 20)
    await certify('cnx_1', 'b', 50)
    await open()
    const both = () => [answer('a'), answer('b')]
    const outside = 'the key is that of a certificate that is over or not begun'
    expect(both()).toEqual(['accepted', outside])
    onDay(10)
    expect(both()).toEqual(['accepted', 'accepted'])
    onDay(21)
    expect(both()).toEqual([outside, 'accepted'])
    onDay(51)
    expect(answer('b')).toBe('the certificate expired on 2026-02-20')
    expect(answer('c')).toBe('the key is not that of the registered certificate')
  })

  test('a certificate of another part does not let anybody in', async () => {
    const server = { part: 'server' as const, sha256: sha256('b') }
    const { certificates: client = [] } = certificates(undefined)
    await insertConnection(journal, 'cnx_1', { running: { certificates: [...client, server] } })
    await certify('cnx_1', 'a', 20)
    await certify('cnx_1', 'b', 20)
    await open()
    expect(answer('a')).toBe('accepted')
    expect(answer('b')).not.toBe('accepted')
  })

  test('the connection ends with its last day in Paris', async () => {
    const valid_until = startOfDayInParis('2026-04-11') // in summer time
    await insertConnection(journal, 'cnx_1', { valid_until, running: certificates(undefined) })
    await certify('cnx_1', 'a', 200)
    await open()
    const at = (instant: string) => {
      clock.setOffset(Date.parse(instant) - Date.now())
      return answer('a')
    }
    expect(at('2026-04-10T23:59:00+02:00')).toBe('accepted')
    expect(at('2026-04-11T00:00:00+02:00')).toBe('the connection ended with 2026-04-10')
    expect(at('2025-12-31T23:59:00+01:00')).toBe('the connection starts on 2026-01-01')
  })

  test('a partner comes from the addresses of its form only', async () => {
    const network = { ipAddresses: ['192.0.2.0/24', '2001:db8::1'] }
    await insertConnection(journal, 'cnx_1', { running: { ...certificates(undefined), network } })
    await certify('cnx_1', 'a', 20)
    await open()
    expect(answer('a', '192.0.2.200')).toBe('accepted')
    expect(answer('a', '2001:db8::1')).toBe('accepted')
    expect(offer('a', '198.51.100.7')).toEqual({
      outcome: 'refused',
      reason: 'the connection is used from 192.0.2.0/24, 2001:db8::1 only, not from 198.51.100.7',
      nearest: { connectionId: 'cnx_1', differs: 'the address: 198.51.100.7' },
    })
    // The first thing to correct of two is the key.
    expect(answer('b', '198.51.100.7')).toBe('the key is not that of the registered certificate')
  })

  test('a change of another process is known within a second', async () => {
    await insertConnection(journal, 'cnx_1', { running: certificates(undefined) })
    await certify('cnx_1', 'a', 20)
    await open(true)
    expect(answer('a')).toBe('accepted')
    await changeConnection(journal, 'cnx_1', { state: 'DEACTIVATED' })
    expect(answer('a')).toBe('accepted')
    await until(() => answer('a') === 'the connection is Deactivated')
  })

  test('a key that a change takes away no longer leads to the connection', async () => {
    await insertConnection(journal, 'cnx_1', { running: certificates(undefined) })
    await certify('cnx_1', 'a', 20)
    await certify('cnx_1', 'b', 20)
    await open()
    expect(directory.findByKey(key('a'))).toHaveLength(1)
    const running = { certificates: [{ part: 'client' as const, sha256: sha256('b') }] }
    await changeConnection(journal, 'cnx_1', { running }, 'connections')
    await until(() => answer('b') === 'accepted')
    expect(directory.findByKey(key('a'))).toEqual([])
    expect(directory.findByCertificate(sha256('a'))).toEqual([])
    expect(directory.findByCertificate(sha256('b')).map(({ id }) => id)).toEqual(['cnx_1'])
  })

  test('a key that two have leads to the oldest, and to the other once that one has changed', async () => {
    const running = certificates(undefined)
    await insertConnection(journal, 'cnx_2', { running, application_code: 'ACM002' })
    await insertConnection(journal, 'cnx_1', { running })
    await certify('cnx_2', 'a', 20)
    await certify('cnx_1', 'a', 20)
    await open()
    const holders = () => directory.findByKey(key('a')).map(({ id }) => id)
    expect(holders()).toEqual(['cnx_1', 'cnx_2'])
    await changeConnection(journal, 'cnx_1', { running: {} }, 'connections')
    await until(() => holders().length === 1)
    expect(holders()).toEqual(['cnx_2'])
  })

  test('a connection of another environment is not there', async () => {
    await insertConnection(journal, 'cnx_1', { environment: 'production' })
    await open()
    expect(directory.find('cnx_1')).toBeUndefined()
    expect(directory.size).toBe(0)
  })

  test('more connections than are read at a time are all there, oldest first', async () => {
    const codes = Array.from({ length: 1_203 }, (_, n) => `B${String(n).padStart(5, '0')}`)
    const running = { codes: { FSO1110A: 'PARTIAL' as const } }
    await Promise.all(
      codes.map((code) =>
        insertConnection(journal, `cnx_${code}`, { application_code: code, running }),
      ),
    )
    await open()
    expect(directory.list().map(({ applicationCode }) => applicationCode)).toEqual(codes)
    expect(directory.findByApplicationCode('B01202')?.modeOf('FSO1110A')).toBe('PARTIAL')
  })

  test('what refused one connection is told apart for ops, and leads to the nearest', async () => {
    await insertConnection(journal, 'cnx_1', { running: certificates(undefined) })
    await insertConnection(journal, 'cnx_2', { application_code: 'ACM002', protocol: 'as2' })
    await insertConnection(journal, 'cnx_3', { application_code: 'ACM003', state: 'DRAFT' })
    await certify('cnx_1', 'a', 20)
    await open()
    const refused = (user: string, letter: string) => {
      const credential = { user, spkiSha256: key(letter), peerAddress: '192.0.2.1' }
      const given = createAuthenticate(directory, clock)({ protocol: 'sftp', ...credential })
      return given.outcome === 'accepted' ? [] : [given.reason, given.nearest?.connectionId]
    }
    const none = 'no connection has this application code'
    expect(refused('XXX', 'f')).toEqual([none, undefined])
    expect(refused('XXX', 'a')).toEqual([`${none}, but the key is known`, 'cnx_1'])
    expect(refused(' acm001 ', 'f')).toEqual([none, 'cnx_1'])
    expect(refused('ACM002', 'f')).toEqual(['the connection is made for as2', 'cnx_2'])
    expect(refused('ACM003', 'a')).toEqual(['the key is that of another connection', 'cnx_1'])
    expect(refused('ACM001', 'f')).toEqual([
      'the key is not that of the registered certificate',
      'cnx_1',
    ])
  })
})

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await pause(5)
}
