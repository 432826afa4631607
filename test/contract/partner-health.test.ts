import { describe, expect, test } from 'vitest'
import { offerReturnFlow } from '../../gateway/delivery/outbox.ts'
import type { ConnectionId } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { readPartnerHealth } from '../../gateway/operations/partner-health.ts'
import { readVitals } from '../../gateway/operations/vitals.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'
import { flowRow } from '../support/journal-rows.ts'

const NOW = Date.parse('2026-11-20T12:00:00Z')
const EIGHT = Date.parse('2026-11-20T07:00:00Z')
const DAY = 86_400_000
const asked = { sirets: undefined, now: NOW, limit: 10 }

async function offer(journal: Journal, id: ConnectionId, number: number, at: number) {
  const content = { sha256: '0'.repeat(64), bytes: 1 }
  await journal.write([
    offerReturnFlow(journal, {
      id: `ret_${number}`,
      connectionId: id,
      kind: 'directory',
      interfaceCode: 'FAR0037A',
      fileName: `${number}.tar.gz`,
      content,
      createdAt: at,
      availableUntil: NOW + DAY,
    }),
  ])
}

describe.each(JOURNAL_ADAPTERS)('the health of partners on $name', (adapter) => {
  test('tells who does not read, who is silent and whom nothing reaches, these first', async () => {
    const journal = await (await adapter.prepare()).open()
    await insertConnection(journal, 'cnx_reads', { application_code: 'AAA001' })
    await insertConnection(journal, 'cnx_unread', { application_code: 'BBB002' })
    await insertConnection(journal, 'cnx_silent', { application_code: 'CCC003' })
    await insertConnection(journal, 'cnx_away', { application_code: 'DDD004' })
    await insertConnection(journal, 'cnx_off', { application_code: 'EEE005', state: 'DEACTIVATED' })
    await offer(journal, 'cnx_unread', 1, NOW - 3 * DAY)
    await offer(journal, 'cnx_unread', 2, NOW - DAY)
    await offer(journal, 'cnx_away', 3, NOW - 1_000)
    const flows = [7, 14, 21].map((days, index) =>
      flowRow(index + 1, { connection_id: 'cnx_silent', received_at: EIGHT - days * DAY }),
    )
    const failed = (attempt: number, code: string) => ({
      return_flow_id: 'ret_3' as const,
      attempt,
      at: NOW - 10_000 + attempt,
      outcome: 'failed',
      proof_json: '{}',
      failure_json: JSON.stringify({ code }),
    })
    await journal.write([
      { query: journal.db.insertInto('flows').values(flows) },
      {
        query: journal.db
          .insertInto('deliveries')
          .values([failed(1, 'ZZZ_FIRST'), failed(2, 'MDN_FAILED')]),
      },
    ])
    expect(await readPartnerHealth(journal, asked)).toMatchObject([
      { connectionId: 'cnx_away', failures: 2, lastFailure: { code: 'MDN_FAILED' }, unread: 1 },
      { connectionId: 'cnx_silent', silentSince: EIGHT, lastFlowAt: EIGHT - 7 * DAY, unread: 0 },
      { connectionId: 'cnx_unread', unread: 2, oldestUnreadAt: NOW - 3 * DAY, silentSince: null },
      { connectionId: 'cnx_reads', unread: 0, failures: 0, lastFlowAt: null },
    ])
    expect(await readPartnerHealth(journal, { ...asked, sirets: ['00000000005719'] })).toEqual([])
  })

  test('and of the whole: what waits, what ends, what fails, what is refused', async () => {
    const journal = await (await adapter.prepare()).open()
    await insertConnection(journal, 'cnx_one', { certificate_until: NOW + 9.5 * DAY })
    const recent = { received_at: NOW - 60_000 }
    const open = { ...recent, state: 'IN_RECU', finished_at: null } as const
    const rejected = flowRow(3, recent)
    await journal.write([
      {
        query: journal.db
          .insertInto('flows')
          .values([flowRow(1, recent), flowRow(2, open), rejected, flowRow(4, { received_at: 1 })]),
      },
      {
        query: journal.db.insertInto('flow_rejections').values({
          flow_id: rejected.id,
          dimension: 'flow',
          value: '',
          code: '',
          connection_id: 'cnx_one',
          interface_code: 'FSO1110A',
          at: NOW - 60_000,
          invoices: 1,
          lost: 0,
        }),
      },
    ])
    expect(await readVitals(journal, NOW)).toEqual({
      queue: { flows: 1, oldestSeconds: 60 },
      certificates: { soonestDays: 9, applicationCode: 'ACM001' },
      delivery: { failingPartners: 0, failures: 0 },
      rejections: { flows: 3, refused: 1, percent: 33 },
    })
  })
})
