import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { machineActor } from '../../gateway/accounts/actor.ts'
import { answeredEvidence } from '../../gateway/delivery/answered-flow.ts'
import { offerAgainStatement } from '../../gateway/delivery/outbox.ts'
import { readReturnDocuments } from '../../gateway/delivery/return-documents.ts'
import type { PushEngine } from '../../gateway/delivery/push-engine.ts'
import { createReturns } from '../../gateway/delivery/returns.ts'
import type { Faults } from '../../gateway/faults.ts'
import { DeliveryFault, type ReturnFlowSender } from '../../protocols/return-flow-sender.ts'
import { startProgram, until } from '../support/child-program.ts'
import { changeConnection } from '../support/connection-rows.ts'
import { JOURNAL_ADAPTERS, type JournalPlace } from '../support/journal-adapters.ts'
import { flowRow } from '../support/journal-rows.ts'
import { openPushPlace, type PushChanges, type PushPlace } from '../support/push-place.ts'
import { sendOverTcp, startTcpPartner, type TcpManner } from '../support/tcp-partner.ts'

const CHILD = fileURLToPath(new URL('../support/push-engine-child.ts', import.meta.url))

describe.each(JOURNAL_ADAPTERS)('return flows that are brought, on $name', (adapter) => {
  test('are delivered with their proof, and told on the timeline of their flow', async () => {
    const { place, partner, connectionId } = await opened()
    const flow = flowRow(1)
    await place.journal.write([{ query: place.journal.db.insertInto('flows').values(flow) }])
    const id = await place.issue(connectionId, flow.id)
    run(place)
    await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
    expect(partner.taken).toHaveLength(1)
    const [delivery, ...more] = await place.journal.read(
      place.journal.db.selectFrom('deliveries').selectAll(),
    )
    expect(more).toEqual([])
    expect(delivery).toMatchObject({ attempt: 1, outcome: 'delivered', failure_json: null })
    expect(JSON.parse(delivery!.proof_json)).toMatchObject({ kind: 'mdn' })
    const [event] = await place.journal.read(place.journal.db.selectFrom('flow_events').selectAll())
    expect(event).toMatchObject({ flow_id: flow.id, stage: 'delivery', outcome: 'delivered' })
    // What its listener kept is read again for a partner whose route is given back, and no other.
    const relayed = { overrides: { pesit: { routing: 'relay' } } } as const
    const answered = { flow_id: flow.id }
    expect(await answeredEvidence(place.journal, answered, relayed)).toEqual(
      JSON.parse(flow.evidence_json),
    )
    expect(await answeredEvidence(place.journal, answered, { overrides: {} })).toBeUndefined()
  })

  test('come in the order of their issue', async () => {
    const { place, partner, connectionId } = await opened()
    await place.issueMany(connectionId, 30)
    run(place)
    await expect.poll(() => partner.taken.length, { timeout: 60_000 }).toBe(30)
    expect(partner.taken).toEqual(partner.taken.toSorted())
    expect(partner.most).toBe(1)
  })

  test('are tried again after a failure, and given up after the last attempt', async () => {
    const { place, partner, connectionId } = await opened({ answer: () => 'NO' })
    const id = await place.issue(connectionId)
    run(place)
    await expect.poll(() => place.stateOf(id), { timeout: 60_000 }).toBe('FAILED')
    expect(await place.attemptsOf(id)).toEqual(['1 failed', '2 failed', '3 failed'])
    expect(partner.begun).toBe(3)
    const [delivery] = await place.journal.read(
      place.journal.db.selectFrom('deliveries').selectAll().limit(1),
    )
    expect(JSON.parse(delivery!.failure_json!)).toMatchObject({
      code: 'ANSWER_NO',
      evidence: { said: expect.stringContaining('NO') as string },
    })
  })

  test('wait for their time after a failure', async () => {
    const { place, partner, connectionId } = await opened({ answer: () => 'NO' })
    const id = await place.issue(connectionId)
    const before = Date.now()
    run(place, { settings: { retrySeconds: [300, 600] } })
    await expect.poll(() => place.attemptsOf(id)).toEqual(['1 failed'])
    const [row] = await place.journal.read(
      place.journal.db.selectFrom('return_flows').selectAll().where('id', '=', id),
    )
    expect(row).toMatchObject({ state: 'OFFERED', failures: 1, attempts: 1, token: null })
    expect(row!.next_attempt_at! - before).toBeGreaterThanOrEqual(300_000)
    expect(partner.begun).toBe(1)
  })

  test('cut by an operator again and again are tried again, and never given up for it', async () => {
    const { place, partner, connectionId } = await opened()
    const id = await place.issue(connectionId)
    let cuts = 0
    const send: ReturnFlowSender = (delivery) => {
      cuts += 1
      if (cuts > 5) return sendOverTcp(delivery)
      const message = { en: 'It was cut.', fr: 'Coupée.' }
      throw new DeliveryFault({ code: 'SESSION_CUT', retry: true, isUncounted: true, message })
    }
    run(place, { senders: { as2: send } })
    await expect.poll(() => place.stateOf(id), { timeout: 60_000 }).toBe('DELIVERED')
    const before = [1, 2, 3, 4, 5].map((attempt) => `${attempt} interrupted`)
    expect(await place.attemptsOf(id)).toEqual([...before, '6 delivered'])
    expect(partner.taken).toHaveLength(1)
    const [shown] = await readReturnDocuments(place.journal, { limit: 1 })
    expect(shown?.deliveries[0]?.failure).toMatchObject({ code: 'SESSION_CUT' })
  })

  test('that the partner will never take fail at once', async () => {
    const { place, connectionId } = await opened({ answer: () => 'NEVER' })
    const id = await place.issue(connectionId)
    run(place)
    await expect.poll(() => place.stateOf(id)).toBe('FAILED')
    expect(await place.attemptsOf(id)).toEqual(['1 failed'])
  })

  test('one that is refused does not hold up those behind it', async () => {
    const { place, partner, connectionId } = await opened({
      answer: (name) => (name.includes('0001.') ? 'NO' : 'OK'),
    })
    await place.issueMany(connectionId, 5)
    run(place, { settings: { retrySeconds: [600] } })
    await expect.poll(() => partner.taken.length).toBe(4)
  })

  test('of a partner that is away wait together, uncounted, and keep their order', async () => {
    const { place, partner, connectionId } = await opened()
    await partner.stop()
    await place.issueMany(connectionId, 20)
    run(place, { settings: { retrySeconds: [300] } })
    await expect.poll(() => pauses(place)).toMatchObject([{ reason: 'unreachable' }])
    const { db } = place.journal
    const tried = await place.journal.read(db.selectFrom('deliveries').select('attempt'))
    expect(tried).toHaveLength(1)
    const back = await startTcpPartner()
    onTestFinished(() => back.stop())
    await changeConnection(place.journal, connectionId, {
      running: {
        certificates: [{ part: 'server', sha256: '1'.padStart(64, '0') }],
        network: { as2: { url: `http://127.0.0.1:${back.port}/as2`, as2Id: 'PSH001' } },
      },
    })
    await place.journal.write([
      { query: db.deleteFrom('delivery_pauses') },
      { query: db.updateTable('return_flows').set({ next_attempt_at: 0 }), announce: 'returns' },
    ])
    await expect.poll(() => back.taken.length, { timeout: 60_000 }).toBe(20)
    expect(back.taken).toEqual(back.taken.toSorted())
  })

  test('of one partner, however many and slow, do not starve those of others', async () => {
    const { place, partner, connectionId } = await opened({ milliseconds: 400 })
    const quick = await startTcpPartner()
    onTestFinished(() => quick.stop())
    await place.issueMany(connectionId, 2_000)
    const others = await Promise.all(
      Array.from({ length: 5 }, (_, index) => place.addPartner(index + 2, quick.port)),
    )
    run(place, { settings: { concurrency: 4, perConnection: 3 } })
    await expect.poll(() => partner.begun).toBeGreaterThan(2)
    for (const other of others) await place.issueMany(other, 10)
    await expect.poll(() => quick.taken.length, { timeout: 60_000 }).toBe(50)
    expect(partner.most).toBeLessThanOrEqual(3)
    // All of the slow one's would take more than four minutes.
    expect(partner.taken.length).toBeLessThan(1_000)
  })

  test('cut after the last byte are sent again under the same key, which settles it', async () => {
    const { place, partner, connectionId } = await opened({ losesAnswer: true })
    const id = await place.issue(connectionId)
    run(place, { settings: { attempts: 100_000 } })
    await expect.poll(() => partner.begun).toBeGreaterThan(0)
    partner.manner = {}
    await expect.poll(() => place.stateOf(id), { timeout: 60_000 }).toBe('DELIVERED')
    expect(partner.taken).toHaveLength(1)
    expect(new Set(partner.again)).toEqual(new Set([`${id}.1`]))
  })

  test('sent again by an operator are another emission', async () => {
    const { place, partner, connectionId } = await opened()
    const id = await place.issue(connectionId)
    run(place)
    await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
    const { journal, clock } = place
    const again = offerAgainStatement({ journal, clock, availableSeconds: 60 }, id)
    expect(await journal.write([again])).toMatchObject({ committed: true })
    await expect.poll(() => partner.taken.length).toBe(2)
    await expect.poll(() => place.attemptsOf(id)).toEqual(['1 delivered', '2 delivered'])
    expect(partner.again).toEqual([])
  })

  test('sent again by an operator are tried at once, though their partner did not answer', async () => {
    const { place, partner, connectionId } = await opened()
    await partner.stop()
    const id = await place.issue(connectionId)
    run(place, { settings: { retrySeconds: [86_400] } })
    await expect.poll(() => pauses(place)).toMatchObject([{ reason: 'unreachable' }])
    const back = await startTcpPartner()
    onTestFinished(() => back.stop())
    const { journal, clock } = place
    await changeConnection(journal, connectionId, {
      running: {
        certificates: [{ part: 'server', sha256: '1'.padStart(64, '0') }],
        network: { as2: { url: `http://127.0.0.1:${back.port}/as2`, as2Id: 'PSH001' } },
      },
    })
    const returns = createReturns({ journal, clock, availableSeconds: 86_400 })
    await returns.move(id, 'again', { actor: machineActor('test'), sirets: undefined })
    await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
    expect(back.taken).toHaveLength(1)
  })

  test('are not brought to partners that fetch, nor once their period is over', async () => {
    const { place, partner, connectionId } = await opened()
    const fetching = await place.addPartner(2, partner.port, 'sftp')
    const fetched = await place.issue(fetching)
    place.clock.setOffset(-8 * 86_400_000)
    const late = await place.issue(connectionId)
    place.clock.setOffset(0)
    const good = await place.issue(connectionId)
    run(place)
    await expect.poll(() => place.stateOf(good)).toBe('DELIVERED')
    expect(await place.stateOf(fetched)).toBe('OFFERED')
    expect(await place.stateOf(late)).toBe('OFFERED')
    expect(partner.taken).toHaveLength(1)
  })

  test('wait while their connection is closed', async () => {
    const { place, partner, connectionId } = await opened()
    await changeConnection(place.journal, connectionId, { state: 'DEACTIVATED' })
    await place.connections.refresh()
    const id = await place.issue(connectionId)
    run(place)
    await expect.poll(() => pauses(place)).toMatchObject([{ reason: 'closed' }])
    expect([await place.attemptsOf(id), partner.begun]).toEqual([[], 0])
  })

  test('wait in the closed hours of their partner', async () => {
    const { place, partner, connectionId } = await opened()
    const closed = (to: string) => JSON.stringify({ closedHours: [{ from: '08:00', to }] })
    await changeConnection(place.journal, connectionId, { settings_json: closed('08:00') })
    await place.connections.refresh()
    const id = await place.issue(connectionId)
    run(place)
    await expect.poll(() => pauses(place)).toMatchObject([{ reason: 'closed-hours' }])
    expect([await place.attemptsOf(id), partner.begun]).toEqual([[], 0])
  })

  test('wait while the form does not say where the partner is called', async () => {
    const { place, connectionId } = await opened()
    await changeConnection(place.journal, connectionId, {
      running: { certificates: [{ part: 'server', sha256: '1'.padStart(64, '0') }] },
    })
    const id = await place.issue(connectionId)
    run(place)
    await expect.poll(() => pauses(place)).toMatchObject([{ reason: 'no-address' }])
    expect(await place.stateOf(id)).toBe('OFFERED')
    expect(await place.attemptsOf(id)).toEqual([])
  })

  test('never go to an address that may not be called', async () => {
    const { place, partner, connectionId } = await opened()
    const id = await place.issue(connectionId)
    run(place, { isCallable: () => false })
    await expect.poll(() => place.attemptsOf(id)).toContain('1 failed')
    expect(partner.begun).toBe(0)
  })

  test('a partner that does not answer holds its place no longer than an attempt may take', async () => {
    const { place, connectionId } = await opened({ isSilent: true })
    const id = await place.issue(connectionId)
    run(place, { settings: { attemptSeconds: 1, attempts: 1 } })
    await expect.poll(() => place.stateOf(id), { timeout: 60_000 }).toBe('FAILED')
    const [delivery] = await place.journal.read(
      place.journal.db.selectFrom('deliveries').select('failure_json'),
    )
    expect(JSON.parse(delivery!.failure_json!)).toMatchObject({ code: 'ATTEMPT_TOO_SLOW' })
  })

  test('under way at a stop go back, uncounted, and are brought after the next start', async () => {
    const { place, partner, connectionId } = await opened({ isSilent: true })
    const id = await place.issue(connectionId)
    const engine = run(place)
    await expect.poll(() => partner.begun).toBe(1)
    await engine.stop(50)
    expect(await place.stateOf(id)).toBe('OFFERED')
    partner.manner = {}
    run(place)
    await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
    expect(await place.attemptsOf(id)).toEqual(['1 interrupted', '2 delivered'])
  })

  test.each(['deliver', 'receipt'] as const)(
    'meet a fault at %s as a failed attempt',
    async (at) => {
      const { place, partner, connectionId } = await opened()
      let asked = 0
      const faults: Faults = {
        at: (point) => {
          if (point !== at) return undefined
          asked += 1
          return asked === 1 ? { kind: 'refuse', message: 'not today' } : undefined
        },
      }
      const id = await place.issue(connectionId)
      run(place, { faults })
      await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
      expect(await place.attemptsOf(id)).toEqual(['1 failed', '2 delivered'])
      expect(partner.taken).toHaveLength(1)
      expect(partner.again).toHaveLength(at === 'receipt' ? 1 : 0)
    },
  )

  test('of a process that is killed are all delivered, each taken once', async () => {
    const { place, partner, connectionId, journalPlace } = await opened({ milliseconds: 5 })
    await place.issueMany(connectionId, 200)
    if (adapter.isExclusive) await place.journal.close()
    for (const killedAt of [20, 60, 110, 150]) {
      const child = startProgram(process.execPath, [
        CHILD,
        journalPlace.url,
        journalPlace.dataFolder,
        '1',
      ])
      await until('flows taken', () => partner.taken.length >= killedAt)
      child.kill('SIGKILL')
      await child.ended
    }
    const last = startProgram(process.execPath, [
      CHILD,
      journalPlace.url,
      journalPlace.dataFolder,
      '1',
    ])
    onTestFinished(() => last.kill('SIGKILL'))
    await until('all taken', () => partner.taken.length >= 200)
    expect(new Set(partner.taken).size).toBe(200)
    // What a partner met twice had been cut before its proof was recorded: one a place at most.
    expect(partner.again.length).toBeLessThanOrEqual(4 * 4)
  })

  test.skipIf(adapter.isExclusive)(
    'are shared by several processes, each brought once',
    async () => {
      const { place, partner, connectionId, journalPlace } = await opened({ milliseconds: 5 })
      const children = Array.from({ length: 3 }, () =>
        startProgram(process.execPath, [CHILD, journalPlace.url, journalPlace.dataFolder, '30']),
      )
      onTestFinished(async () => {
        for (const child of children) child.kill('SIGKILL')
        await Promise.all(children.map((child) => child.ended))
      })
      for (const child of children) await until('ready', () => child.stdout().includes('ready'))
      await place.issueMany(connectionId, 300)
      await until('all taken', () => partner.taken.length >= 300)
      expect([partner.again, partner.begun]).toEqual([[], 300])
      expect(partner.most).toBeLessThanOrEqual(4)
      await expect.poll(() => place.countOf(connectionId, 'DELIVERED')).toBe(300)
    },
  )

  async function opened(manner: TcpManner = {}) {
    const journalPlace: JournalPlace = await adapter.prepare()
    const journal = await journalPlace.open()
    const place = await openPushPlace(journal, journalPlace.dataFolder)
    onTestFinished(() => place.close())
    const partner = await startTcpPartner(manner)
    onTestFinished(() => partner.stop())
    const connectionId = await place.addPartner(1, partner.port)
    return { place, partner, connectionId, journalPlace }
  }
})

function run(place: PushPlace, changes: PushChanges = {}): PushEngine {
  const engine = place.engine(changes)
  onTestFinished(() => engine.stop(0))
  return engine
}

const pauses = (place: PushPlace) =>
  place.journal.read(place.journal.db.selectFrom('delivery_pauses').selectAll())
