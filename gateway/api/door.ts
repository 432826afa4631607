import { createHash, timingSafeEqual } from 'node:crypto'
import type { Request } from 'express'
import type { Accounts, Authenticated } from '../accounts/accounts.ts'
import type { Actor } from '../accounts/actor.ts'
import { GatewayError } from '../errors.ts'
import { originOf } from './request-facts.ts'
import { sessionCookieOf } from './session-cookie.ts'

/** Whoever makes a request. */
export type Asker = Authenticated

export interface Door {
  /**
   * Lets a request in that says who makes it, by bearer token or by session cookie; a write by
   * cookie must come from our own pages.
   * @throws GatewayError API_TOKEN_REFUSED, CSRF_MISSING
   */
  enter(request: Request): Promise<Asker>
  /** Who makes the request, now; undefined when nobody may by what it carries. */
  look(request: Request): Promise<Asker | undefined>
  /** For what needs nobody. @throws GatewayError CSRF_MISSING for a write from another site */
  anybody(request: Request): Asker
}

const BEARER = /^Bearer ([\w.~+/=-]{1,200})$/
const SAFE_METHODS = new Set(['GET', 'HEAD', 'OPTIONS'])

export function createDoor(accounts: Pick<Accounts, 'authenticate'>): Door {
  const look = async (request: Request): Promise<Asker | undefined> => {
    const peer = peerOf(request)
    const { authorization } = request.headers
    if (authorization !== undefined) {
      // A browser never adds this one by itself: what carries it is no forged request.
      const value = BEARER.exec(authorization)?.[1]
      return value === undefined ? undefined : accounts.authenticate({ kind: 'token', value, peer })
    }
    const value = sessionCookieOf(request)
    return value === undefined ? undefined : accounts.authenticate({ kind: 'session', value, peer })
  }
  return {
    look,
    async enter(request) {
      const asker = await look(request)
      if (asker === undefined) {
        throw new GatewayError(
          'API_TOKEN_REFUSED',
          'There is no bearer token and no session, or it does not hold.',
        )
      }
      if (asker.session !== undefined) refuseForgery(request, asker.session.csrfToken)
      return asker
    },
    anybody(request) {
      refuseOtherSites(request)
      return { actor: nobody(peerOf(request)) }
    },
  }
}

/** @throws GatewayError CSRF_MISSING */
function refuseForgery(request: Request, csrfToken: string): void {
  if (SAFE_METHODS.has(request.method)) return
  refuseOtherSites(request)
  const given = request.get('x-csrf-token') ?? ''
  if (!timingSafeEqual(digest(given), digest(csrfToken))) {
    throw new GatewayError('CSRF_MISSING', 'X-CSRF-Token is missing, or not that of the session.')
  }
}

/** Browsers say where a write comes from; what says nothing is no browser. */
function refuseOtherSites(request: Request): void {
  if (SAFE_METHODS.has(request.method)) return
  const origin = request.get('origin')
  const site = request.get('sec-fetch-site') ?? 'same-origin'
  const isOurs = origin === undefined || origin === originOf(request)
  if (!isOurs || (site !== 'same-origin' && site !== 'none')) {
    throw new GatewayError('CSRF_MISSING', 'The request comes from another site.')
  }
}

/** Who has not signed in: may do nothing. */
const nobody = (peer: string): Actor => ({
  kind: 'user',
  id: '',
  name: '',
  peer,
  globalRoles: new Set(),
  structures: new Map(),
})

/** Address of the client; behind a proxy we trust, the one it names. */
const peerOf = (request: Request): string => request.ip ?? ''

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
