import { randomBytes } from 'node:crypto'
import { readdir, readlink } from 'node:fs/promises'
import { Readable } from 'node:stream'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createMailbox } from '../../gateway/delivery/mailbox.ts'
import {
  expireReturnFlows,
  offerAgainStatement,
  offerReturnFlow,
} from '../../gateway/delivery/outbox.ts'
import type { ReturnFlow } from '../../gateway/flow.ts'
import { newId } from '../../gateway/ids.ts'
import type { Mailbox } from '../../protocols/listener.ts'
import { type DoorGround, openDoorGround, PARTNER, TWIN } from '../support/door-ground.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const WEEK = 604_800_000

describe('the retrieval box', () => {
  test('lists what is offered to its connection, oldest first', async () => {
    const { mailbox, issue } = await opened()
    const first = await issue({})
    const second = await issue({ createdAt: first.createdAt + 1 })
    await issue({ connectionId: TWIN })
    const listed = await mailbox.list(PARTNER)
    expect(listed).toEqual([
      { ...first, state: 'OFFERED' },
      { ...second, state: 'OFFERED' },
    ])
  })

  test('gives random access to the content', async () => {
    const { mailbox, issue } = await opened()
    const content = randomBytes(10_000)
    const { id } = await issue({}, content)
    const open = await mailbox.open(PARTNER, id)
    expect(open.bytes).toBe(10_000)
    const [a, b] = [Buffer.alloc(100), Buffer.alloc(50)]
    expect(await open.read([a, b], 9_000)).toBe(150)
    expect(Buffer.concat([a, b])).toEqual(content.subarray(9_000, 9_150))
    expect(await open.read([a], 9_950)).toBe(50)
    expect(await open.read([a], 10_000)).toBe(0)
    await open.close()
  })

  test('closing in the middle of a read leaves no descriptor behind', async () => {
    const { ground, mailbox, issue } = await opened()
    const { id } = await issue({}, randomBytes(3_000_000))
    const open = await mailbox.open(PARTNER, id)
    const reading = open.read([Buffer.alloc(3_000_000)], 0)
    await Promise.all([open.close(), open.close()])
    expect(await reading).toBe(3_000_000)
    await expect(open.read([Buffer.alloc(1)], 0)).rejects.toMatchObject({ code: 'INTERNAL' })
    expect(await descriptorsInto(ground.folder, 'payloads')).toEqual([])
  })

  test('a return flow once read whole is delivered, with its proof, and leaves the list', async () => {
    const { ground, mailbox, issue } = await opened()
    const { id } = await issue({})
    await mailbox.consumed(PARTNER, id, { session: 'ses_1' })
    expect(await mailbox.list(PARTNER)).toEqual([])
    await expect(mailbox.open(PARTNER, id)).rejects.toMatchObject({ code: 'RETURN_FLOW_GONE' })
    const [delivery, ...more] = await deliveries(ground)
    expect(more).toEqual([])
    expect(delivery).toMatchObject({ return_flow_id: id, attempt: 1, outcome: 'delivered' })
    expect(JSON.parse(delivery?.proof_json ?? '{}')).toMatchObject({
      kind: 'read',
      evidence: { session: 'ses_1' },
    })
  })

  test('what was read is told on the timeline of the flow that it answers', async () => {
    const { ground, mailbox, issue } = await opened()
    const { id } = await issue({ flowId: 'flw_1' })
    await mailbox.consumed(PARTNER, id, {})
    const events = await ground.journal.read(
      ground.journal.db.selectFrom('flow_events').selectAll(),
    )
    expect(events).toMatchObject([{ flow_id: 'flw_1', stage: 'delivery', outcome: 'delivered' }])
  })

  test('two sessions that read it at once deliver it once', async () => {
    const { ground, mailbox, issue } = await opened()
    const { id } = await issue({})
    await Promise.all([1, 2, 3].map(() => mailbox.consumed(PARTNER, id, {})))
    expect(await deliveries(ground)).toHaveLength(1)
  })

  test('is closed to other connections', async () => {
    const { ground, mailbox, issue } = await opened()
    const { id } = await issue({})
    await expect(mailbox.open(TWIN, id)).rejects.toMatchObject({ code: 'RETURN_FLOW_GONE' })
    await expect(mailbox.consumed(TWIN, id, {})).rejects.toMatchObject({
      code: 'RETURN_FLOW_GONE',
    })
    expect(await deliveries(ground)).toEqual([])
    expect(await mailbox.list(PARTNER)).toHaveLength(1)
  })

  test('hides what its period is over for, before and after it is withdrawn', async () => {
    const { ground, mailbox, issue } = await opened()
    const { id } = await issue({})
    ground.clock.setOffset(WEEK + 1_000)
    expect(await mailbox.list(PARTNER)).toEqual([])
    expect(await expireReturnFlows(ground)).toBe(1)
    expect(await expireReturnFlows(ground)).toBe(0)
    expect(await stateOf(ground, id)).toBe('EXPIRED')
  })

  test('what expired while it was being read is delivered all the same', async () => {
    const { ground, mailbox, issue } = await opened()
    const { id } = await issue({})
    ground.clock.setOffset(WEEK + 1_000)
    await expireReturnFlows(ground)
    await mailbox.consumed(PARTNER, id, {})
    expect(await stateOf(ground, id)).toBe('DELIVERED')
  })

  test('shows again, for a new period, what an operator offers once more', async () => {
    const { ground, mailbox, issue } = await opened()
    const { id } = await issue({})
    await mailbox.consumed(PARTNER, id, {})
    const again = { journal: ground.journal, clock: ground.clock, availableSeconds: 10 }
    const offer = (id: ReturnFlow['id']) => ground.journal.write([offerAgainStatement(again, id)])
    expect(await offer(id)).toMatchObject({ committed: true })
    expect(await offer(newId('ret'))).toMatchObject({ committed: false })
    expect(await mailbox.list(PARTNER)).toMatchObject([{ id, state: 'OFFERED' }])
    await mailbox.consumed(PARTNER, id, {})
    expect((await deliveries(ground)).map((row) => row.attempt)).toEqual([1, 2])
    ground.clock.setOffset(11_000)
    expect(await mailbox.list(PARTNER)).toEqual([])
  })
})

