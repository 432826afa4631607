import { randomBytes } from 'node:crypto'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { describe, expect, onTestFinished, test } from 'vitest'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import { GatewayError } from '../../gateway/errors.ts'
import type { StoredContent } from '../../gateway/flow.ts'
import { checkFlowName } from '../../gateway/flow-name-check.ts'
import {
  type DoorGround,
  flowName,
  openDoorGround,
  PARTNER,
  receive,
  SESSION,
  TWIN,
} from '../support/door-ground.ts'
import { newId } from '../../gateway/ids.ts'
import { runIntakeKills } from '../support/intake-kills.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** Small enough to be in the journal's commit, and not. */
const SIZES = [5_000, 50_000]

describe('the intake', () => {
  test.each(SIZES)(
    'resolves once %i bytes are durable, and staging holds nothing',
    async (bytes) => {
      const ground = await opened()
      const content = randomBytes(bytes)
      const flow = await receive(ground, flowName(1), content)
      const outcome = await ground.intake(flow)
      expect(outcome).toMatchObject({ outcome: 'taken' })
      expect(await flows(ground)).toMatchObject([
        {
          connection_id: PARTNER,
          interface_code: 'FSO1110A',
          application_code: 'SIM123',
          flow_identifier: 'SIM1231110000000000000001',
          mode: 'PARTIAL',
          state: 'IN_RECU',
          stage: 'technical',
          evidence_json: '{"client":"test"}',
        },
      ])
      expect(await buffer(ground.payloads.read(flow.content))).toEqual(content)
      expect(await staged(ground)).toEqual([])
      expect(ground.staging.usedBytes(PARTNER)).toBe(0)
      expect(await events(ground)).toEqual(['intake received'])
    },
  )

  test('takes a flow whose code the connection has not subscribed to: it gets a report', async () => {
    const ground = await opened()
    const name = flowName(1).replace('FSO1110A', 'FSO9999A')
    await ground.intake(await receive(ground, name, randomBytes(10)))
    expect(await flows(ground)).toMatchObject([{ interface_code: 'FSO9999A', mode: 'NONE' }])
  })

  test('hands the flow to the queue, with its delay, and waits for no queue', async () => {
    const ground = await opened()
    const never = ground.createIntake({
      queue: { enqueue: () => Promise.reject(new Error('no queue today')) },
    })
    expect(await never(await receive(ground, flowName(1), randomBytes(10)))).toMatchObject({
      outcome: 'taken',
    })
    const delayed = ground.createIntake({ delayFor: () => 12_345 })
    const outcome = await delayed(await receive(ground, flowName(2), randomBytes(10)))
    const { flowId } = outcome as { flowId: string }
    await expect
      .poll(() => ground.jobs)
      .toEqual([{ id: `extract-${flowId}`, kind: 'extract', flowId, runAt: 12_345 }])
  })

  test('commits with the flow what the protocol wants remembered', async () => {
    const ground = await opened()
    const flow = await receive(ground, flowName(1), randomBytes(10), {
      remember: { key: 'message-1', value: 'the receipt' },
    })
    await ground.intake(flow)
    expect(
      await ground.journal.read(
        ground.journal.db.selectFrom('protocol_memory').select(['key', 'value']),
      ),
    ).toEqual([{ key: 'message-1', value: 'the receipt' }])
  })
})

