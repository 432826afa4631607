import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startApi } from '../../gateway/api/api-server.ts'
import type { RunId } from '../../gateway/flow.ts'
import { createLogger } from '../../gateway/logger.ts'
import type { RunDocument } from '../../gateway/qualification/qualification.ts'
import { apiServices } from '../support/api-services.ts'
import { insertConnection } from '../support/connection-rows.ts'
import { JOURNAL_ADAPTERS } from '../support/journal-adapters.ts'

const MACHINE_TOKEN = 'rct_machine'
const SIRET = '00000000005719'
const both = (text: string) => ({ en: text, fr: text })
const QUESTION = {
  id: 'asks',
  title: both('Asks'),
  purpose: both('Why'),
  protocols: ['sftp'],
  steps: [{ confirm: 'question' }],
}

/** The API on a journal of its own; no runner carries runs on: they stay as they are put. */
async function place(connection: { readonly siret?: string } = {}) {
  const journal = await (await JOURNAL_ADAPTERS[0]!.prepare()).open()
  const services = await apiServices(journal, MACHINE_TOKEN)
  const server = await startApi({
    host: '127.0.0.1',
    port: 0,
    services,
    checks: [],
    log: createLogger('silent'),
    checkAnswers: true,
  })
  onTestFinished(() => server.stop())
  let connections = 0

  function call(method: string, path: string, body?: unknown, type = 'application/json') {
    return fetch(`${server.url}/api/v1${path}`, {
      method,
      headers: { Authorization: `Bearer ${MACHINE_TOKEN}`, 'Content-Type': type },
      ...(body === undefined
        ? {}
        : { body: body instanceof Buffer ? new Uint8Array(body) : JSON.stringify(body) }),
    })
  }

  /** Asks for a run on a connection of its own. */
  async function order(body: unknown): Promise<Response> {
    connections += 1
    const code = `AAA${String(connections).padStart(3, '0')}`
    await insertConnection(journal, `cnx_${code}`, { application_code: code, ...connection })
    return call('POST', `/connections/cnx_${code}/runs`, body)
  }

  async function started(document: unknown = QUESTION): Promise<RunDocument> {
    const answer = await order({ document })
    expect(answer.status, await answer.clone().text()).toBe(201)
    return (await answer.json()) as RunDocument
  }

  return {
    journal,
    server,
    call,
    order,
    started,
    /** A run whose question waits. */
    asked: async (): Promise<RunDocument> => {
      const run = await started()
      const now = Date.now()
      await journal.write([
        {
          query: journal.db
            .updateTable('qualification_steps')
            .set({ state: 'RUNNING', started_at: now, deadline: now + 600_000 })
            .where('run_id', '=', run.id),
        },
      ])
      return run
    },
    attach: (id: RunId, name: string, content = 'seen') =>
      call(
        'POST',
        `/runs/${id}/attachments?name=${encodeURIComponent(name)}`,
        Buffer.from(content),
        'application/octet-stream',
      ),
    /** Path of a page that shows a run. */
    linkTo: async (id: RunId): Promise<string> => {
      const { url } = (await (await call('POST', `/runs/${id}/live`)).json()) as { url: string }
      return new URL(url).pathname
    },
  }
}

