import { describe, expect, onTestFinished, test } from 'vitest'
import { machineActor } from '../../gateway/accounts/actor.ts'
import { OffsetClock } from '../../gateway/clock.ts'
import type { ConnectionId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { cutStatement, readSessions } from '../../gateway/sessions/session-documents.ts'
import { openSessionRecords } from '../../gateway/sessions/session-records.ts'
import { until } from '../support/child-program.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { startedApi } from '../support/started-api.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const ID: ConnectionId = 'cnx_partner'
const CUT = { by: 'Ops', at: '2026-01-01T00:00:00.000Z', reason: '' }
const by = machineActor('127.0.0.1')

/** The records of one process; a line of it is a list of why it was cut. */
async function records(journal: Journal, blocked: { reason?: string } = {}) {
  const sessions = await openSessionRecords({
    journal,
    payloads: {
      put: () => Promise.reject(new Error('nothing is kept here')),
      remove: async () => {},
    },
    clock: new OffsetClock(),
    log: createLogger('silent'),
    folder: await temporaryFolder(),
    blockedBecause: () => blocked.reason,
  })
  onTestFinished(() => sessions.close())
  const open = () => {
    const cuts: string[] = []
    const bytes = { in: 0, out: 0 }
    const session = sessions.open({
      protocol: 'sftp',
      peer: '192.0.2.7:9',
      line: {
        bytes: () => bytes,
        cut: (reason) => {
          if (cuts.length === 0) void session.close(reason)
          cuts.push(reason)
        },
      },
    })
    return { session, cuts, bytes }
  }
  return { sessions, open }
}

describe.each(JOURNAL_ADAPTERS)('live sessions on $name', (adapter) => {
  test('are shown with bytes and files, and cut by whoever asks, in whatever process', async () => {
    const place = await adapter.prepare()
    const journal = await place.open()
    const asking = adapter.isExclusive ? journal : await place.open()
    const { open } = await records(journal)
    const [one, other] = [open(), open()]
    const over = one.session.carries({ direction: 'in', name: 'a flow' })
    one.session.note({ connectionId: ID })
    one.bytes.in = 700
    one.bytes.out = 3
    const { id } = one.session
    const shown = async () => (await readSessions(asking, { id, limit: 1 }))[0]
    await until('what it does is shown', async () => (await shown())?.bytesIn === 700)
    expect(await shown()).toMatchObject({
      connectionId: ID,
      bytesOut: 3,
      doing: [{ direction: 'in', name: 'a flow' }],
      endedAt: null,
    })
    over()
    await until('nothing is in hand', async () => (await shown())?.doing.length === 0)
    await asking.write([cutStatement(asking, id, CUT)])
    await until('it is cut', async () => (await shown())?.outcome === 'cut by Ops')
    expect(other.cuts).toEqual([])
    expect(await asking.write([cutStatement(asking, id, CUT)])).toMatchObject({ committed: false })
  })
})

test('a session that turns out to be of a blocked connection is cut', async () => {
  const place = await JOURNAL_ADAPTERS[0]!.prepare()
  const blocked: { reason?: string } = {}
  const { open } = await records(await place.open(), blocked)
  const [known, unknown] = [open(), open()]
  known.session.note({ connectionId: ID })
  blocked.reason = 'stolen key'
  await until('it is cut', () => known.cuts.length > 0)
  expect(known.cuts[0]).toBe('stolen key')
  expect(unknown.cuts).toEqual([])
})

test('a connection is blocked and unblocked with audit, its open sessions are to be cut', async () => {
  const { machine, services } = await startedApi()
  const { journal, forms } = services
  await insertConnection(journal, ID)
  const row = {
    id: 'ses_open' as const,
    protocol: 'sftp' as const,
    peer: '192.0.2.7:9',
    connection_id: ID,
    started_at: 1,
    ended_at: null,
    outcome: null,
    fields_json: '{}',
    transcript_sha256: null,
    transcript_bytes: null,
    process_id: null,
  }
  await journal.write([{ query: journal.db.insertInto('sessions').values(row) }])
  const ask = async (method: 'GET' | 'POST', path: string, body?: unknown) => {
    const answer = await machine.ask(method, path, body)
    return { status: answer.status, body: (await answer.json()) as Record<string, unknown> }
  }
  const list = await ask('GET', '/partner-sessions?connection=ACM001')
  expect(list.body).toMatchObject({ sessions: [{ id: 'ses_open', applicationCode: 'ACM001' }] })
  const blocked = await ask('POST', '/connections/ACM001/block', { reason: 'stolen key' })
  expect(blocked).toMatchObject({
    status: 200,
    body: { state: 'ACTIVATED', blocked: { by: by.name, reason: 'stolen key' } },
  })
  expect((await ask('GET', '/partner-sessions/ses_op')).body).toMatchObject({
    cut: { reason: 'the connection is blocked: stolen key' },
  })
  expect((await ask('POST', '/connections/ACM001/unblock')).body).toMatchObject({ blocked: null })
  expect((await ask('POST', '/connections/ACM001/unblock')).body).toMatchObject({
    code: 'CONNECTION_MOVE_ILLEGAL',
  })
  const rows = await journal.read(
    journal.db.selectFrom('audit').select(['action', 'reason']).orderBy('id'),
  )
  expect(rows).toEqual([
    { action: 'connection.block', reason: 'stolen key' },
    { action: 'connection.unblock', reason: null },
  ])
  await forms.block(ID, 'again', by)
  expect((await forms.find(ID))?.blocked?.reason).toBe('again')
  await journal.write([
    { query: journal.db.updateTable('sessions').set({ ended_at: 5, outcome: 'gone' }) },
  ])
  expect(await ask('POST', '/partner-sessions/ses_open/cut')).toMatchObject({
    status: 409,
    body: { code: 'SESSION_NOT_CUT' },
  })
})
