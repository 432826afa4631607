import { once } from 'node:events'
import { request as requestOf, type ClientRequest, type IncomingMessage } from 'node:http'
import { describe, expect, test } from 'vitest'
import { startedApi, type StartedApi } from '../support/started-api.ts'

const problemOf = async (response: Response) =>
  (await response.json()) as {
    status: number
    code: string
    title: string
    remedy: string
    detail: string
    errors?: { field: string; message: { en: string; fr: string } }[]
  }

/** A connection that the local owner made. */
async function connectionOf({ machine }: StartedApi): Promise<{ id: string; etag: string }> {
  const set = await machine.ask('POST', '/data-set', { seed: 'requests', count: 3 })
  const { structures } = (await set.json()) as { structures: { siret: string }[] }
  const siret = structures[0]?.siret
  await machine.ask('POST', `/structures/${siret}/area`)
  const made = await machine.ask('POST', '/connections', { siret, protocol: 'sftp' })
  expect(made.status).toBe(201)
  const { id } = (await made.json()) as { id: string }
  return { id, etag: made.headers.get('etag') ?? '' }
}

describe('a request', () => {
  test('with several faults is told them all, by member, in both languages', async () => {
    const { machine } = await startedApi()
    const body = { request: 7, purpose: 'fun', days: 0, more: 1 }
    const answer = await machine.ask('POST', '/test-certificates', body, {
      'Accept-Language': 'fr',
    })
    expect(answer.headers.get('content-language')).toBe('fr')
    const problem = await problemOf(answer)
    expect(problem).toMatchObject({ status: 400, code: 'API_REQUEST_INVALID' })
    expect(problem.remedy).toContain('Corrigez')
    expect(problem.errors?.map((error) => error.field).sort()).toEqual([
      'days',
      'more',
      'purpose',
      'request',
    ])
    for (const { message } of problem.errors ?? []) expect(message.en).not.toBe(message.fr)
    for (const field of ['days', 'more', 'purpose', 'request']) {
      expect(problem.detail).toContain(field)
    }
  })

  test('of a wrong method is told the right ones', async () => {
    const { machine } = await startedApi()
    const answer = await machine.ask('PATCH', '/connections', {})
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('GET, POST, HEAD, OPTIONS')
    expect((await problemOf(answer)).code).toBe('API_METHOD_REFUSED')
    expect((await machine.ask('OPTIONS', '/flows/export')).status).toBe(204)
    expect((await machine.ask('HEAD', '/flows')).status).toBe(200)
  })

  test('is answered with headers that let no page frame, sniff, keep or run it', async () => {
    const { machine } = await startedApi()
    const { headers } = await machine.ask('GET', '/flows')
    expect(headers.get('content-security-policy')).toContain("default-src 'none'")
    expect(headers.get('x-content-type-options')).toBe('nosniff')
    expect(headers.get('x-frame-options')).toBe('DENY')
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('x-powered-by')).toBeNull()
    expect(headers.get('strict-transport-security')).toBeNull()
  })
})

