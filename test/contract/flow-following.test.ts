import { Readable } from 'node:stream'
import { expect, onTestFinished, test } from 'vitest'
import { createVerifyFlow } from '../../gateway/delivery/verify-flow.ts'
import { readFlowDocuments } from '../../gateway/api/flow-documents.ts'
import { flowRow } from '../support/journal-rows.ts'
import { openPushPlace } from '../support/push-place.ts'
import { startTcpPartner } from '../support/tcp-partner.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTestJournal } from '../support/test-journal.ts'
import { createLogger } from '../../gateway/logger.ts'

test('a flow is verified: its bytes, those of its report, and the proof of delivery', async () => {
  const { place, flow, connectionId } = await opened()
  const id = await place.issue(connectionId, flow.id)
  const verify = createVerifyFlow(place.journal, place.payloads)
  expect(await verify(flow.id)).toMatchObject([
    { what: 'content', ok: true },
    { what: 'return', ok: true },
  ])
  const engine = place.engine()
  onTestFinished(() => engine.stop(0))
  await expect.poll(() => place.stateOf(id)).toBe('DELIVERED')
  const checks = await verify(flow.id)
  expect(checks.at(-1)).toMatchObject({
    what: 'proof',
    ok: true,
    detail: { en: 'mdn of attempt 1' },
  })
})

test('a content that is gone, or a delivery without its proof, is found', async () => {
  const { place, flow, connectionId } = await opened()
  const id = await place.issue(connectionId, flow.id)
  await place.payloads.remove(flow.sha256)
  const { db } = place.journal
  await place.journal.write([
    { query: db.updateTable('return_flows').set({ state: 'DELIVERED' }).where('id', '=', id) },
  ])
  expect(await createVerifyFlow(place.journal, place.payloads)(flow.id)).toMatchObject([
    { what: 'content', ok: false, detail: { en: 'the content is not in the store' } },
    { what: 'return', ok: true },
    { what: 'proof', ok: false },
  ])
})

test('the document of a flow says what the other mode would have made of it', async () => {
  const { place, flow } = await opened()
  const whatIfs = [{ setting: 'mode', value: 'COMPLETE', state: 'IN_REJETE', integrated: 0 }]
  await place.journal.write([
    {
      query: place.journal.db.insertInto('flow_events').values({
        flow_id: flow.id,
        at: 1,
        stage: 'decision',
        outcome: 'passed',
        milliseconds: 1,
        detail_json: JSON.stringify({ whatIfs }),
      }),
    },
  ])
  const [document] = await readFlowDocuments(place.journal, {
    id: flow.id,
    limit: 1,
    maxFindings: 1,
  })
  expect(document?.whatIfs).toEqual(whatIfs)
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
  const content = await place.payloads.put(Readable.from([Buffer.from('a flow')]))
  const flow = flowRow(1, content)
  await journal.write([{ query: journal.db.insertInto('flows').values(flow) }])
  return { place, partner, connectionId, flow }
}