describe('a flow that comes again', () => {
  test.each(SIZES)('with the same %i bytes gets the same answer, once recorded', async (bytes) => {
    const ground = await opened()
    const content = randomBytes(bytes)
    const first = await ground.intake(await receive(ground, flowName(1), content))
    const again = await ground.intake(await receive(ground, flowName(1), content))
    expect(again).toEqual({ ...first, outcome: 'already-taken' })
    expect(await flows(ground)).toHaveLength(1)
    expect(await events(ground)).toEqual(['intake received', 'intake sent again'])
    expect(await staged(ground)).toEqual([])
    await expect.poll(() => ground.jobs).toHaveLength(1)
  })

  test.each(SIZES)(
    'with %i other bytes is refused; the listener drops what came',
    async (bytes) => {
      const ground = await opened()
      await ground.intake(await receive(ground, flowName(1), randomBytes(bytes)))
      const other = await receive(ground, flowName(1), randomBytes(bytes))
      expect(await ground.intake(other)).toMatchObject({
        outcome: 'refused',
        code: 'IDENTIFIER_TAKEN',
      })
      expect(ground.staging.placeOf(other.stagedId)).toBeDefined()
      expect(await stored(ground)).toHaveLength(1)
    },
  )

  test('over another connection is refused, whatever its content', async () => {
    const ground = await opened()
    const content = randomBytes(10)
    await ground.intake(await receive(ground, flowName(1), content))
    const twin = await receive(ground, flowName(1), content, { connectionId: TWIN })
    expect(await ground.intake(twin)).toMatchObject({ code: 'IDENTIFIER_TAKEN' })
  })

  test('unchanged is refused where the setting says so', async () => {
    const ground = await opened()
    const intake = ground.createIntake({ identicalResend: 'refuse' })
    const content = randomBytes(10)
    await intake(await receive(ground, flowName(1), content))
    expect(await intake(await receive(ground, flowName(1), content))).toMatchObject({
      code: 'IDENTIFIER_TAKEN',
    })
    await ground.sessions.flush()
    expect(await refusals(ground)).toMatchObject([
      { code: 'IDENTIFIER_TAKEN', reason: expect.stringContaining('identicalResend') },
    ])
  })

  test.each([
    ['through one intake', 1],
    ['through two gateways on one journal', 2],
  ])('twenty times at once %s is one flow', async (_where, intakes) => {
    const ground = await opened()
    const doors = Array.from({ length: intakes }, () => ground.createIntake({}))
    const content = randomBytes(5_000)
    const received = await Promise.all(
      Array.from({ length: 20 }, () => receive(ground, flowName(1), content)),
    )
    const outcomes = await Promise.all(
      received.map((flow, index) => (doors[index % intakes] ?? ground.intake)(flow)),
    )
    expect(outcomes.filter((outcome) => outcome.outcome === 'taken')).toHaveLength(1)
    expect(outcomes.filter((outcome) => outcome.outcome === 'already-taken')).toHaveLength(19)
    expect(new Set(outcomes.map((outcome) => 'flowId' in outcome && outcome.flowId)).size).toBe(1)
    expect(await staged(ground)).toEqual([])
    expect(await stored(ground)).toHaveLength(1)
  })

  test('at once with two contents is one flow and one refusal', async () => {
    const ground = await opened()
    const received = await Promise.all(
      [1, 2].map(() => receive(ground, flowName(1), randomBytes(5_000))),
    )
    const outcomes = await Promise.all(received.map((flow) => ground.intake(flow)))
    expect(outcomes.map((outcome) => outcome.outcome).sort()).toEqual(['refused', 'taken'])
    expect(await stored(ground)).toHaveLength(1)
  })

  test('remembers what belongs to the new transfer', async () => {
    const ground = await opened()
    const content = randomBytes(10)
    for (const key of ['message-1', 'message-2']) {
      const remember = { key, value: `receipt of ${key}` }
      await ground.intake(await receive(ground, flowName(1), content, { remember }))
    }
    expect(
      await ground.journal.read(ground.journal.db.selectFrom('protocol_memory').select('key')),
    ).toHaveLength(2)
  })
})

