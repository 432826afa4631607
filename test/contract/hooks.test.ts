import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { HOOK_EVENTS, invoiceEvent, type Hook } from '../../gateway/connections/hook-overrides.ts'
import { openConnections } from '../../gateway/connections/connections.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import type { FlowState } from '../../gateway/flow-states.ts'
import { hookChores, type HooksOptions } from '../../gateway/hooks/hooks.ts'
import { createLogger } from '../../gateway/logger.ts'
import { giveFirstStatuses } from '../../processing/life-cycle/first-statuses.ts'
import { moveStatements } from '../../processing/life-cycle/moves.ts'
import { INVOICE_STATUS_CODES } from '../../processing/returns/invoice-statuses.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { flowRow, invoiceRow } from '../support/journal-rows.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTestJournal } from '../support/test-journal.ts'

const SECRET = 'a secret of the tests'

test('a hook is called once for a state, signed, with what happened', async () => {
  const receiver = await startReceiver()
  const place = await opened([{ on: ['IN_INTEGRE', 'IN_REJETE'], url: receiver.url }])
  await place.happens('IN_RECU')
  await place.happens('IN_INTEGRE')
  await place.happens('IN_INTEGRE')
  await place.round()
  await place.round()
  expect(receiver.bodies).toHaveLength(1)
  const [{ body, signature }] = receiver.bodies as [{ body: string; signature: string }]
  expect(JSON.parse(body)).toMatchObject({
    event: 'IN_INTEGRE',
    flow: { id: place.flowId, state: 'IN_INTEGRE', connectionId: 'cnx_hooked' },
  })
  const [, time, mac] = /^t=(\d+),v1=([0-9a-f]{64})$/.exec(signature) ?? []
  expect(mac).toBe(createHmac('sha256', SECRET).update(`${time}.${body}`).digest('hex'))
})

test('a hook that fails is called again, and given up in the end', async () => {
  const receiver = await startReceiver([500, 500, 204])
  const place = await opened([{ on: ['IN_REJETE'], url: receiver.url }])
  await place.happens('IN_REJETE')
  for (let round = 0; round < 3; round += 1) await place.round()
  expect(receiver.bodies).toHaveLength(3)
  expect(await place.calls()).toMatchObject([{ state: 'DONE', attempts: 3, failure: null }])
  const refusing = await startReceiver([500, 500, 500, 500])
  const other = await opened([{ on: ['IN_REJETE'], url: refusing.url }])
  await other.happens('IN_REJETE')
  for (let round = 0; round < 4; round += 1) await other.round()
  expect(await other.calls()).toMatchObject([
    { state: 'FAILED', attempts: 3, failure: 'it answered 500' },
  ])
})

test('a command of the configuration runs with the event on its input, and no other', async () => {
  const file = join(await temporaryFolder(), 'event.json')
  const program = `process.stdin.pipe(require('fs').createWriteStream(${JSON.stringify(file)}))`
  const commands = { keep: [process.execPath, '--eval', program] }
  const place = await opened(
    [
      { on: ['IN_INTEGRE'], command: 'keep' },
      { on: ['IN_INTEGRE'], command: 'other' },
    ],
    { commands },
  )
  await place.happens('IN_INTEGRE')
  await place.round()
  expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ event: 'IN_INTEGRE' })
  expect(await place.calls()).toMatchObject([
    { hook: 0, state: 'DONE' },
    { hook: 1, state: 'WAITING', failure: 'hooks.commands has no other' },
  ])
})

test('an address that may not be called is not', async () => {
  const receiver = await startReceiver()
  const place = await opened([{ on: ['IN_INTEGRE'], url: receiver.url }], {
    isCallable: () => false,
  })
  await place.happens('IN_INTEGRE')
  await place.round()
  expect(receiver.bodies).toEqual([])
})

test('a state that a flow was in for an instant is told too, each once', async () => {
  const receiver = await startReceiver()
  const on = ['IN_RECU', 'IN_TRAITE_SE_CPP', 'IN_EN_COURS_TRAITEMENT_CPP', 'IN_INTEGRE'] as const
  const place = await opened([{ on: [...on], url: receiver.url }])
  await place.happens('IN_INTEGRE', ['intake', 'technical', 'extraction', 'format', 'decision'])
  await place.round()
  await place.round()
  const events = receiver.bodies.map(({ body }) => (JSON.parse(body) as { event: string }).event)
  expect(events.toSorted()).toEqual([...on].toSorted())
})

