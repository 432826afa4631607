import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ApiPerson } from '../support/api-people.ts'
import { newPerson, signInAgain } from '../support/api-people.ts'
import { until } from '../support/child-program.ts'
import { flowRow } from '../support/journal-rows.ts'
import { startedApi, type StartedApi } from '../support/started-api.ts'

interface Told {
  readonly id: string
  readonly name: string
  readonly data: Readonly<Record<string, unknown>>
}

interface Follower {
  readonly events: readonly Told[]
  /** Ids heard, also those without an event. */
  readonly lastId: () => string
  readonly hasEnded: () => boolean
  leave(): void
}

async function follow(person: ApiPerson, query = '', lastEventId?: string): Promise<Follower> {
  const headers = lastEventId === undefined ? {} : { 'Last-Event-ID': lastEventId }
  const response = await person.ask('GET', `/events${query}`, undefined, headers)
  expect(response.status).toBe(200)
  expect(response.headers.get('content-type')).toContain('text/event-stream')
  const events: Told[] = []
  let lastId = ''
  let hasEnded = false
  const reader = response.body!.pipeThrough(new TextDecoderStream()).getReader()
  const read = async (): Promise<void> => {
    let text = ''
    for (;;) {
      const { value, done } = await reader.read()
      if (done) return
      text += value
      const blocks = text.split('\n\n')
      text = blocks.pop() ?? ''
      for (const block of blocks) {
        const of = (name: string) =>
          block
            .split('\n')
            .find((line) => line.startsWith(`${name}: `))
            ?.slice(name.length + 2)
        lastId = of('id') ?? lastId
        const data = of('data')
        if (data === undefined) continue
        events.push({
          id: lastId,
          name: of('event') ?? '',
          data: JSON.parse(data) as Record<string, unknown>,
        })
      }
    }
  }
  void read()
    .catch(() => {})
    .finally(() => (hasEnded = true))
  const leave = (): void => void reader.cancel().catch(() => {})
  onTestFinished(leave)
  await until('the stream says where it stands', async () => lastId !== '')
  return { events, lastId: () => lastId, hasEnded: () => hasEnded, leave }
}

/** Two structures with a connection each. */
async function ground({ machine }: StartedApi) {
  const set = await machine.ask('POST', '/data-set', { seed: 'events', count: 3 })
  const { structures } = (await set.json()) as { structures: { siret: string }[] }
  const made: { siret: string; id: `cnx_${string}` }[] = []
  for (const { siret } of structures.slice(0, 2)) {
    await machine.ask('POST', `/structures/${siret}/area`)
    const answer = await machine.ask('POST', '/connections', { siret, protocol: 'sftp' })
    made.push({ siret, id: ((await answer.json()) as { id: `cnx_${string}` }).id })
  }
  return { own: made[0]!, foreign: made[1]! }
}

async function addFlow({ services }: StartedApi, number: number, connection: `cnx_${string}`) {
  const { journal } = services
  const row = flowRow(number, { connection_id: connection })
  const event = {
    flow_id: row.id,
    at: 1_000 * number,
    stage: 'receipt',
    outcome: 'taken',
    milliseconds: 1,
    detail_json: '{}',
  }
  await journal.write([
    { query: journal.db.insertInto('flows').values(row) },
    { query: journal.db.insertInto('flow_events').values(event), announce: 'flows' },
  ])
}

const numbers = ({ events }: Follower): number[] =>
  events
    .filter(({ name }) => name === 'flow')
    .map(({ data }) => Number(String(data['number']).slice(-6)))