describe('a document that is edited', () => {
  test('says its version, and a write that saw another one is lost for nobody', async () => {
    const api = await startedApi()
    const { id, etag } = await connectionOf(api)
    const save = (comments: string, headers: Readonly<Record<string, string>>) =>
      api.machine.ask('PUT', `/connections/${id}/form`, { comments }, headers)
    expect((await problemOf(await save('a', {}))).code).toBe('API_PRECONDITION_MISSING')
    expect((await save('a', { 'If-Match': 'yesterday' })).status).toBe(400)
    const saved = await save('a', { 'If-Match': etag })
    expect(saved.status).toBe(200)
    expect(saved.headers.get('etag')).not.toBe(etag)
    const lost = await save('b', { 'If-Match': etag })
    expect(await problemOf(lost)).toMatchObject({ status: 412, code: 'CONNECTION_CHANGED' })
    expect((await save('c', { 'If-Match': '*' })).status).toBe(200)
    const shown = await api.machine.ask('GET', `/connections/${id}`)
    expect(await shown.json()).toMatchObject({ form: { comments: 'c' } })
    const seen = {
      'If-None-Match': shown.headers.get('etag') ?? '',
      'Cache-Control': 'max-age=0',
    }
    expect((await api.machine.ask('GET', `/connections/${id}`, undefined, seen)).status).toBe(304)
  })

  test('may come as YAML, and goes out as it can come in again', async () => {
    const api = await startedApi()
    const { id } = await connectionOf(api)
    const yaml = (method: string, path: string, text: string) =>
      api.machine.ask(method, path, new TextEncoder().encode(text), {
        'Content-Type': 'application/yaml',
        'If-Match': '*',
      })
    const form = 'comments: in YAML\ncontact:\n  email: ops@example.org\n'
    expect((await yaml('PUT', `/connections/${id}/form`, form)).status).toBe(200)
    const out = await (await api.machine.ask('GET', `/connections/${id}/export`)).text()
    const again = await yaml('POST', '/connections/import', out)
    expect(again.status).toBe(201)
    expect(await again.json()).toMatchObject({
      connection: { state: 'DRAFT', form: { contact: { email: 'ops@example.org' } } },
    })
    expect((await yaml('POST', '/connections/import', 'a: [')).status).toBe(400)
    const bomb = `a: &a [${'x,'.repeat(9)}]\n${Array.from({ length: 40 }, (_, i) => `b${i}: *a`).join('\n')}`
    expect((await yaml('POST', '/connections/import', bomb)).status).toBe(400)
    const list = await api.machine.ask('GET', '/connections/export?lang=fr')
    const table = Buffer.from(await list.arrayBuffer()).toString()
    expect(table.split('\r\n')[0]).toMatch(/^\ufeffpartenaire;code application;.*;état;/)
    const all = await (await api.machine.ask('GET', '/connections/export?format=json')).json()
    expect((all as { connections: unknown[] }).connections).toHaveLength(2)
  })
})

const drained = (upload: ClientRequest): Promise<void> =>
  new Promise((resolve) => {
    upload.removeAllListeners('drain').once('drain', resolve)
  })

describe('a certificate that is uploaded', () => {
  test('may be the body, or the file of a form', async () => {
    const api = await startedApi()
    const { id } = await connectionOf(api)
    const path = `/connections/${id}/certificates`
    const file = new TextEncoder().encode('no certificate at all')
    const type = { 'Content-Type': 'application/octet-stream' }
    const raw = await api.machine.ask('POST', path, file, type)
    expect(await raw.json()).toMatchObject({ isKept: false, checks: expect.any(Array) })
    const form = new FormData()
    form.append('file', new Blob([file]), 'chain.p7b')
    const answer = await fetch(`${api.url}/api/v1${path}`, {
      method: 'POST',
      headers: { Authorization: `Bearer ${api.token}` },
      body: form,
    })
    expect(await answer.json()).toMatchObject({ isKept: false })
    const bad = { 'Content-Type': 'multipart/form-data; boundary=x' }
    expect((await api.machine.ask('POST', path, file, bad)).status).toBe(400)
    const packed = { ...type, 'Content-Encoding': 'gzip' }
    expect((await api.machine.ask('POST', path, file, packed)).status).toBe(415)
  })

  test.each(['with its length', 'in chunks', 'asking first'])(
    'and has 50 MB is refused early, %s, and not held',
    async (how) => {
      const api = await startedApi()
      const { id } = await connectionOf(api)
      const megabytes = 50
      const upload = requestOf(`${api.url}/api/v1/connections/${id}/certificates`, {
        method: 'POST',
        headers: {
          Authorization: `Bearer ${api.token}`,
          'Content-Type': 'application/octet-stream',
          ...(how === 'in chunks' ? {} : { 'Content-Length': megabytes * 2 ** 20 }),
          ...(how === 'asking first' ? { Expect: '100-continue' } : {}),
        },
      })
      upload.on('error', () => {}) // the gateway need not read it to its end
      let wasToldToGoOn = false
      upload.on('continue', () => (wasToldToGoOn = true))
      const answered = once(upload, 'response') as Promise<[IncomingMessage]>
      const megabyte = Buffer.alloc(2 ** 20)
      const sendable = how === 'asking first' ? 0 : megabytes
      for (let sent = 0; sent < sendable; sent += 1) {
        if (!upload.write(megabyte)) await Promise.race([drained(upload), answered])
      }
      if (how === 'asking first') upload.flushHeaders()
      const [response] = await answered
      expect(response.statusCode).toBe(413)
      expect(wasToldToGoOn).toBe(false)
      upload.destroy()
      expect((await api.machine.ask('GET', '/session')).status).toBe(200)
    },
  )
})
