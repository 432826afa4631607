import type { ApiClient, ApiOrder } from './api-client.ts'

/**
 * Signs a person in, for what a token may not do. The session ends by itself.
 * @returns what goes with each request of his
 */
export async function personSession(
  client: ApiClient,
  login: string,
  password: string,
): Promise<Pick<ApiOrder, 'headers' | 'isPersonal'>> {
  const response = await client.call({
    path: '/session',
    body: { login, password },
    isPersonal: true,
  })
  const { csrfToken } = (await response.json()) as { readonly csrfToken: string }
  const cookies = response.headers.getSetCookie().map((cookie) => cookie.split(';')[0] ?? '')
  return { isPersonal: true, headers: { Cookie: cookies.join('; '), 'X-CSRF-Token': csrfToken } }
}
