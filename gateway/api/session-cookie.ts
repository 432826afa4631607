import type { Request } from 'express'

/** `__Host-` binds the cookie to this very host, where TLS allows it. */
const cookieName = (isSecure: boolean): string =>
  isSecure ? '__Host-raccord-session' : 'raccord-session'

/** The session in the Cookie header; undefined when there is none. */
export function sessionCookieOf(request: Pick<Request, 'headers' | 'secure'>): string | undefined {
  const wanted = `${cookieName(request.secure)}=`
  return request.headers.cookie
    ?.split(';')
    .map((pair) => pair.trim())
    .find((pair) => pair.startsWith(wanted))
    ?.slice(wanted.length)
}

/** Set-Cookie of a session; `maxAgeSeconds` 0 takes it away. No script reads it. */
export function sessionCookie(value: string, isSecure: boolean, maxAgeSeconds: number): string {
  return [
    `${cookieName(isSecure)}=${value}`,
    'Path=/',
    'HttpOnly',
    'SameSite=Lax',
    `Max-Age=${maxAgeSeconds}`,
    ...(isSecure ? ['Secure'] : []),
  ].join('; ')
}
