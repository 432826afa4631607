import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { OffsetClock } from '../../gateway/clock.ts'
import { newId } from '../../gateway/ids.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { ProcessLease } from '../../gateway/process-lease.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'

const LEASE_SECONDS = 3
const log = createLogger('silent')

describe.each(JOURNAL_ADAPTERS.filter(({ isExclusive }) => !isExclusive))(
  'processes that share a journal on $name',
  (adapter) => {
    test('end the sessions of one that died, and of no other', async () => {
      const place = await adapter.prepare()
      const [dying, other] = [await place.open(), await place.open()]
      const dead = await lease(dying, 'a')
      const alive = await lease(other, 'b')
      await openSession(other, dead)
      await openSession(other, alive)
      await dying.close()
      await expect.poll(() => openSessions(other), { timeout: 30_000 }).toEqual([alive.id])
      await sleep(LEASE_SECONDS * 2_000)
      expect(await openSessions(other)).toEqual([alive.id])
      expect(await rows(other)).toEqual([alive.id])
    })

    test('take the place of the one that had the same data folder at once', async () => {
      const place = await adapter.prepare()
      const [dying, other] = [await place.open(), await place.open()]
      const dead = await lease(dying, 'a', 3_600)
      await openSession(other, dead)
      await dying.close()
      const next = await lease(other, 'a', 3_600)
      expect(await openSessions(other)).toEqual([])
      expect(await rows(other)).toEqual([next.id])
    })

    test('leave no row when they end in order', async () => {
      const journal = await (await adapter.prepare()).open()
      const one = await lease(journal, 'a')
      await one.stop()
      expect(await rows(journal)).toEqual([])
    })

    test('are not taken for dead by one that has just come back itself', async () => {
      const journal = await (await adapter.prepare()).open()
      const silent = { holder: 'silent', roles: '', version: '0', started_at: 1, seen_at: 1 }
      const insert = journal.db.insertInto('processes').values({ id: newId('prc'), ...silent })
      await journal.write([{ query: insert }])
      await lease(journal, 'a', 3_600)
      expect(await rows(journal)).toHaveLength(2)
    })
  },
)

async function lease(
  journal: Journal,
  holder: string,
  leaseSeconds = LEASE_SECONDS,
): Promise<ProcessLease> {
  const options = { journal, clock: new OffsetClock(), log, holder, roles: ['listeners'] }
  const started = await ProcessLease.start({ ...options, leaseSeconds })
  onTestFinished(() => started.stop().catch(() => {})) // its journal may be closed
  return started
}

async function openSession(journal: Journal, { id }: ProcessLease): Promise<void> {
  const row = {
    id: newId('ses'),
    protocol: 'sftp',
    peer: '192.0.2.7',
    connection_id: null,
    started_at: 1,
    ended_at: null,
    outcome: null,
    fields_json: '{}',
    transcript_sha256: null,
    process_id: id,
  } as const
  await journal.write([{ query: journal.db.insertInto('sessions').values(row) }])
}

async function openSessions(journal: Journal): Promise<readonly (string | null)[]> {
  const { db } = journal
  const open = db.selectFrom('sessions').select('process_id').where('ended_at', 'is', null)
  return (await journal.read(open)).map((row) => row.process_id)
}

async function rows(journal: Journal): Promise<readonly string[]> {
  const found = await journal.read(journal.db.selectFrom('processes').select('id'))
  return found.map(({ id }) => id)
}
