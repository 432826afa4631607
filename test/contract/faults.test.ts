import { describe, expect, onTestFinished, test } from 'vitest'
import { GATEWAY_ACTOR } from '../../gateway/accounts/actor.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { openFaults } from '../../gateway/faults/journaled-faults.ts'
import { followJournaledClock } from '../../gateway/journaled-clock.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { until } from '../support/child-program.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'

const log = createLogger('silent')
const BY = GATEWAY_ACTOR

describe.each(JOURNAL_ADAPTERS)('faults and clock on $name', (adapter) => {
  const open = async (journal: Journal) => {
    const faults = await openFaults({ journal, clock: new OffsetClock(), log })
    onTestFinished(() => faults.close())
    return faults
  }

  test('a fault acts, counts its hits, and is over when they are used up', async () => {
    const journal = await (await adapter.prepare()).open()
    const faults = await open(journal)
    const put = await faults.add(
      { name: 'no-answer', values: {}, chance: 1, next: 2, seconds: 60 },
      BY,
    )
    expect(put).toMatchObject({ isActive: true, remaining: 2, hits: 0 })
    const meet = () => faults.at('before-acknowledge', { protocol: 'sftp', sessionId: 'ses_1' })
    expect([meet(), meet(), meet()].map((action) => action?.kind)).toEqual([
      'cut',
      'cut',
      undefined,
    ])
    expect(await faults.list({ ended: false, limit: 10 })).toEqual([])
    expect(await faults.list({ ended: true, limit: 10 })).toMatchObject([
      { id: put.id, hits: 2, remaining: 0, isActive: false },
    ])
    const hits = await journal.read(journal.db.selectFrom('fault_hits').selectAll())
    expect(hits).toMatchObject([
      { fault_id: put.id, point: 'before-acknowledge', session_id: 'ses_1' },
      { fault_id: put.id, point: 'before-acknowledge', session_id: 'ses_1' },
    ])
  })

  test('what was put is there after a restart, and what was cleared is not', async () => {
    const journal = await (await adapter.prepare()).open()
    const before = await open(journal)
    const order = { values: {}, chance: 1, seconds: 60 } as const
    await before.add({ ...order, name: 'hang' }, BY)
    const second = await before.add({ ...order, name: 'no-answer' }, BY)
    expect(await before.clear(second.id, BY)).toBe(true)
    expect(await before.clear(second.id, BY)).toBe(false)
    const after = await open(journal)
    expect(after.active).toBe(1)
    expect(after.at('accept', { protocol: 'as2' })).toEqual({ kind: 'hang' })
    expect(await after.clearAll(BY)).toBe(1)
    expect(after.at('accept', { protocol: 'as2' })).toBeUndefined()
    const audit = await journal.read(journal.db.selectFrom('audit').select('action').orderBy('id'))
    expect(audit.map(({ action }) => action)).toContain('fault.add')
    expect(audit.map(({ action }) => action)).toContain('fault.clear')
  })

  test.skipIf(adapter.isExclusive)('another process meets it within a second', async () => {
    const place = await adapter.prepare()
    const [one, other] = [await open(await place.open()), await open(await place.open())]
    await one.add({ name: 'hang', values: {}, chance: 1, seconds: 60 }, BY)
    await until('the other one knows', async () => other.active === 1)
    expect(other.at('accept', { protocol: 'sftp' })).toEqual({ kind: 'hang' })
    await one.clearAll(BY)
    await until('the other one knows', async () => other.active === 0)
  })

  test('the clock keeps its offset over a restart; in production it cannot be moved', async () => {
    const journal = await (await adapter.prepare()).open()
    const clock = new OffsetClock()
    const options = { clock, journal, environment: 'qualification', log } as const
    const control = await followJournaledClock(options)
    await control.move(86_400_000, BY)
    expect(clock.now() - Date.now()).toBeGreaterThan(86_000_000)
    control.close()
    const again = new OffsetClock()
    const reopened = await followJournaledClock({ ...options, clock: again })
    expect(reopened.offsetMilliseconds).toBe(86_400_000)
    expect(again.now() - Date.now()).toBeGreaterThan(86_000_000)
    reopened.close()
    const fixed = await followJournaledClock({ ...options, environment: 'production' })
    await expect((async () => fixed.move(1, BY))()).rejects.toMatchObject({
      code: 'NOT_IN_PRODUCTION',
    })
  })
})
