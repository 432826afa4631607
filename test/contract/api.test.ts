import { once } from 'node:events'
import { get as requestOf, type IncomingMessage } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startApi } from '../../gateway/api/api-server.ts'
import { newToken } from '../../gateway/api/bearer-token.ts'
import type { FlowDocument } from '../../gateway/flow.ts'
import type { Journal } from '../../gateway/journal/journal.ts'
import { createLogger } from '../../gateway/logger.ts'
import { apiServices } from '../support/api-services.ts'
import { until } from '../support/child-program.ts'
import { finding, flowRow, invoiceRow } from '../support/journal-rows.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { openTestJournal } from '../support/test-journal.ts'

interface Api {
  readonly journal: Journal
  readonly url: string
  readonly token: string
  /** GET with the token. */
  readonly get: (path: string) => Promise<Response>
  readonly json: (path: string) => Promise<unknown>
}

async function startedApi(queue: { readonly mayBeAway?: true } = {}): Promise<Api> {
  const folder = await temporaryFolder()
  const log = createLogger('silent')
  const journal = await openTestJournal(folder, log)
  const token = newToken()
  let isQueueWell = true
  const api = await startApi({
    host: '127.0.0.1',
    port: 0,
    services: await apiServices(journal, token),
    checkAnswers: true,
    checks: [
      { name: 'journal', check: async () => journal.engine },
      {
        name: 'queue',
        ...queue,
        check: async () => {
          if (isQueueWell) return 'journal'
          throw new Error('a secret place: redis://u:p@host')
        },
      },
    ],
    log,
  })
  onTestFinished(async () => {
    await api.stop()
    await journal.close()
  })
  const url = `http://127.0.0.1:${api.address.port}`
  const ask = (path: string): Promise<Response> =>
    fetch(url + path, { headers: { Authorization: `Bearer ${token}` } })
  await journal.write([{ query: journal.db.insertInto('facts').values({ name: 'x', value: 'x' }) }])
  return {
    journal,
    url,
    token,
    get: async (path) => {
      isQueueWell = path !== '/readyz?broken'
      return ask(path)
    },
    json: async (path) => (await ask(path)).json(),
  }
}

/** Flows numbered from 1; the highest number came last. */
async function addFlows(
  journal: Journal,
  count: number,
  changes: Parameters<typeof flowRow>[1] = {},
): Promise<void> {
  const rows = Array.from({ length: count }, (_, index) => flowRow(index + 1, changes))
  for (let start = 0; start < rows.length; start += 100) {
    const some = rows.slice(start, start + 100)
    await journal.write([{ query: journal.db.insertInto('flows').values(some) }])
  }
}

const numbers = (flows: readonly FlowDocument[]): number[] =>
  flows.map((flow) => Number(flow.number.slice(-6)))

describe('the door of the API', () => {
  test('opens with the right token only, and health needs none', async () => {
    const { url, token } = await startedApi()
    const ask = async (authorization?: string): Promise<number> => {
      const headers = authorization === undefined ? {} : { Authorization: authorization }
      return (await fetch(`${url}/api/v1/flows`, { headers })).status
    }
    expect(await ask(`Bearer ${token}`)).toBe(200)
    for (const wrong of [
      undefined,
      '',
      'Bearer',
      'Bearer ',
      token,
      `Bearer ${token.slice(0, -1)}`,
      `Bearer ${token} `.concat('x'),
      `Basic ${token}`,
      `Bearer ${newToken()}`,
    ]) {
      expect(await ask(wrong), wrong).toBe(401)
    }
    expect((await fetch(`${url}/livez`)).status).toBe(200)
    expect((await fetch(`${url}/readyz`)).status).toBe(200)
    const refused = await fetch(`${url}/api/v1/nothing`)
    expect(refused.status).toBe(401)
    expect(refused.headers.get('www-authenticate')).toBe('Bearer')
  })

  test('is not ready while a part is not, without saying more than which', async () => {
    const api = await startedApi()
    const response = await api.get('/readyz?broken')
    expect(response.status).toBe(503)
    const text = await response.text()
    expect(JSON.parse(text)).toMatchObject({
      status: 'not ready',
      checks: [
        { name: 'journal', ok: true },
        { name: 'queue', ok: false },
      ],
    })
    expect(text).not.toContain('redis')
  })

  test('is ready without a part that may be away, and says so', async () => {
    const api = await startedApi({ mayBeAway: true })
    const response = await api.get('/readyz?broken')
    expect(response.status).toBe(200)
    expect(await response.json()).toMatchObject({
      status: 'degraded',
      checks: [
        { name: 'journal', ok: true },
        { name: 'queue', ok: false },
      ],
    })
    expect(await (await api.get('/readyz')).json()).toMatchObject({ status: 'ready' })
  })

  test('a port that is taken is said as such', async () => {
    const { url, journal } = await startedApi()
    const port = Number(new URL(url).port)
    const again = { host: '127.0.0.1', port, checks: [], log: createLogger('silent') }
    await expect(
      startApi({ ...again, services: await apiServices(journal, '') }),
    ).rejects.toMatchObject({ code: 'PORT_IN_USE' })
  })
})