describe('a stream of events', () => {
  test('tells what happens from now on, and after a cut goes on where it was', async () => {
    const api = await startedApi()
    const { own } = await ground(api)
    await addFlow(api, 1, own.id)
    const first = await follow(api.machine)
    await addFlow(api, 2, own.id)
    await api.machine.ask(
      'PUT',
      `/connections/${own.id}/form`,
      { comments: 'x' },
      { 'If-Match': '*' },
    )
    await until('both are told', async () => first.events.length === 2)
    expect(numbers(first)).toEqual([2])
    expect(first.events.find(({ name }) => name === 'connection')?.data).toMatchObject({
      id: own.id,
      siret: own.siret,
      state: 'DRAFT',
    })
    first.leave()

    for (let number = 3; number <= 450; number += 1) await addFlow(api, number, own.id)
    const again = await follow(api.machine, '', first.lastId())
    await addFlow(api, 451, own.id)
    await until('all that was missed is told', async () => numbers(again).length >= 449)
    expect(numbers(again)).toEqual(Array.from({ length: 449 }, (_, index) => index + 3))
    // From any event that was told, as a browser does.
    const from = again.events[99]!.id
    const third = await follow(api.machine, `?topics=flows&after=${from}`)
    await until('the rest is told', async () => numbers(third).length >= 349)
    expect(numbers(third)[0]).toBe(103)
  })

  test('tells runs, alerts and sessions that go on, then what becomes of them, also while one was away', async () => {
    const api = await startedApi()
    const { own, foreign } = await ground(api)
    const { journal, clock } = api.services
    const { db } = journal
    const session = (number: number, connection: `cnx_${string}`) => ({
      id: `ses_${number}` as const,
      protocol: 'sftp' as const,
      peer: '192.0.2.7:9',
      connection_id: connection,
      started_at: clock.now(),
      ended_at: null,
      outcome: null,
      fields_json: '{}',
      transcript_sha256: null,
      transcript_bytes: null,
      process_id: null,
    })
    const alert = {
      id: 'alr_1' as const,
      rule: 'no-flow' as const,
      subject: own.id,
      connection_id: own.id,
      state: 'OPEN' as const,
      severity: 'warning' as const,
      level: 1,
      facts_json: '{}',
      text_json: JSON.stringify({
        title: { en: '', fr: '' },
        cause: { en: '', fr: '' },
        remedy: { en: '', fr: '' },
      }),
      opened_at: clock.now(),
      changed_at: Date.now(),
      resolved_at: null,
    }
    await journal.write([
      { query: db.insertInto('sessions').values([session(1, own.id), session(2, foreign.id)]) },
      { query: db.insertInto('alerts').values(alert) },
    ])
    const { id, login } = await newPerson(api.url, api.machine, 'camille')
    const place = `/structures/${own.siret}`
    await api.machine.ask('PUT', `${place}/attachments/${id}`, { role: 'MEMBER' })
    await api.machine.ask('PUT', `${place}/subscriptions/${id}`, { mayShow: true })
    const topics = '?topics=runs,alerts,sessions'
    const first = await follow(api.machine, topics)
    const limited = await follow(await signInAgain(api.url, login), topics)
    const marks = ({ events }: Follower): string[] =>
      events.map(({ name, data }) =>
        [name, data['id'], data['endedAt'] ?? data['resolvedAt'] ?? data['state'] ?? ''].join(' '),
      )
    await until('what goes on is told', async () => first.events.length === 3)
    expect(marks(first).toSorted()).toEqual([
      'alert alr_1 OPEN',
      'session ses_1 ',
      'session ses_2 ',
    ])
    await until('of what one may see', async () => limited.events.length === 1)
    expect(marks(limited)).toEqual(['session ses_1 '])
    const end = (id: `ses_${string}`) => ({
      query: db.updateTable('sessions').set({ ended_at: clock.now() }).where('id', '=', id),
      announce: 'sessions' as const,
    })
    await journal.write([end('ses_1')])
    await until('its end is told', async () => first.events.length === 4)
    await until('to both', async () => limited.events.length === 2)
    expect(first.events[3]).toMatchObject({ name: 'session', data: { id: 'ses_1' } })
    first.leave()
    await journal.write([end('ses_2')])
    const again = await follow(api.machine, topics, first.lastId())
    const isTold = () =>
      again.events.some(({ data }) => data['id'] === 'ses_2' && data['endedAt'] !== null)
    await until('what ended meanwhile is told', isTold)
    expect(marks(again)).toContain('alert alr_1 OPEN')
  })

  test('holds only what one may see, and ends when one may no longer', async () => {
    const api = await startedApi()
    const { own, foreign } = await ground(api)
    const { id, login } = await newPerson(api.url, api.machine, 'camille')
    const place = `/structures/${own.siret}`
    await api.machine.ask('PUT', `${place}/attachments/${id}`, { role: 'MEMBER' })
    await api.machine.ask('PUT', `${place}/subscriptions/${id}`, { mayShow: true })
    const person = await signInAgain(api.url, login)
    const stream = await follow(person, '?topics=flows,connections')
    for (let number = 1; number <= 5; number += 1) {
      await addFlow(api, number, number % 2 === 0 ? foreign.id : own.id)
    }
    for (const { id } of [foreign, own]) {
      await api.machine.ask(
        'PUT',
        `/connections/${id}/form`,
        { comments: 'x' },
        { 'If-Match': '*' },
      )
    }
    await until('its own are told', async () => stream.events.length >= 4)
    await sleep(300)
    expect(numbers(stream)).toEqual([1, 3, 5])
    expect(stream.events.map(({ data }) => data['id'] ?? data['connectionId'])).not.toContain(
      foreign.id,
    )
    await api.machine.ask('DELETE', `${place}/subscriptions/${id}`)
    await addFlow(api, 6, own.id)
    await sleep(300)
    expect(numbers(stream)).toEqual([1, 3, 5])
    expect((await person.ask('DELETE', '/session')).status).toBe(204)
    await until('the stream ends', async () => stream.hasEnded())
  })

  test('is one of a bounded number, and ends with the API', async () => {
    const api = await startedApi()
    const streams = await Promise.all(Array.from({ length: 8 }, () => follow(api.machine)))
    const refused = await api.machine.ask('GET', '/events')
    expect(await refused.json()).toMatchObject({ status: 503, code: 'API_BUSY' })
    streams[0]?.leave()
    await until('there is a place again', async () => {
      const answer = await api.machine.ask('GET', '/events')
      if (answer.status !== 200) return false
      await answer.body?.cancel()
      return true
    })
    await api.stop()
    await until('all end', async () => streams.every((stream) => stream.hasEnded()))
  })

  test('with an id or a topic that is none is refused; one that is only asked for is none', async () => {
    const { machine } = await startedApi()
    expect((await machine.ask('HEAD', '/events')).status).toBe(200)
    for (const query of ['?topics=weather', '?topics=', '?after=yesterday']) {
      expect((await machine.ask('GET', `/events${query}`)).status, query).toBe(400)
    }
  })
})
