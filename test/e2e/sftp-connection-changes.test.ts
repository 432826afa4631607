import { pino } from 'pino'
import { expect, onTestFinished, test } from 'vitest'
import { OffsetClock } from '../../gateway/clock.ts'
import { createAuthenticate } from '../../gateway/connections/authentication.ts'
import { ConnectionDirectory } from '../../gateway/connections/directory.ts'
import { followJournal } from '../../gateway/connections/following.ts'
import type { ConnectionForm } from '../../gateway/connections/form.ts'
import { until } from '../support/child-program.ts'
import {
  changeConnection,
  insertCertificate,
  insertConnection,
  type ConnectionChanges,
} from '../support/connection-rows.ts'
import { PARTNER } from '../support/door-ground.ts'
import { listDeposits } from '../support/openssh-sftp.ts'
import { describeWith } from '../support/programs.ts'
import { startReception } from '../support/start-reception.ts'
import type { Reception } from '../support/start-reception.ts'

const DAY = 86_400_000
const CERTIFICATE = '1'.repeat(64)
const NEXT_CERTIFICATE = '2'.repeat(64)
const FORM: ConnectionForm = { certificates: [{ part: 'client', sha256: CERTIFICATE }] }

/** A reception that knows its partner by the connections of its journal, as a gateway does. */
async function start(changes: ConnectionChanges): Promise<{
  readonly reception: Reception
  readonly clock: OffsetClock
  readonly change: (changes: ConnectionChanges) => Promise<void>
  /** Whether OpenSSH gets in with the partner's key, or with its next one. */
  readonly getsIn: (key?: 'next') => Promise<boolean>
}> {
  const clock = new OffsetClock()
  let directory: ConnectionDirectory | undefined
  const reception = await startReception({
    settings: { authenticationFloorMilliseconds: 1 },
    failedTries: { slowAfter: 1_000, refuseAfter: 1_000 },
    authenticate: (journal) => {
      directory = new ConnectionDirectory(journal, 'qualification')
      const log = pino({ level: 'silent' })
      onTestFinished(followJournal({ directory, journal, log }))
      return createAuthenticate(directory, clock)
    },
  })
  onTestFinished(() => reception.stop())
  const { journal } = reception.ground
  await insertConnection(journal, PARTNER, {
    application_code: reception.user,
    running: FORM,
    ...changes,
  })
  const certify = (sha256: string, spki_sha256: string) =>
    insertCertificate(journal, PARTNER, { sha256, spki_sha256 })
  await certify(CERTIFICATE, reception.spkiSha256)
  await certify(NEXT_CERTIFICATE, reception.strangerSpkiSha256)
  await directory!.refresh()
  return {
    reception,
    clock,
    change: async (changes) => {
      const before = directory!.find(PARTNER)
      await changeConnection(journal, PARTNER, changes, 'connections')
      await until('the change is known', () => directory!.find(PARTNER) !== before)
    },
    getsIn: async (key) => {
      const file = key === 'next' ? reception.strangerKeyFile : reception.keyFile
      const { code } = await listDeposits(reception, file)
      return code === 0
    },
  }
}

/** The reason of the newest refusal, once there are so many. */
async function reasonOf(reception: Reception, count: number): Promise<string> {
  const { journal } = reception.ground
  let reasons: readonly string[] = []
  await until('the refusal is recorded', async () => {
    const query = journal.db.selectFrom('refusals').select('reason').orderBy('id')
    reasons = (await journal.read(query)).map(({ reason }) => reason)
    return reasons.length === count
  })
  return reasons.at(-1)!
}

describeWith('sftp')('a change of a connection acts on the next try of OpenSSH', () => {
  test('when it is activated and deactivated', async () => {
    const { reception, change, getsIn } = await start({ state: 'SENT' })
    expect(await getsIn()).toBe(false)
    expect(await reasonOf(reception, 1)).toContain('the connection is Sent')
    await change({ state: 'ACTIVATED' })
    expect(await getsIn()).toBe(true)
    await change({ state: 'SENT_UPDATED' })
    expect(await getsIn()).toBe(true)
    await change({ state: 'DEACTIVATED' })
    expect(await getsIn()).toBe(false)
    expect(await reasonOf(reception, 2)).toContain('the connection is Deactivated')
  })

  test('when its addresses change', async () => {
    const { reception, change, getsIn } = await start({})
    expect(await getsIn()).toBe(true)
    await change({ running: { ...FORM, network: { ipAddresses: ['192.0.2.0/24'] } } })
    expect(await getsIn()).toBe(false)
    expect(await reasonOf(reception, 1)).toContain(
      'the connection is used from 192.0.2.0/24 only, not from 127.0.0.1',
    )
    await change({ running: { ...FORM, network: { ipAddresses: ['::ffff:127.0.0.0/104'] } } })
    expect(await getsIn()).toBe(true)
  })

  test('when its certificate is renewed: both at first, then the next alone', async () => {
    const { clock, change, getsIn } = await start({})
    expect(await getsIn('next')).toBe(false)
    const startsAt = new Date(clock.now() + DAY).toISOString()
    const next = { part: 'client' as const, sha256: NEXT_CERTIFICATE, startsAt }
    await change({ running: { certificates: [...FORM.certificates!, next] } })
    expect([await getsIn(), await getsIn('next')]).toEqual([true, false])
    clock.setOffset(2 * DAY)
    expect([await getsIn(), await getsIn('next')]).toEqual([true, true])
    await change({ running: { certificates: [next] } })
    expect([await getsIn(), await getsIn('next')]).toEqual([false, true])
  })

  test('when its last day is over by the gateway’s clock', async () => {
    const now = Date.now()
    const { reception, clock, getsIn } = await start({ valid_until: now + DAY })
    expect(await getsIn()).toBe(true)
    clock.setOffset(DAY)
    expect(await getsIn()).toBe(false)
    expect(await reasonOf(reception, 1)).toContain('the connection ended with')
  })
})
