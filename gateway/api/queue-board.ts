import { Router, type RequestHandler } from 'express'
import { GatewayError } from '../errors.ts'
import { requireSomewhere } from './access.ts'
import type { Door } from './door.ts'

/** Makes the pages that show the queue, for the path they are mounted at. */
export type OpenQueueBoard = (path: string) => Promise<RequestHandler>

export const QUEUE_BOARD_PATH = '/ops/queues'

/** Its pages have scripts and styles of their own; what they name elsewhere is not fetched. */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "base-uri 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/**
 * The work queue as its engine shows it, for operators to look at: nothing can be changed there.
 * Made when somebody asks for it first. Whoever is not allowed learns nothing.
 */
export function queueBoardRoutes(door: Door, open: OpenQueueBoard | undefined): Router {
  const router = Router()
  let opened: Promise<RequestHandler> | undefined
  router.use(async (request, response, next) => {
    requireSomewhere('queue.show', await door.enter(request))
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      throw new GatewayError('API_METHOD_REFUSED', 'The queue can only be looked at.')
    }
    if (open === undefined) {
      throw new GatewayError('API_NOT_FOUND', 'The work queue of this gateway has no pages.')
    }
    opened ??= open(QUEUE_BOARD_PATH)
    const board = await opened
    response.set('Content-Security-Policy', PAGE_POLICY)
    return board(request, response, next)
  })
  return router
}
