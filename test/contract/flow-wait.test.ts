import { expect, test } from 'vitest'
import type { FlowState } from '../../gateway/flow-states.ts'
import type { FlowDocument } from '../../gateway/flow.ts'
import { flowRow } from '../support/journal-rows.ts'
import { startedApi, type StartedApi } from '../support/started-api.ts'

/** `GET /flows/{id}/wait`, as test suites use it. */

interface Answer {
  readonly isReached: boolean
  readonly flow: FlowDocument
}

const FLOW = flowRow(1, { state: 'IN_RECU', finished_at: null })

test('answers at once for a flow that is where it is wanted, by code or label', async () => {
  const api = await opened('IN_INTEGRE')
  for (const query of ['', 'state=IN_INTEGRE&', 'state=integrated&', 'state=Int%C3%A9gr%C3%A9&']) {
    const answer = await waits(api, `${query}seconds=50`)
    expect(answer).toMatchObject({ isReached: true, flow: { id: FLOW.id, state: 'IN_INTEGRE' } })
  }
})

test('answers as soon as the flow comes to be there', async () => {
  const api = await opened('IN_RECU')
  const answer = waits(api, 'seconds=50')
  await moves(api, 'IN_REJETE')
  expect(await answer).toMatchObject({ isReached: true, flow: { state: 'IN_REJETE' } })
})

test('answers in vain when the time is up, with the flow as it is', async () => {
  const api = await opened('IN_RECU')
  expect(await waits(api, 'seconds=0')).toMatchObject({
    isReached: false,
    flow: { state: 'IN_RECU' },
  })
})

test('waits for the return flows too when that is wanted', async () => {
  const api = await opened('IN_INTEGRE')
  // It has none yet.
  expect(await waits(api, 'delivered=true&seconds=0')).toMatchObject({ isReached: false })
})

test('what is no flow, no state or too long a time is refused', async () => {
  const api = await opened('IN_RECU')
  const asked = async (path: string) => (await ask(api, path)).status
  expect(await asked('/flows/flw_none/wait?seconds=0')).toBe(404)
  expect(await asked(`/flows/${FLOW.id}/wait?state=nonsense`)).toBe(400)
  expect(await asked(`/flows/${FLOW.id}/wait?seconds=51`)).toBe(400)
})

test('the identifier of a flow that has not come yet is waited for, until the time is up', async () => {
  const api = await startedApi()
  const { journal } = api.services
  const number = FLOW.flow_identifier
  expect((await ask(api, `/flows/${number}/wait?seconds=0`)).status).toBe(404)
  const answer = ask(api, `/flows/${number}/wait?seconds=50`)
  await journal.write([
    { query: journal.db.insertInto('flows').values({ ...FLOW, state: 'IN_INTEGRE' }) },
  ])
  const response = await answer
  expect(response.status).toBe(200)
  expect(await response.json()).toMatchObject({ isReached: true, flow: { number } })
})

async function opened(state: FlowState): Promise<StartedApi> {
  const api = await startedApi()
  const { journal } = api.services
  await journal.write([{ query: journal.db.insertInto('flows').values({ ...FLOW, state }) }])
  return api
}

async function moves(api: StartedApi, state: FlowState): Promise<void> {
  const { journal } = api.services
  await journal.write([
    {
      query: journal.db.updateTable('flows').set({ state }).where('id', '=', FLOW.id),
      announce: 'flows',
    },
  ])
}

const ask = (api: StartedApi, path: string): Promise<Response> =>
  fetch(`${api.url}/api/v1${path}`, { headers: { Authorization: `Bearer ${api.token}` } })

async function waits(api: StartedApi, query: string): Promise<Answer> {
  const response = await ask(api, `/flows/${FLOW.id}/wait?${query}`)
  expect(response.status).toBe(200)
  return (await response.json()) as Answer
}