describe('qualification by the API', () => {
  test('readers of one run take no place of those of another', async () => {
    const { started, linkTo, server } = await place()
    const [crowded, other] = [await started(), await started()]
    const path = await linkTo(crowded.id)
    const sockets: Socket[] = []
    const follow = async (way: string): Promise<string> => {
      const socket = connect(server.address.port, '127.0.0.1')
      sockets.push(socket)
      socket.write(`GET ${way}/events HTTP/1.1\r\nHost: x\r\n\r\n`)
      const [first] = (await once(socket, 'data')) as [Buffer]
      return first.toString().split(' ')[1] ?? ''
    }
    const answers: string[] = []
    for (let count = 0; count < 21; count += 1) answers.push(await follow(path))
    expect(answers.filter((status) => status === '200')).toHaveLength(20)
    expect(answers.at(-1)).toBe('503')
    expect(await follow(await linkTo(other.id))).toBe('200')
    for (const socket of sockets) socket.destroy()
  })

  test('what is told to all who watch carries no contents; the page of an ended run has them, and no script', async () => {
    const { asked, attach, linkTo, call, server } = await place()
    const run = await asked()
    const content = 'x'.repeat(2_000)
    expect((await attach(run.id, 'seen.txt', content)).status).toBe(201)
    const path = await linkTo(run.id)
    const page = await (await fetch(`${server.url}${path}`)).text()
    const inside = Buffer.from(content).toString('base64')
    expect(page).toContain('<script>')
    expect(page).not.toContain(inside)
    const events = fetch(`${server.url}${path}/events`).then((answer) => answer.text())
    await call('POST', `/runs/${run.id}/cancel`, {})
    const told = await events
    expect(told).toContain('"state":"NOT_CONCLUSIVE"')
    expect(told).not.toContain(inside)
    const after = await (await fetch(`${server.url}${path}`)).text()
    expect(after).toContain(inside)
    expect(after).not.toContain('<script')
  })

  test('the same run named in two ways is in a record once', async () => {
    const { started, call } = await place()
    const { id } = await started()
    const answer = await call('GET', `/evidence?runs=${id},${id.slice(4)}&format=json`)
    expect(((await answer.json()) as { runs: [] }).runs).toHaveLength(1)
  })

  test('an attachment has a plain name, and is handed out as nothing a browser would show', async () => {
    const { asked, attach, call } = await place()
    const { id } = await asked()
    const names = [
      '../up.txt',
      'a\\b.txt',
      'a\r\nX-Evil: 1.txt',
      '\u202Egpj.txt',
      'page.html',
      'x.svg',
    ]
    for (const name of names) expect((await attach(id, name)).status, name).toBe(400)
    const run = (await (await attach(id, '<b> “é”.txt', '<script>')).json()) as RunDocument
    const [file] = run.steps[0]!.attachments
    const answer = await call('GET', `/runs/${id}/attachments/${file!.id}`)
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/octet-stream',
      'content-disposition': "attachment; filename*=UTF-8''%3Cb%3E%20%E2%80%9C%C3%A9%E2%80%9D.txt",
      'x-content-type-options': 'nosniff',
    })
    expect(answer.headers.get('content-security-policy')).toContain("default-src 'none'")
  })

  test('what people do with a run is in the audit of its structure, a link that shows it too', async () => {
    const { asked, attach, linkTo, call } = await place({ siret: SIRET })
    const { id } = await asked()
    await attach(id, 'seen.txt')
    await linkTo(id)
    await call('POST', `/runs/${id}/confirm`, { isYes: true })
    await call('POST', `/runs/${id}/give-up`)
    await call('POST', `/runs/${id}/cancel`, {})
    await call('POST', `/runs/${id}/override`, { verdict: 'PASSED', reason: 'seen' })
    const { items } = (await (await call('GET', `/audit?siret=${SIRET}`)).json()) as {
      items: readonly { readonly action: string }[]
    }
    expect(items.map(({ action }) => action).toReversed()).toEqual(
      ['start', 'attach', 'show-by-link', 'confirm', 'give-up', 'cancel', 'override'].map(
        (act) => `run.${act}`,
      ),
    )
  })

  test('a scenario of one’s own has texts of a length that every answer can carry', async () => {
    const { order } = await place()
    const long = 'x'.repeat(3_000)
    const documents = [
      { ...QUESTION, title: both(long) },
      { ...QUESTION, purpose: both(long) },
      { ...QUESTION, steps: [{ confirm: 'question', say: both(long) }] },
    ]
    for (const document of documents) expect((await order({ document })).status).toBe(400)
  })
})
