import { beforeEach, expect, onTestFinished, test } from 'vitest'
import { GATEWAY_ACTOR } from '../../gateway/accounts/actor.ts'
import { readFlowDocuments } from '../../gateway/api/flow-documents.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import { createFlowReplay, type ReplayFlow } from '../../gateway/flow-replay.ts'
import type { FlowId, ProcessingMode } from '../../gateway/flow.ts'
import { createLogger } from '../../gateway/logger.ts'
import { giveFirstStatuses } from '../../processing/life-cycle/first-statuses.ts'
import { openPipelinePlace, type PipelinePlace } from '../support/pipeline-place.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let place: PipelinePlace
let replay: ReplayFlow
let mode: ProcessingMode

const BY = { actor: GATEWAY_ACTOR }
const invoice = (number: string, bad = false) => ({
  number,
  supplier: '00000000005719',
  ...(bad ? { fault: 'rule' as const } : {}),
})

beforeEach(async () => {
  place = await openPipelinePlace({ folder: await temporaryFolder() })
  onTestFinished(() => place.close())
  await place.pipeline.start()
  mode = 'PARTIAL'
  replay = createFlowReplay({
    journal: place.journal,
    payloads: place.payloads,
    queue: place.queue,
    findConnection: () => ({ modeOf: () => mode }),
    clock: new OffsetClock(),
    log: createLogger('silent'),
  })
})

const documentOf = async (id: FlowId) =>
  (await readFlowDocuments(place.journal, { id, limit: 1, maxFindings: 10 }))[0]!

test('a replay is a flow of its own, linked both ways, with a number of the platform', async () => {
  const id = await place.deposit({ content: [invoice('R-1'), invoice('R-2')] })
  await place.finished(id)
  const [one, two] = [await replay(id, BY), await replay(id, { ...BY, reason: 'new rules' })]
  await Promise.all([place.finished(one), place.finished(two)])
  const [first, again] = [await documentOf(id), await documentOf(one)]
  expect(again).toMatchObject({
    state: 'IN_INTEGRE',
    replayOf: id,
    replays: [],
    file: first.file,
    interfaceCode: first.interfaceCode,
    connectionId: first.connectionId,
    invoices: { total: 2, integrated: 2 },
  })
  expect(again.number).toBe('CPP0011110000000000000001')
  expect(again.timeline[0]).toMatchObject({ stage: 'intake', outcome: 'replayed' })
  expect(first).toMatchObject({ replayOf: null, replays: [one, two] })
  // A replay of a replay is one of the first flow.
  const third = await replay(one, BY)
  await place.finished(third)
  expect((await documentOf(third)).replayOf).toBe(id)
  const audit = await place.journal.read(
    place.journal.db.selectFrom('audit').select(['action', 'object_id', 'reason']).orderBy('id'),
  )
  expect(audit.slice(0, 2)).toEqual([
    { action: 'flow.replay', object_id: id, reason: null },
    { action: 'flow.replay', object_id: id, reason: 'new rules' },
  ])
})

test('the report of a replay has its own name, and is held', async () => {
  const id = await place.deposit({ content: [invoice('H-1')] })
  await place.finished(id)
  const again = await replay(id, BY)
  await place.finished(again)
  const [back] = (await documentOf(again)).returns
  expect(back).toMatchObject({ state: 'HELD' })
  expect(back?.name).toMatch(/^CSO1110A_SIM123_CPP0011110\d{15}\.tar\.gz$/)
  expect((await documentOf(id)).returns).toMatchObject([{ state: 'OFFERED' }])
})

test('what the first run integrated is no duplicate, keeps its number and is told of once', async () => {
  const id = await place.deposit({ content: [invoice('U-1'), invoice('U-2', true)] })
  await place.finished(id)
  const again = await replay(id, BY)
  expect(await place.finished(again)).toMatchObject({
    state: 'IN_INTEGRE_PARTIEL',
    integrated: 1,
    refused: 1,
  })
  const { db } = place.journal
  const numbers = await place.journal.read(
    db.selectFrom('invoice_numbers').select(['flow_id', 'ordinal']),
  )
  expect(numbers).toEqual([{ flow_id: id, ordinal: 1 }])
  await giveFirstStatuses({ journal: place.journal, profile: 'none', seed: 1 })
  const told = await place.journal.read(
    db.selectFrom('invoice_statuses').select(['flow_id', 'ordinal', 'status']).orderBy('ordinal'),
  )
  expect(told).toEqual([
    { flow_id: id, ordinal: 1, status: '01' },
    { flow_id: id, ordinal: 2, status: '37' },
  ])
  expect(await rejectedFlows()).toEqual([id])
  // To every other flow the number is taken.
  const other = await place.deposit({ content: [invoice('U-1')] })
  expect(await place.finished(other)).toMatchObject({ state: 'IN_REJETE' })
})

test('what a replay integrates for the first time takes its number and enters its life cycle', async () => {
  mode = 'COMPLETE'
  const id = await place.deposit({ content: [invoice('F-1'), invoice('F-2', true)], mode })
  expect(await place.finished(id)).toMatchObject({ state: 'IN_REJETE' })
  mode = 'PARTIAL'
  const again = await replay(id, BY)
  expect(await place.finished(again)).toMatchObject({ state: 'IN_INTEGRE_PARTIEL', mode })
  await giveFirstStatuses({ journal: place.journal, profile: 'none', seed: 1 })
  const { db } = place.journal
  const told = await place.journal.read(
    db
      .selectFrom('invoice_statuses')
      .select(['flow_id', 'ordinal', 'status'])
      .orderBy('flow_id')
      .orderBy('ordinal'),
  )
  expect(told).toEqual([
    { flow_id: id, ordinal: 1, status: '22' },
    { flow_id: id, ordinal: 2, status: '37' },
    { flow_id: again, ordinal: 1, status: '01' },
  ])
  // The next one finds it integrated.
  const third = await replay(id, BY)
  expect(await place.finished(third)).toMatchObject({ state: 'IN_INTEGRE_PARTIEL' })
  expect(
    await place.journal.read(db.selectFrom('invoice_numbers').select(['flow_id', 'ordinal'])),
  ).toEqual([{ flow_id: again, ordinal: 1 }])
})

test('a flow that is not decided, or whose content is gone, is not replayed, and says why', async () => {
  const id = await place.deposit({ content: [invoice('G-1')] })
  const { sha256 } = await place.finished(id)
  const { db } = place.journal
  const state = (to: 'IN_RECU' | 'IN_INTEGRE') =>
    place.journal.write([
      { query: db.updateTable('flows').set({ state: to }).where('id', '=', id) },
    ])
  await state('IN_RECU')
  await expect(replay(id, BY)).rejects.toMatchObject({ code: 'FLOW_NOT_DECIDED' })
  await state('IN_INTEGRE')
  await place.payloads.remove(sha256)
  await expect(replay(id, BY)).rejects.toMatchObject({ code: 'FLOW_CONTENT_GONE' })
  await expect(replay('flw_none', BY)).rejects.toMatchObject({ code: 'API_NOT_FOUND' })
  expect(await place.journal.read(db.selectFrom('flows').select('id'))).toHaveLength(1)
})

async function rejectedFlows(): Promise<readonly FlowId[]> {
  const rows = await place.journal.read(
    place.journal.db
      .selectFrom('flow_rejections')
      .select('flow_id')
      .distinct()
      .where('dimension', '=', 'flow'),
  )
  return rows.map(({ flow_id }) => flow_id)
}
