import { expect, test } from 'vitest'
import type { ConnectionId } from '../../gateway/flow.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { finding, flowRow, invoiceRow } from '../support/journal-rows.ts'
import { startedApi } from '../support/started-api.ts'

const ID: ConnectionId = 'cnx_partner'

test('rejections, refusals and partners are answered as documents and as tables, in French too', async () => {
  const { machine, services } = await startedApi()
  const { journal } = services
  await insertConnection(journal, ID, { name: 'Acmé' })
  const now = Date.now()
  const flow = flowRow(1, { received_at: now, mode: 'COMPLETE', state: 'IN_REJETE', total: 4 })
  const summary = {
    flow_id: flow.id,
    connection_id: ID,
    interface_code: 'FSO1110A',
    at: now,
    invoices: 1,
    lost: 3,
  }
  await journal.write([
    { query: journal.db.insertInto('flows').values(flow) },
    { query: journal.db.insertInto('invoices').values(invoiceRow(flow.id, 1, [finding('BR-02')])) },
    {
      query: journal.db.insertInto('flow_rejections').values([
        { ...summary, dimension: 'flow', value: '', code: '' },
        { ...summary, dimension: 'rule', value: 'BR-02', code: 'G1' },
        { ...summary, dimension: 'code', value: 'G1', code: 'G1' },
      ]),
    },
    {
      query: journal.db.insertInto('refusals').values(
        [1, 2].map((number) => ({
          id: `rfs_${number}` as const,
          at: now,
          protocol: 'sftp' as const,
          peer: '192.0.2.1',
          session_id: null,
          connection_id: null,
          code: 'CREDENTIAL_REFUSED',
          reason: `file ${number} was offered`,
          offered: null,
          wanted: null,
          nearest_json: JSON.stringify({ connectionId: ID, differs: 'the key' }),
        })),
      ),
    },
  ])
  const ask = async (path: string) => (await machine.ask('GET', path)).json()
  expect(await ask('/rejections?by=rule&connection=ACM001')).toMatchObject({
    totals: { flows: 1, invoices: 1, lost: 3 },
    items: [
      {
        key: 'BR-02',
        trend: 'new',
        example: { invoice: 'N1', message: { fr: 'Il manque quelque chose.' } },
      },
    ],
  })
  expect(await ask('/rejections?by=partner')).toMatchObject({
    items: [{ key: ID, partner: { applicationCode: 'ACM001', name: 'Acmé' }, lost: 3 }],
  })
  expect(await ask('/rejections/invoices?rule=BR-02')).toMatchObject({
    items: [{ id: `${flow.id}.1`, number: 'N1' }],
  })
  expect(await ask('/refusals/summary')).toMatchObject({
    items: [
      {
        refusals: 2,
        peers: 1,
        reason: 'file 2 was offered',
        nearest: { connectionId: ID, differs: 'the key' },
      },
    ],
  })
  expect(await ask('/partners/health')).toMatchObject({ items: [{ applicationCode: 'ACM001' }] })
  const paths = [
    '/rejections',
    '/rejections/invoices',
    '/refusals',
    '/refusals/summary',
    '/partners/health',
  ]
  const heads = await Promise.all(
    paths.map(async (path) => {
      const answer = await machine.ask('GET', `${path}?format=csv&lang=fr`)
      expect(answer.headers.get('content-type')).toContain('text/csv')
      return (await answer.text()).split(';').slice(0, 2).join(';')
    }),
  )
  expect(heads).toEqual([
    'quoi;code',
    'reçu;flux',
    'quand;protocole',
    'code;protocole',
    'code application;partenaire',
  ])
})