describe('a request that cannot be answered', () => {
  test('is a problem document that says why', async () => {
    const { get } = await startedApi()
    const asked: readonly (readonly [path: string, status: number])[] = [
      ['/api/v1/flows?limit=0', 400],
      ['/api/v1/flows?limit=501', 400],
      ['/api/v1/flows?limit=1e99', 400],
      ['/api/v1/flows?limit=x', 400],
      ['/api/v1/flows?limit=1&limit=2', 400],
      ['/api/v1/flows?unknown=1', 400],
      ['/api/v1/flows?state=nonsense', 400],
      ['/api/v1/flows?since=yesterday', 400],
      ['/api/v1/flows?code=fso', 400],
      [`/api/v1/flows?connection=${'x'.repeat(61)}`, 400],
      ['/api/v1/flows/export?format=xml', 400],
      ['/api/v1/flows/%E0%A4%A', 400],
      ['/api/v1/flows/..%2f..%2fetc%2fpasswd', 404],
      ['/api/v1/flows/flw_nobody', 404],
      ['/api/v1/nothing', 404],
      ['/', 404],
    ]
    for (const [path, status] of asked) {
      const response = await get(path)
      expect(response.status, path).toBe(status)
      expect(response.headers.get('content-type')).toContain('application/problem+json')
      expect(await response.json(), path).toMatchObject({
        status,
        code: status === 404 ? 'API_NOT_FOUND' : 'API_REQUEST_INVALID',
        detail: expect.any(String),
        remedy: expect.any(String),
      })
    }
  })

  test('is told so when it is its body that cannot be read', async () => {
    const { url, token } = await startedApi()
    const json = 'application/json'
    const codes: Readonly<Record<number, string>> = {
      400: 'API_REQUEST_INVALID',
      413: 'API_BODY_TOO_LARGE',
      415: 'API_MEDIA_TYPE_REFUSED',
    }
    const posted: readonly (readonly [body: string, type: string, status: number])[] = [
      ['{bad', json, 400],
      [JSON.stringify({ request: 'x'.repeat(40_000) }), json, 413],
      [JSON.stringify({ request: 'x', purpose: 'client', days: 0 }), json, 400],
      [JSON.stringify({ request: 'no PEM', purpose: 'client', days: 1 }), json, 400],
      ['request=x', 'application/x-www-form-urlencoded', 415],
    ]
    for (const [body, type, status] of posted) {
      const response = await fetch(`${url}/api/v1/test-certificates`, {
        method: 'POST',
        headers: { Authorization: `Bearer ${token}`, 'Content-Type': type },
        body,
      })
      expect(response.status, body.slice(0, 40)).toBe(status)
      expect(await response.json()).toMatchObject({ status, code: codes[status] })
    }
  })
})

