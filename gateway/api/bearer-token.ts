import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { RequestHandler } from 'express'
import { sendProblem } from './problem.ts'

/** A fresh token for scripts: 256 bits, URL-safe. */
export function newToken(): string {
  return `rct_${randomBytes(32).toString('base64url')}`
}

/** Lets a request through only with `Authorization: Bearer` and the right token. */
export function requireToken(token: string): RequestHandler {
  const wanted = digest(`Bearer ${token}`)
  return (request, response, next) => {
    if (timingSafeEqual(digest(request.get('authorization') ?? ''), wanted)) {
      next()
      return
    }
    response.set('WWW-Authenticate', 'Bearer')
    sendProblem(response, 401, 'API_TOKEN_REFUSED', 'The bearer token is missing or wrong.')
  }
}

function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest()
}