describe('what a protocol wants remembered under a key that stands', () => {
  const value = 'the receipt'

  test.each([1, 2])('is not taken, whatever its identifier (flow %i)', async (number) => {
    const ground = await opened()
    const content = randomBytes(10)
    const remember = { key: 'message-1', value }
    await ground.intake(await receive(ground, flowName(1), content, { remember }))
    const other = { remember: { key: 'message-1', value: 'another' } }
    await expect(
      ground.intake(await receive(ground, flowName(number), content, other)),
    ).rejects.toMatchObject({ code: 'INTAKE_OVERTAKEN' })
    expect(await stored(ground)).toHaveLength(1)
    expect(
      await ground.journal.read(ground.journal.db.selectFrom('protocol_memory').select('value')),
    ).toEqual([{ value }])
  })

  test('takes its place once it has expired', async () => {
    const ground = await opened()
    for (const [number, expiresAt] of [[1, 1] as const, [2, Date.now() + 60_000] as const]) {
      const remember = { key: 'message-1', value: `receipt ${number}`, expiresAt }
      expect(
        await ground.intake(await receive(ground, flowName(number), randomBytes(10), { remember })),
      ).toMatchObject({ outcome: 'taken' })
    }
    expect(
      await ground.journal.read(ground.journal.db.selectFrom('protocol_memory').select('value')),
    ).toEqual([{ value: 'receipt 2' }])
  })
})

describe('a flow refused at the door', () => {
  test.each([
    ['report.tar.gz', 'NAME_MALFORMED'],
    ['FSO1110A_SIM123_SIM1231110000000000000042.zip', 'EXTENSION_UNKNOWN'],
    ['CSO1110A_SIM123_SIM1231110000000000000042.tar.gz', 'DIRECTION_WRONG'],
    ['FSO1110A_SIM123_OTH4561110000000000000042.tar.gz', 'IDENTIFIER_OTHER'],
    ['FSO1110A_OTH456_OTH4561110000000000000042.tar.gz', 'APPLICATION_CODE_OTHER'],
    ['CEN9100A_SIM123_SIM1239100000000000000042.xml', 'IDENTIFIER_OTHER'],
  ])('%s is %s, recorded for ops, and leaves no flow', async (name, code) => {
    const ground = await opened()
    const session = ground.sessions.open({ protocol: 'sftp', peer: '192.0.2.7' })
    const flow = await receive(ground, name, randomBytes(10), { sessionId: session.id })
    const outcome = await ground.intake(flow)
    expect(outcome).toMatchObject({ outcome: 'refused', code })
    expect(outcome).toHaveProperty('message.fr')
    await ground.sessions.flush()
    expect(await refusals(ground)).toMatchObject([
      { code, offered: name, peer: '192.0.2.7', session_id: session.id, connection_id: PARTNER },
    ])
    expect(await flows(ground)).toEqual([])
    expect(await stored(ground)).toEqual([])
    expect(checkFlowName({ id: PARTNER, applicationCode: 'SIM123', protocol: 'sftp' }, name)).toBe(
      code,
    )
  })
})

describe('the report of a recipient on a flow of ours', () => {
  const SENT = 'FEN9100A_SIM123_CPP0019100000000000000007'
  const REPORT = `${SENT.replace('F', 'C')}.xml`

  test('is taken under our identifier where that flow was sent to it, and from nobody else', async () => {
    const ground = await opened()
    const content = randomBytes(10)
    const take = async () => ground.intake(await receive(ground, REPORT, content))
    expect(await take()).toMatchObject({ outcome: 'refused', code: 'RETURN_FLOW_UNKNOWN' })
    const returnFlow = {
      id: newId('ret'),
      kind: 'invoices',
      interfaceCode: 'FEN9100A',
      fileName: `${SENT}.tar.gz`,
      content: { sha256: 'a'.repeat(64), bytes: 1 },
      createdAt: 0,
      availableUntil: 1,
      state: 'OFFERED',
    } as const
    const { journal } = ground
    await journal.write([offerReturnFlow(journal, { ...returnFlow, connectionId: TWIN })])
    expect(await take()).toMatchObject({ outcome: 'refused', code: 'RETURN_FLOW_UNKNOWN' })
    const own = { ...returnFlow, id: newId('ret'), connectionId: PARTNER }
    await journal.write([offerReturnFlow(journal, own)])
    expect(await take()).toMatchObject({ outcome: 'taken' })
    expect(await flows(ground)).toMatchObject([
      { interface_code: 'CEN9100A', flow_identifier: 'CPP0019100000000000000007' },
    ])
  })
})

