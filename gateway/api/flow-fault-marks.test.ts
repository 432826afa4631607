import { expect, onTestFinished, test } from 'vitest'
import { flowRow } from '../../test/support/journal-rows.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { openTestJournal } from '../../test/support/test-journal.ts'
import type { FlowId, SessionId } from '../flow.ts'
import type { Journal } from '../journal/journal.ts'
import { createLogger } from '../logger.ts'
import { readFlowDocuments } from './flow-documents.ts'
import { readFaultMarks } from './flow-fault-marks.ts'

const BEFORE: SessionId = 'ses_before'
const SHARED: SessionId = 'ses_shared'
const [FIRST, SECOND, THIRD, REPLAY] = [
  flowRow(1, { session_id: SHARED, received_at: 1_000 }),
  flowRow(2, { session_id: SHARED, received_at: 2_000 }),
  flowRow(3, { session_id: BEFORE, received_at: 3_000 }),
  flowRow(4, { session_id: SHARED, received_at: 9_000, replay_of: flowRow(1).id }),
] as const

test('a fault is in the timeline of the flow that it touched while it was processed, and of no other', async () => {
  const journal = await opened()
  await hit(journal, { at: 2_500, flow_id: SECOND.id })
  expect(await marked(journal)).toEqual({ [SECOND.id]: ['2500 injected: cut-midway'] })
})

test('one that acted in a session is of the flow that was on its way then, the last when none came after', async () => {
  const journal = await opened()
  await hit(journal, { at: 500, session_id: SHARED })
  await hit(journal, { at: 1_500, session_id: SHARED })
  await hit(journal, { at: 8_000, session_id: SHARED })
  await hit(journal, { at: 1, session_id: 'ses_without_a_flow' })
  expect(await marked(journal)).toEqual({
    [FIRST.id]: ['500 injected: cut-midway'],
    [SECOND.id]: ['1500 injected: cut-midway', '8000 injected: cut-midway'],
  })
})

test('the document of a flow shows it between what happened before and after', async () => {
  const journal = await opened()
  await hit(journal, { at: 2_500, flow_id: SECOND.id })
  const event = (at: number, stage: string) => ({
    flow_id: SECOND.id,
    at,
    stage,
    outcome: 'passed',
    milliseconds: 1,
    detail_json: '{}',
  })
  const events = [event(2_000, 'intake'), event(3_000, 'technical')]
  await journal.write([{ query: journal.db.insertInto('flow_events').values(events) }])
  const wanted = { id: SECOND.id, limit: 1, maxFindings: 1 }
  const [document] = await readFlowDocuments(journal, wanted)
  expect(document?.timeline.map(({ stage, outcome }) => `${stage} ${outcome}`)).toEqual([
    'intake passed',
    'fault injected: cut-midway',
    'technical passed',
  ])
})

async function opened(): Promise<Journal> {
  const journal = await openTestJournal(await temporaryFolder(), createLogger('silent'))
  onTestFinished(() => journal.close())
  const { db } = journal
  await journal.write([
    { query: db.insertInto('flows').values([FIRST, SECOND, THIRD, REPLAY]) },
    {
      query: db.insertInto('faults').values({
        id: 'flt_one',
        name: 'cut-midway',
        values_json: '{}',
        protocol: null,
        connection_id: null,
        interface_code: null,
        chance_ppm: 1_000_000,
        remaining: null,
        hits: 1,
        created_at: 0,
        ends_at: 10_000,
        ended_at: null,
        created_by: 'test',
      }),
    },
  ])
  return journal
}

let hits = 0

async function hit(
  journal: Journal,
  where: { readonly at: number; readonly flow_id?: FlowId; readonly session_id?: SessionId },
): Promise<void> {
  hits += 1
  await journal.write([
    {
      query: journal.db.insertInto('fault_hits').values({
        id: `hit_${hits}`,
        fault_id: 'flt_one',
        point: 'data',
        protocol: null,
        connection_id: null,
        session_id: null,
        flow_id: null,
        ...where,
      }),
    },
  ])
}

/** `500 injected: cut-midway` of each flow that has some. */
async function marked(journal: Journal): Promise<Readonly<Record<string, readonly string[]>>> {
  const marks = await readFaultMarks(journal, [FIRST, SECOND, THIRD, REPLAY])
  return Object.fromEntries(
    [...marks].map(([id, list]) => [id, list.map(({ at, outcome }) => `${at} ${outcome}`)]),
  )
}
