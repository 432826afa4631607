import type { Request, Response } from 'express'
import type { Asker, Door } from './door.ts'
import { sessionCookieOf } from './session-cookie.ts'
import type { RequestFacts } from './route.ts'

/** What a handler may know of the bare request. */
export function requestFacts(
  request: Request,
  response: Response,
  around: { readonly asker: Asker; readonly door: Door; readonly stopping: AbortSignal },
): RequestFacts {
  const { asker, door, stopping } = around
  const gone = new AbortController()
  response.once('close', () => gone.abort())
  return {
    peer: asker.actor.peer,
    localAddress: request.socket.localAddress ?? '',
    localPort: request.socket.localPort ?? 0,
    origin: originOf(request),
    isSecure: request.secure,
    header: (name) => request.get(name),
    sessionCookie: sessionCookieOf(request),
    again: async () => (await door.look(request))?.actor,
    signal: AbortSignal.any([stopping, gone.signal]),
  }
}

/** `https://host:port` as the client sees the gateway. */
export function originOf(request: Request): string {
  return `${request.protocol}://${request.host ?? ''}`
}
