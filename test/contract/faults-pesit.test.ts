// Faults on demand that a partner meets while it reads, and how exactly a write is cut.
import { expect, onTestFinished, test } from 'vitest'
import type { FaultName } from '../../gateway/faults/fault-table.ts'
import { flowName, PARTNER } from '../support/door-ground.ts'
import { oneFault } from '../support/one-fault.ts'
import type { InitiatorOptions } from '../support/pesit-peer/initiator-orders.ts'
import { startPesitReception } from '../support/pesit-reception.ts'
import { ARTICLE_BYTES, CONTENT, sendOrder, SYNC } from '../support/pesit-samples.ts'

type Values = Readonly<Record<string, unknown>>

async function receptionWith(name: FaultName, values: Values = {}) {
  const { faults, hits } = oneFault(name, values, 1)
  const reception = await startPesitReception({ faults })
  onTestFinished(() => reception.stop())
  const connect = async (more: Partial<InitiatorOptions> = {}) => {
    const partner = await reception.connect(more)
    onTestFinished(() => partner.link.cut())
    return partner
  }
  return { reception, hits, connect }
}

const REPORT = flowName(1).replace(/^F/, 'C')

test.each<[FaultName, Values, object]>([
  ['pesit-unknown-file', {}, { kind: 'refused', diagnostic: '2/205' }],
  ['pesit-abort', { phase: 'create' }, { kind: 'aborted', diagnostic: '3/399' }],
  ['pesit-abort', { phase: 'open' }, { kind: 'aborted', diagnostic: '3/399' }],
  ['pesit-abort', { phase: 'start' }, { kind: 'aborted', diagnostic: '3/399' }],
  ['pesit-abort', { phase: 'data' }, { kind: 'aborted', diagnostic: '3/399' }],
  ['cut-transfer', { bytes: 0 }, { kind: 'closed' }],
  ['cut-transfer', { bytes: 65_536 }, { kind: 'closed' }],
  ['disk-full', { bytes: 65_536 }, { kind: 'interrupted', diagnostic: '2/219' }],
])('a read that meets %s %o is not delivered, the next one is', async (name, values, end) => {
  const { reception, hits, connect } = await receptionWith(name, values)
  await reception.offer(REPORT, CONTENT)
  const read = async () => (await connect()).fetchFile({ fileName: 'CSO1110A' })
  await expect(read()).rejects.toMatchObject(end)
  expect(await reception.returns()).toEqual({ [REPORT]: 'OFFERED' })
  expect(hits).toMatchObject([{ sessionId: expect.stringMatching(/^ses_/) }])
  expect((await read()).content.equals(CONTENT)).toBe(true)
  expect(await reception.returns()).toEqual({ [REPORT]: 'DELIVERED' })
})

test('a read whose check bytes are wrong is asked for again, and comes whole', async () => {
  const { reception, connect } = await receptionWith('pesit-wrong-checksum', { phase: 'data' })
  await reception.offer(REPORT, CONTENT)
  const partner = await connect({ hasCrc: true, resync: true, sync: SYNC })
  const { content } = await partner.fetchFile({ fileName: 'CSO1110A' })
  expect(content.equals(CONTENT)).toBe(true)
  expect(partner.link.names('sent')).toContain('RESYN')
})

test('wrong check bytes wait for a session that has some', async () => {
  const { hits, connect } = await receptionWith('pesit-wrong-checksum')
  await (await connect()).sendFile(sendOrder())
  expect(hits).toEqual([])
})

test('cut-transfer acts at the article that reaches its byte', async () => {
  const bytes = 65_536
  const { reception, connect } = await receptionWith('cut-transfer', { bytes })
  const partner = await connect({ sync: SYNC })
  await expect(partner.sendFile(sendOrder())).rejects.toMatchObject({ kind: 'closed' })
  const kept = () => reception.services.staging.find(PARTNER, flowName(1))?.bytes
  await expect.poll(kept, { timeout: 20_000 }).toBeGreaterThan(bytes - ARTICLE_BYTES)
  expect(kept()).toBeLessThanOrEqual(bytes + ARTICLE_BYTES)
})

test('an answer that crosses RESYN on its way loses no sync point', async () => {
  const { reception, connect } = await receptionWith('pesit-resync', { point: 1 })
  const partner = await connect({ sync: SYNC, resync: true })
  await partner.sendFile(sendOrder())
  expect(partner.link.names('received')).toContain('RESYN')
  expect(await reception.flows()).toMatchObject([{ bytes: CONTENT.length }])
})
