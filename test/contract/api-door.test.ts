import { describe, expect, test } from 'vitest'
import { apiPerson, byToken, newPerson, signIn } from '../support/api-people.ts'
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
