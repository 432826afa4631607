import { describe, expect, test } from 'vitest'
import { apiPerson, byToken, newPerson, signIn, signInAgain } from '../support/api-people.ts'
import { startedApi } from '../support/started-api.ts'

const code = async (response: Response): Promise<string> =>
  ((await response.json()) as { code: string }).code

describe('somebody who signs in', () => {
  test('gets a cookie that no script reads, and a token that each of his writes must carry', async () => {
    const { url, machine } = await startedApi()
    const { login } = await newPerson(url, machine, 'camille')
    const response = await apiPerson(url, {}).ask('POST', '/session', {
      login,
      password: 'a long enough pass phrase 42',
    })
    const [cookie = ''] = response.headers.getSetCookie()
    expect(cookie).toMatch(/^raccord-session=\S+; Path=\/; HttpOnly; SameSite=Lax; Max-Age=\d+$/)
    const { csrfToken } = (await response.json()) as { csrfToken: string }
    const Cookie = cookie.split(';')[0] ?? ''
    const own = { Cookie, 'X-CSRF-Token': csrfToken }
    const write = async (headers: Readonly<Record<string, string>>): Promise<number> =>
      (await apiPerson(url, headers).ask('PATCH', '/account', { name: 'Durand' })).status
    expect((await apiPerson(url, { Cookie }).ask('GET', '/session')).status).toBe(200)
    expect(await write({ Cookie })).toBe(403)
    expect(await write({ Cookie, 'X-CSRF-Token': `${csrfToken}x` })).toBe(403)
    expect(await write({ ...own, Origin: 'https://elsewhere.example' })).toBe(403)
    expect(await write({ ...own, Origin: 'null' })).toBe(403)
    expect(await write({ ...own, 'Sec-Fetch-Site': 'cross-site' })).toBe(403)
    expect(await write(own)).toBe(200)
    expect(await write({ ...own, Origin: url, 'Sec-Fetch-Site': 'same-origin' })).toBe(200)
    const refused = await apiPerson(url, { Cookie }).ask('DELETE', '/session')
    expect(await code(refused)).toBe('CSRF_MISSING')

    const out = await apiPerson(url, own).ask('DELETE', '/session')
    expect(out.status).toBe(204)
    expect(out.headers.getSetCookie()[0]).toContain('Max-Age=0')
    expect((await apiPerson(url, own).ask('GET', '/session')).status).toBe(401)
  })

  test('hears the same of an unknown login and of a wrong password, and nothing of another site', async () => {
    const { url, machine } = await startedApi()
    const { login } = await newPerson(url, machine, 'camille')
    const told = async (body: unknown, headers = {}): Promise<unknown> => {
      const response = await apiPerson(url, headers).ask('POST', '/session', body)
      expect(response.headers.getSetCookie()).toEqual([])
      return response.json()
    }
    const wrong = await told({ login, password: 'not the one it is' })
    expect(wrong).toMatchObject({ status: 401, code: 'SIGN_IN_REFUSED' })
    expect(await told({ login: 'nobody', password: 'not the one it is' })).toEqual(wrong)
    expect(
      await told({ login, password: 'x' }, { Origin: 'https://elsewhere.example' }),
    ).toMatchObject({ code: 'CSRF_MISSING' })
  })

  test('with a temporary password can do nothing before he has chosen another', async () => {
    const { url, machine } = await startedApi()
    const made = await machine.ask('POST', '/users', {
      login: 'camille',
      firstName: 'Camille',
      name: 'Durand',
      email: 'camille@example.org',
      globalRoles: ['administrator'],
    })
    const { temporaryPassword } = (await made.json()) as { temporaryPassword: string }
    const person = await signIn(url, 'camille', temporaryPassword)
    const refused = await person.ask('GET', '/users')
    expect(refused.status).toBe(403)
    expect(await refused.json()).toMatchObject({ remedy: expect.stringContaining('password') })
    expect((await person.ask('GET', '/session')).status).toBe(200)
  })
})

describe('a token', () => {
  test('does what it is limited to and no more, without any CSRF token, until it is revoked', async () => {
    const { url, machine } = await startedApi()
    const { person } = await newPerson(url, machine, 'camille', ['operator'])
    const scopes = ['connection.show', 'session.show']
    const made = await person.ask('POST', '/tokens', { name: 'ci', scopes })
    const { token, secret } = (await made.json()) as { token: { id: string }; secret: string }
    const script = byToken(url, secret)
    expect((await script.ask('GET', '/connections')).status).toBe(200)
    expect(await (await script.ask('GET', '/session')).json()).toMatchObject({
      actor: { kind: 'token', scopes },
      session: null,
    })
    expect(await code(await script.ask('GET', '/flows'))).toBe('PERMISSION_DENIED')
    expect((await person.ask('DELETE', `/tokens/${token.id}`)).status).toBe(204)
    expect((await script.ask('GET', '/connections')).status).toBe(401)
  })

  test('that is wrong is not made good by a session beside it', async () => {
    const { url, machine } = await startedApi()
    const { person } = await newPerson(url, machine, 'camille')
    const headers = { Authorization: 'Bearer rct_wrong' }
    expect((await person.ask('GET', '/session', undefined, headers)).status).toBe(401)
  })
})

test('what is of another structure and what does not exist are refused in the same words', async () => {
  const { url, machine } = await startedApi()
  const set = await machine.ask('POST', '/data-set', { seed: 'door', count: 3 })
  const { structures } = (await set.json()) as { structures: { siret: string }[] }
  const [own, foreign] = structures.map(({ siret }) => siret)
  for (const siret of [own, foreign]) await machine.ask('POST', `/structures/${siret}/area`)
  const made = await machine.ask('POST', '/connections', { siret: foreign, protocol: 'sftp' })
  const { id, applicationCode } = (await made.json()) as { id: string; applicationCode: string }
  const { id: userId, login } = await newPerson(url, machine, 'camille')
  const role = { role: 'SECONDARY_MANAGER' }
  await machine.ask('PUT', `/structures/${own}/attachments/${userId}`, role)
  const person = await signInAgain(url, login)
  const told = async (path: string): Promise<unknown> => (await person.ask('GET', path)).json()
  const unknown = await told('/connections/cnx_nothing')
  expect(unknown).toMatchObject({ status: 403, code: 'PERMISSION_DENIED' })
  for (const name of [id, id.slice(0, -1), applicationCode, 'ZZZ999']) {
    expect(await told(`/connections/${name}`), name).toEqual(unknown)
  }
  expect(await told(`/structures/${foreign}`)).toEqual(await told('/structures/00000000000000'))
  expect((await machine.ask('GET', '/connections/cnx_nothing')).status).toBe(404)
})