test('a hook is called once for each status of an invoice that it asks for', async () => {
  const receiver = await startReceiver()
  const place = await opened([{ on: ['INVOICE_01', 'INVOICE_11'], url: receiver.url }])
  const { journal, flowId } = place
  const rows = [1, 2].map((ordinal) => invoiceRow(flowId, ordinal, []))
  await journal.write([{ query: journal.db.insertInto('invoices').values(rows) }])
  await giveFirstStatuses({ journal, profile: 'none', seed: 1 })
  const invoice = {
    flowId,
    ordinal: 2,
    connectionId: 'cnx_hooked',
    status: '01',
    sequence: 1,
  } as const
  await journal.write(moveStatements(journal, invoice, { to: '02', at: 5, cause: 'test' }))
  const moved = { ...invoice, status: '02', sequence: 2 } as const
  await journal.write(
    moveStatements(journal, moved, { to: '11', at: 7, cause: 'test', comment: 'Payée' }),
  )
  await place.round()
  await place.round()
  const told = receiver.bodies.map(({ body }) => JSON.parse(body) as Told)
  expect(told.map(({ event, invoice: { id } }) => `${id} ${event}`).toSorted()).toEqual([
    `${flowId}.1 INVOICE_01`,
    `${flowId}.2 INVOICE_01`,
    `${flowId}.2 INVOICE_11`,
  ])
  expect(told.find(({ event }) => event === 'INVOICE_11')).toMatchObject({
    at: '1970-01-01T00:00:00.007Z',
    invoice: { number: 'N2', status: '11', sequence: 3, comment: 'Payée', amountDue: '120.00' },
    flow: { id: flowId, connectionId: 'cnx_hooked', interfaceCode: 'FSO1110A' },
  })
  expect(await journal.read(journal.db.selectFrom('hook_items').selectAll())).toEqual([])
})

test('nothing waits for the hooks of a connection that has none on statuses', async () => {
  const place = await opened([{ on: ['IN_INTEGRE'], command: 'none' }])
  const { journal, flowId } = place
  await journal.write([
    { query: journal.db.insertInto('invoices').values(invoiceRow(flowId, 1, [])) },
  ])
  await giveFirstStatuses({ journal, profile: 'none', seed: 1 })
  expect(await journal.read(journal.db.selectFrom('hook_items').selectAll())).toEqual([])
})

test('every status of an invoice is an event, and every event of an invoice a status', () => {
  expect(HOOK_EVENTS.filter((event) => event.startsWith('INVOICE_'))).toEqual(
    INVOICE_STATUS_CODES.map(invoiceEvent),
  )
})

interface Told {
  readonly event: string
  readonly invoice: { readonly id: string }
}

async function opened(hooks: readonly Hook[], changes: Partial<HooksOptions> = {}) {
  const log = createLogger('silent')
  const journal = await openTestJournal(await temporaryFolder(), log)
  onTestFinished(() => journal.close())
  await insertConnection(journal, 'cnx_hooked', { settings_json: JSON.stringify({ hooks }) })
  const clock = new OffsetClock()
  const connections = await openConnections({
    journal,
    clock,
    log,
    environment: 'qualification',
    polls: false,
  })
  onTestFinished(() => connections.close())
  const flow = flowRow(1, { connection_id: 'cnx_hooked' })
  const { db } = journal
  await journal.write([{ query: db.insertInto('flows').values(flow) }])
  const chores = hookChores({
    journal,
    connections,
    settings: { attempts: 3, retrySeconds: [0], callSeconds: 10 },
    signingKey: SECRET,
    commands: {},
    isCallable: () => true,
    log,
    ...changes,
  })
  const round = async (): Promise<void> => {
    for (const chore of chores) await chore.run()
  }
  await round() // what happened before the first hook is not told
  return {
    journal,
    flowId: flow.id,
    round,
    calls: () => journal.read(db.selectFrom('hook_calls').selectAll().orderBy('hook')),
    async happens(state: FlowState, stages: readonly string[] = ['decision']) {
      const events = stages.map((stage) => ({
        flow_id: flow.id,
        at: 1,
        stage,
        outcome: 'passed',
        milliseconds: 1,
        detail_json: '{}',
      }))
      await journal.write([
        { query: db.updateTable('flows').set({ state }).where('id', '=', flow.id) },
        { query: db.insertInto('flow_events').values(events) },
      ])
    },
  }
}

/** Answers the statuses in turn, then 200. */
async function startReceiver(statuses: readonly number[] = []) {
  const bodies: { readonly body: string; readonly signature: string }[] = []
  const server = createServer((request, response) => {
    const pieces: Buffer[] = []
    request.on('data', (piece: Buffer) => pieces.push(piece))
    request.on('end', () => {
      const signature = String(request.headers['raccord-signature'])
      bodies.push({ body: Buffer.concat(pieces).toString(), signature })
      response.writeHead(statuses[bodies.length - 1] ?? 200).end()
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  return { bodies, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook` }
}
