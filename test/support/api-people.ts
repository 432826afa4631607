import { expect } from 'vitest'

/** Somebody who asks the API: what goes with each of his requests. */
export interface ApiPerson {
  /** JSON in, JSON out; `headers` win over the person's own. */
  ask(
    method: string,
    path: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Response>
}

/** Whoever these headers say. */
export function apiPerson(url: string, own: Readonly<Record<string, string>>): ApiPerson {
  return {
    ask: (method, path, body, headers = {}) =>
      fetch(`${url}/api/v1${path}`, {
        method,
        headers: {
          ...own,
          ...(body === undefined || body instanceof Uint8Array
            ? {}
            : { 'Content-Type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined
          ? {}
          : { body: body instanceof Uint8Array ? Buffer.from(body) : JSON.stringify(body) }),
        signal: AbortSignal.timeout(120_000),
      }),
  }
}

export const byToken = (url: string, token: string): ApiPerson =>
  apiPerson(url, { Authorization: `Bearer ${token}` })

/** Signs in by cookie. */
export async function signIn(url: string, login: string, password: string): Promise<ApiPerson> {
  const response = await apiPerson(url, {}).ask('POST', '/session', { login, password })
  expect(response.status, login).toBe(200)
  const { csrfToken } = (await response.json()) as { csrfToken: string }
  const cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return apiPerson(url, { Cookie: cookie, 'X-CSRF-Token': csrfToken })
}

const PASSWORD = 'a long enough pass phrase 42'

/** A new user who has chosen his password, signed in; with the id of his account. */
export async function newPerson(
  url: string,
  machine: ApiPerson,
  login: string,
  globalRoles: readonly string[] = [],
): Promise<{ readonly id: string; readonly login: string; readonly person: ApiPerson }> {
  const made = await machine.ask('POST', '/users', {
    login,
    firstName: 'Camille',
    name: login,
    email: `${login}@example.org`,
    globalRoles,
  })
  expect(made.status).toBe(201)
  const { user, temporaryPassword } = (await made.json()) as {
    user: { id: string }
    temporaryPassword: string
  }
  const first = await signIn(url, login, temporaryPassword)
  const change = { current: temporaryPassword, next: PASSWORD }
  expect((await first.ask('POST', '/session/password', change)).status).toBe(204)
  return { id: user.id, login, person: await signIn(url, login, PASSWORD) }
}

export const signInAgain = (url: string, login: string): Promise<ApiPerson> =>
  signIn(url, login, PASSWORD)
