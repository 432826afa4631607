import { expect, onTestFinished, test } from 'vitest'
import { machineActor } from '../../gateway/accounts/actor.ts'
import { createReturns } from '../../gateway/delivery/returns.ts'
import { openPushPlace } from '../support/push-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTestJournal } from '../support/test-journal.ts'
import { startTcpPartner } from '../support/tcp-partner.ts'
import { createLogger } from '../../gateway/logger.ts'

const BY = { actor: machineActor('test'), sirets: undefined }

test('an operator holds a return flow, which is not brought until it is released', async () => {
  const { place, partner, returns, connectionId } = await opened()
  const id = await place.issue(connectionId)
  expect(await returns.move(id, 'hold', BY, 'partner moves house')).toMatchObject({
    state: 'HELD',
    moves: ['release', 'cancel'],
    nextAttemptAt: null,
  })
  const engine = place.engine()
  onTestFinished(() => engine.stop(0))
  const other = await place.issue(connectionId)
  await expect.poll(() => place.stateOf(other)).toBe('DELIVERED')
  expect(partner.taken).toHaveLength(1)
  await returns.move(id, 'release', BY)
  await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
  const [audit] = await place.journal.read(
    place.journal.db.selectFrom('audit').selectAll().where('action', '=', 'return.hold'),
  )
  expect(audit).toMatchObject({ object_id: id, reason: 'partner moves house' })
})

test('what was delivered is sent again, and every attempt is shown with its proof', async () => {
  const { place, returns, connectionId } = await opened()
  const id = await place.issue(connectionId)
  const engine = place.engine()
  onTestFinished(() => engine.stop(0))
  await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
  await returns.move(id, 'again', BY)
  await expect.poll(async () => (await returns.show(id, undefined)).attempts).toBe(2)
  await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
  const shown = await returns.show(id, undefined)
  expect(shown.deliveries).toMatchObject([
    { attempt: 1, outcome: 'delivered', proof: { kind: 'mdn' }, failure: null },
    { attempt: 2, outcome: 'delivered' },
  ])
})

test('a move that the state does not allow is refused with those that it does', async () => {
  const { place, returns, connectionId } = await opened()
  const id = await place.issue(connectionId)
  await returns.move(id, 'cancel', BY)
  await expect(returns.move(id, 'hold', BY)).rejects.toMatchObject({
    code: 'RETURN_MOVE_ILLEGAL',
    message: expect.stringContaining('it allows again, not hold') as string,
  })
  await expect(returns.move('ret_nobody', 'hold', BY)).rejects.toMatchObject({
    code: 'API_NOT_FOUND',
  })
})

test('return flows are found by state, connection and name, a page at a time', async () => {
  const { place, returns, connectionId } = await opened()
  const other = await place.addPartner(2, 9)
  await place.issueMany(connectionId, 5)
  const id = await place.issue(other)
  const { name } = await returns.show(id, undefined)
  expect(await returns.show(name.replace('.tar.gz', ''), undefined)).toMatchObject({ id })
  expect(await returns.list({ connection: 'PSH002', limit: 10 })).toMatchObject([
    { id, applicationCode: 'PSH002' },
  ])
  const first = await returns.list({ states: ['OFFERED'], limit: 4 })
  expect(first).toHaveLength(4)
  const rest = await returns.list({ states: ['OFFERED'], before: first.at(-1)!.id, limit: 4 })
  expect(rest).toHaveLength(2)
  expect(await returns.list({ states: ['FAILED'], limit: 4 })).toEqual([])
  expect(await returns.list({ sirets: ['00000000000000'], limit: 4 })).toEqual([])
})

async function opened() {
  const folder = await temporaryFolder()
  const journal = await openTestJournal(folder, createLogger('silent'))
  onTestFinished(() => journal.close())
  const place = await openPushPlace(journal, folder)
  onTestFinished(() => place.close())
  const partner = await startTcpPartner()
  onTestFinished(() => partner.stop())
  const connectionId = await place.addPartner(1, partner.port)
  const returns = createReturns({ journal, clock: place.clock, availableSeconds: 3_600 })
  return { place, partner, connectionId, returns }
}