describe('the list of flows', () => {
  test('pages through all, newest first, none twice and none left out', async () => {
    const { journal, json } = await startedApi()
    await addFlows(journal, 25)
    const seen: number[] = []
    let next: string | null = ''
    while (next !== null) {
      const after: string = next === '' ? '' : `&after=${next}`
      const page = (await json(`/api/v1/flows?limit=10${after}`)) as {
        flows: FlowDocument[]
        next: string | null
      }
      seen.push(...numbers(page.flows))
      next = page.next
    }
    expect(seen).toEqual(Array.from({ length: 25 }, (_, index) => 25 - index))
  })

  test('narrows by every criterion', async () => {
    const { journal, json } = await startedApi()
    await addFlows(journal, 3)
    await journal.write([
      {
        query: journal.db
          .insertInto('flows')
          .values([
            flowRow(4, { state: 'IN_REJETE', application_code: 'BET002' }),
            flowRow(5, { connection_id: 'cnx_other', interface_code: 'FSO1100A' }),
          ]),
      },
    ])
    const list = async (query: string): Promise<number[]> =>
      numbers(((await json(`/api/v1/flows?${query}`)) as { flows: FlowDocument[] }).flows)
    for (const state of ['IN_REJETE', 'in_rejete', 'Rejected', 'rejet%C3%A9']) {
      expect(await list(`state=${state}`)).toEqual([4])
    }
    expect(await list('connection=BET002')).toEqual([4])
    expect(await list('connection=cnx_other')).toEqual([5])
    expect(await list('code=FSO1100A')).toEqual([5])
    expect(await list('code=FSO1100A&state=IN_REJETE')).toEqual([])
    const since = (await json('/api/v1/flows?limit=2')) as { flows: FlowDocument[] }
    expect(await list(`since=${since.flows[1]?.receivedAt}`)).toEqual([5, 4])
  })

  test('a flow with many findings leaves the others theirs', async () => {
    const { journal, json } = await startedApi()
    await addFlows(journal, 2, { state: 'IN_REJETE', total: 1_200 })
    for (const [flow, count] of [
      [1, 1_200],
      [2, 1],
    ] as const) {
      const { id } = flowRow(flow)
      for (let start = 0; start < count; start += 300) {
        const rows = Array.from({ length: Math.min(300, count - start) }, (_, index) =>
          invoiceRow(id, start + index + 1, [finding(`BR-${flow}`)]),
        )
        await journal.write([{ query: journal.db.insertInto('invoices').values(rows) }])
      }
    }
    const { flows } = (await json('/api/v1/flows')) as { flows: FlowDocument[] }
    expect(flows.map((flow) => flow.findings.length)).toEqual([1, 100])
    const one = (await json(`/api/v1/flows/${flowRow(1).id}`)) as FlowDocument
    expect(one.findings).toHaveLength(1_000)
  })
})

describe('one flow', () => {
  test('is found by id, by a start of it, and by the identifier of its sender', async () => {
    const { journal, get } = await startedApi()
    await addFlows(journal, 10)
    const { id, flow_identifier: number } = flowRow(10)
    for (const name of [id, number, id.slice(0, -1)]) {
      expect(await (await get(`/api/v1/flows/${name}`)).json()).toMatchObject({ id, number })
    }
    const ambiguous = await get('/api/v1/flows/flw_')
    expect(ambiguous.status).toBe(409)
    expect(await ambiguous.json()).toMatchObject({ detail: expect.stringContaining('flw_') })
  })

  test('shows nothing of its invoices before it is decided', async () => {
    const { journal, json } = await startedApi()
    await addFlows(journal, 1, { state: 'IN_EN_COURS_TRAITEMENT_CPP', total: 1, refused: 1 })
    const { id } = flowRow(1)
    const row = invoiceRow(id, 1, [finding('BR-02')])
    await journal.write([{ query: journal.db.insertInto('invoices').values(row) }])
    expect(await json(`/api/v1/flows/${id}`)).toMatchObject({
      findings: [],
      invoices: { total: 1, integrated: 0, refused: 0, incorrect: 0 },
    })
  })
})