test('a flow has one report: the second one undoes all that is written with it', async () => {
  const { ground, issue } = await opened()
  const first = await issue({ flowId: 'flw_1' })
  const second = offerReturnFlow(ground.journal, { ...first, id: newId('ret') })
  expect(await ground.journal.write([second])).toMatchObject({
    committed: false,
    reason: 'unique',
  })
})

interface Opened {
  readonly ground: DoorGround
  readonly mailbox: Mailbox
  readonly issue: (
    changes: Partial<ReturnFlow>,
    content?: Buffer,
  ) => Promise<Omit<ReturnFlow, 'state'>>
}

async function opened(): Promise<Opened> {
  const ground = await openDoorGround(await temporaryFolder())
  onTestFinished(() => ground.close())
  const issue: Opened['issue'] = async (changes, content = randomBytes(100)) => {
    const now = ground.clock.now()
    const returnFlow: Omit<ReturnFlow, 'state'> = {
      id: newId('ret'),
      connectionId: PARTNER,
      kind: 'report',
      interfaceCode: 'CSO1110A',
      fileName: 'CSO1110A_SIM123_SIM1231110000000000000001.tar.gz',
      content: await ground.payloads.put(Readable.from([content])),
      createdAt: now,
      availableUntil: now + WEEK,
      ...changes,
    }
    await ground.journal.write([offerReturnFlow(ground.journal, returnFlow)])
    return returnFlow
  }
  return { ground, mailbox: createMailbox(ground), issue }
}

function deliveries(ground: DoorGround) {
  return ground.journal.read(
    ground.journal.db.selectFrom('deliveries').selectAll().orderBy('attempt'),
  )
}

async function stateOf(ground: DoorGround, id: ReturnFlow['id']): Promise<string | undefined> {
  const [row] = await ground.journal.read(
    ground.journal.db.selectFrom('return_flows').select('state').where('id', '=', id),
  )
  return row?.state
}

/** Files below `folder`/`part` that this process has open; folders do not count. */
async function descriptorsInto(folder: string, part: string): Promise<string[]> {
  const open = await readdir('/proc/self/fd').catch(() => [])
  const targets = await Promise.all(
    open.map((descriptor) => readlink(`/proc/self/fd/${descriptor}`).catch(() => '')),
  )
  return targets.filter(
    (target) => target.startsWith(`${folder}/${part}/`) && /[0-9a-f]{64}$/.test(target),
  )
}