describe('a flow that cannot be made durable', () => {
  test('is not taken, and can be sent again', async () => {
    const ground = await opened()
    const content = randomBytes(10)
    const failing = ground.createIntake({
      faults: { at: () => ({ kind: 'refuse', message: 'not now' }) },
    })
    await expect(failing(await receive(ground, flowName(1), content))).rejects.toBeInstanceOf(
      GatewayError,
    )
    expect(await flows(ground)).toEqual([])
    expect(await staged(ground)).toEqual([])
    expect(await ground.intake(await receive(ground, flowName(1), content))).toMatchObject({
      outcome: 'taken',
    })
  })

  test('because the store is full stays in staging, to be kept for resuming', async () => {
    const ground = await opened()
    const failing = ground.createIntake({
      payloads: {
        receive: () => Promise.reject(new GatewayError('STORE_FULL', 'no room in this test')),
        land: (bytes, content) => ground.payloads.land(bytes, content),
      },
    })
    const flow = await receive(ground, flowName(1), randomBytes(50_000))
    await expect(failing(flow)).rejects.toMatchObject({ code: 'STORE_FULL' })
    expect(await staged(ground)).toEqual([flow.stagedId])
  })
})

describe('the deposit box', () => {
  test('shows what was accepted, newest first, for a while', async () => {
    const ground = await opened()
    for (const number of [1, 2]) {
      await ground.intake(await receive(ground, flowName(number), randomBytes(number * 10)))
      ground.clock.setOffset(number * 1_000)
    }
    expect(await ground.deposits.list(PARTNER)).toMatchObject([
      { name: flowName(2), bytes: 20 },
      { name: flowName(1), bytes: 10 },
    ])
    expect(await ground.deposits.list(TWIN)).toEqual([])
    expect(await ground.deposits.find(PARTNER, flowName(1))).toMatchObject({ bytes: 10 })
    ground.clock.setOffset(86_400_500)
    expect(await ground.deposits.list(PARTNER)).toMatchObject([{ name: flowName(2) }])
    expect(await ground.deposits.find(PARTNER, flowName(1))).toBeUndefined()
  })
})

test('nothing acknowledged is lost and nothing is taken twice over 5 kills -9', async () => {
  const result = await runIntakeKills({ folder: await temporaryFolder(), kills: 5 })
  process.stdout.write(`kills at the intake: ${JSON.stringify(result)}\n`)
  expect(result).toMatchObject({
    kills: 5,
    lost: 0,
    takenTwice: 0,
    orphans: 0,
    answeredOtherwise: 0,
  })
  expect(result.acknowledged).toBeGreaterThan(0)
})

async function opened(): Promise<DoorGround> {
  const ground = await openDoorGround(await temporaryFolder())
  onTestFinished(() => ground.close())
  return ground
}

function flows(ground: DoorGround) {
  return ground.journal.read(ground.journal.db.selectFrom('flows').selectAll().orderBy('id'))
}

function refusals(ground: DoorGround) {
  return ground.journal.read(ground.journal.db.selectFrom('refusals').selectAll())
}

async function events(ground: DoorGround): Promise<string[]> {
  const rows = await ground.journal.read(
    ground.journal.db.selectFrom('flow_events').selectAll().orderBy('id'),
  )
  for (const row of rows) expect(row.detail_json).toContain(SESSION)
  return rows.map((row) => `${row.stage} ${row.outcome}`)
}

function staged(ground: DoorGround): Promise<string[]> {
  return readdir(join(ground.folder, 'staging'))
}

async function stored(ground: DoorGround): Promise<StoredContent[]> {
  const found: StoredContent[] = []
  for await (const content of ground.payloads.list()) found.push(content)
  return found
}