describe('the export of flows', () => {
  test.each(['ndjson', 'json', 'csv'])('has all of them, however many: %s', async (format) => {
    const { journal, get } = await startedApi()
    await addFlows(journal, 230)
    const text = await (await get(`/api/v1/flows/export?format=${format}`)).text()
    const exported = {
      ndjson: () =>
        text
          .trimEnd()
          .split('\n')
          .map((line) => numbers([JSON.parse(line)])[0]),
      json: () => numbers((JSON.parse(text) as { flows: FlowDocument[] }).flows),
      csv: () =>
        text
          .trimEnd()
          .split('\r\n')
          .slice(1)
          .map((line) => Number(line.split(';')[1]?.slice(-6))),
    }[format]
    expect(exported?.()).toEqual(Array.from({ length: 230 }, (_, index) => 230 - index))
  })

  test('of nothing is an empty document of its kind', async () => {
    const { get } = await startedApi()
    const text = async (format: string): Promise<string> =>
      (await get(`/api/v1/flows/export?format=${format}`)).text()
    expect(await text('ndjson')).toBe('')
    expect(JSON.parse(await text('json'))).toEqual({ flows: [] })
    expect((await text('csv')).split('\r\n')).toHaveLength(2)
  })

  test('to a spreadsheet runs no formula and breaks no column', async () => {
    const { journal, get } = await startedApi()
    for (const [index, name] of ['=1+1', '+1', '-1', '@x', 'a;b', 'a"b', 'a\r\nb'].entries()) {
      const row = flowRow(index + 1, { file_name: name })
      await journal.write([{ query: journal.db.insertInto('flows').values(row) }])
    }
    const text = await (await get('/api/v1/flows/export?format=csv')).text()
    for (const cell of [
      ";'=1+1;",
      ";'+1;",
      ";'-1;",
      ";'@x;",
      ';"a;b";',
      ';"a""b";',
      ';"a\r\nb";',
    ]) {
      expect(text).toContain(cell)
    }
  })

  test('that its reader leaves in the middle ends there, and the API goes on', async () => {
    const { journal, url, token, get } = await startedApi()
    const findings = Array.from({ length: 2_000 }, () => finding('BR-02'))
    const heavy = { findings_json: JSON.stringify(findings) }
    for (let number = 1; number <= 200; number += 1) {
      const row = flowRow(number, heavy)
      await journal.write([{ query: journal.db.insertInto('flows').values(row) }])
    }
    const reading = journal.read.bind(journal)
    let reads = 0
    journal.read = (query) => {
      reads += 1
      return reading(query)
    }
    const request = openRequest(`${url}/api/v1/flows/export`, token)
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    await once(response, 'readable')
    request.destroy()
    await once(response, 'close').catch(() => {}) // it was cut, by us
    let before = -1
    await until('no more is read', async () => {
      const isQuiet = before === reads
      before = reads
      await sleep(50)
      return isQuiet
    })
    // A page is read by one statement, two for what belongs to it, one more for each flow.
    expect(reads).toBeLessThan(2 * (3 + 50))
    expect((await get('/livez')).status).toBe(200)
  })
})

const openRequest = (url: string, token: string) =>
  requestOf(url, { headers: { Authorization: `Bearer ${token}` } })

describe('the refusals at the door', () => {
  test('come newest first, with what to do about each', async () => {
    const { journal, json } = await startedApi()
    const row = (index: number) => ({
      id: `rfs_${index}` as const,
      at: 1_000 * index,
      protocol: 'sftp' as const,
      peer: '192.0.2.7:1',
      session_id: null,
      connection_id: index === 1 ? ('cnx_a' as const) : null,
      code: 'NAME_MALFORMED',
      reason: 'a name',
      offered: 'x.txt',
      wanted: null,
      nearest_json: index === 2 ? '{"differs":"the key"}' : null,
    })
    await journal.write([{ query: journal.db.insertInto('refusals').values([row(1), row(2)]) }])
    expect(await json('/api/v1/refusals')).toMatchObject({
      refusals: [
        { id: 'rfs_2', nearest: { differs: 'the key' }, remedy: { fr: expect.any(String) } },
        { id: 'rfs_1', nearest: null, message: { en: expect.any(String) } },
      ],
    })
    expect(await json('/api/v1/refusals?connection=cnx_a')).toMatchObject({
      refusals: [{ id: 'rfs_1' }],
    })
    expect(await json('/api/v1/refusals?since=1970-01-01T00:00:01.500Z')).toMatchObject({
      refusals: [{ id: 'rfs_2' }],
    })
  })
})
