import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { FaultAction, FaultPoint } from '../../gateway/faults.ts'
import { cutStatement, readSessions } from '../../gateway/sessions/session-documents.ts'
import { until } from '../support/child-program.ts'
import { flowName, PARTNER } from '../support/door-ground.ts'
import { LISTENER_ADAPTERS } from '../support/listener-adapters.ts'
import type { ListenerGround } from '../support/listener-adapters.ts'

const CONTENT = gzipSync(randomBytes(500_000))
const REPORT = 'CSO1110A_SIM123_SIM1231110000000000000001.tar.gz'

describe.each(LISTENER_ADAPTERS)('a listener for $protocol', (adapter) => {
  const { protocol, isFetchedFrom, start } = adapter
  let ground: ListenerGround
  let fault: { point: FaultPoint; action: FaultAction } | undefined

  beforeEach(async () => {
    fault = undefined
    ground = await start({
      faults: { at: (point) => (point === fault?.point ? fault.action : undefined) },
    })
    // Keys are made at the first one.
  })

  afterEach(() => ground.stop())

  test('says its protocol and its real port', () => {
    expect(ground.listener.protocol).toBe(protocol)
    expect(ground.listener.address.port).toBeGreaterThan(0)
  })

  test('acknowledges a flow that the journal holds', async () => {
    expect(await ground.send(flowName(1), CONTENT)).toBe('acknowledged')
    expect(await ground.flowNames()).toEqual([flowName(1)])
  })

  test('makes one flow of the same file sent twice, and acknowledges both', async () => {
    expect(await ground.send(flowName(1), CONTENT)).toBe('acknowledged')
    expect(await ground.send(flowName(1), CONTENT)).toBe('acknowledged')
    expect(await ground.flowNames()).toEqual([flowName(1)])
  })

  test('refuses other content under a taken name, and keeps the first', async () => {
    await ground.send(flowName(1), CONTENT)
    expect(await ground.send(flowName(1), gzipSync('other'))).toBe('refused')
    expect(await ground.flowNames()).toEqual([flowName(1)])
  })

  test('refuses a name that breaks the grammar', async () => {
    expect(await ground.send('facture.xml', CONTENT)).toBe('refused')
    expect(await ground.flowNames()).toEqual([])
  })

  test('shows a transfer under way with its bytes, and ends it when somebody asks', async () => {
    const sending = await ground.beginSending(flowName(1), CONTENT)
    const { journal } = ground
    const open = async () => (await readSessions(journal, { isOpen: true, limit: 5 }))[0]
    await until('it is shown', async () => {
      const session = await open()
      return (session?.doing.length ?? 0) > 0 && (session?.bytesIn ?? 0) > CONTENT.length / 2
    })
    const session = (await open())!
    // AS2 knows the Message-ID alone until the message is opened.
    const isNamed = protocol === 'as2' || session.doing[0]?.name === flowName(1)
    const doing = [{ direction: 'in' }]
    expect({ ...session, isNamed }).toMatchObject({
      protocol,
      connectionId: PARTNER,
      doing,
      isNamed: true,
    })
    const cut = { by: 'Ops', at: new Date().toISOString(), reason: 'a try' }
    await journal.write([cutStatement(journal, session.id, cut)])
    await until('it has ended', async () => (await open()) === undefined)
    expect(await sending.finish()).toBe('broken')
    const [ended] = await readSessions(journal, { id: session.id, limit: 1 })
    expect(ended).toMatchObject({ outcome: 'cut by Ops: a try', doing: [] })
    expect(await ground.flowNames()).toEqual([])
    expect(await ground.send(flowName(1), CONTENT)).toBe('acknowledged')
  })

  test('makes no flow of a transfer that was cut, and takes the whole one afterwards', async () => {
    await ground.sendPart(flowName(1), CONTENT, 100_000)
    expect(await ground.flowNames()).toEqual([])
    expect(await ground.send(flowName(1), CONTENT)).toBe('acknowledged')
    expect(await ground.flowNames()).toEqual([flowName(1)])
  })

  test('acknowledges nothing that could not be made durable', async () => {
    fault = { point: 'before-commit', action: { kind: 'refuse', message: 'the disk is gone' } }
    expect(await ground.send(flowName(1), CONTENT)).toBe('refused')
    expect(await ground.flowNames()).toEqual([])
    fault = undefined
    expect(await ground.send(flowName(1), CONTENT)).toBe('acknowledged')
    expect(await ground.flowNames()).toEqual([flowName(1)])
  })

  test('makes one flow when the acknowledgement was lost and the partner sends again', async () => {
    fault = { point: 'before-acknowledge', action: { kind: 'cut' } }
    expect(await ground.send(flowName(1), CONTENT)).toBe('broken')
    fault = undefined
    expect(await ground.send(flowName(1), CONTENT)).toBe('acknowledged')
    expect(await ground.flowNames()).toEqual([flowName(1)])
  })

  test.each(['open', 'data'] as const)('passes the fault point %s', async (point) => {
    fault = { point, action: { kind: 'cut' } }
    expect(await ground.send(flowName(1), CONTENT)).toBe('broken')
    fault = { point, action: { kind: 'delay', milliseconds: 5 } }
    expect(await ground.send(flowName(1), CONTENT)).toBe('acknowledged')
  })

  test('tells a wrong key and an unknown partner the same', async () => {
    const told = await ground.tellWrongKey()
    expect(told).not.toBe('welcome')
    expect(await ground.tellUnknown()).toBe(told)
  })

  test.runIf(isFetchedFrom)('gives a return flow once, when it was read whole', async () => {
    await ground.offer(REPORT, CONTENT)
    expect((await ground.fetch(REPORT)).equals(CONTENT)).toBe(true)
    expect(await ground.returns()).toEqual({ [REPORT]: 'DELIVERED' })
    await expect(ground.fetch(REPORT)).rejects.toMatchObject({ failure: 'refused' })
  })

  test.runIf(isFetchedFrom)('goes on offering a return flow that was read in part', async () => {
    await ground.offer(REPORT, CONTENT)
    await ground.fetchPart(REPORT, 20_000)
    expect(await ground.returns()).toEqual({ [REPORT]: 'OFFERED' })
    expect((await ground.fetch(REPORT)).equals(CONTENT)).toBe(true)
  })

  test('finishes the transfer in hand when it stops, and takes no new one', async () => {
    const sending = await ground.beginSending(flowName(1), CONTENT)
    const stopped = ground.listener.stop(20_000)
    expect(await ground.send(flowName(2), CONTENT)).toBe('broken')
    expect(await sending.finish()).toBe('acknowledged')
    await stopped
    expect(await ground.flowNames()).toEqual([flowName(1)])
  })

  test('cuts what does not finish in time, and leaves no flow of it', async () => {
    await ground.beginSending(flowName(1), CONTENT)
    await ground.listener.stop(100)
    expect(await ground.flowNames()).toEqual([])
  })
})
