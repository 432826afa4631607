import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { ERRORS, GatewayError, type ErrorCode } from '../errors.ts'

/** Answers with a problem document (RFC 9457) carrying our error code and its remedy. */
export function sendProblem(
  response: Response,
  status: number,
  code: ErrorCode,
  detail: string,
): void {
  response
    .status(status)
    .type('application/problem+json')
    .send(
      JSON.stringify({
        type: `urn:raccord:error:${code}`,
        title: ERRORS[code].meaning.en,
        status,
        code,
        detail,
        remedy: ERRORS[code].remedy.en,
      }),
    )
}

/** The last handler: no such resource. */
export const notFound: RequestHandler = (request, response) => {
  sendProblem(response, 404, 'API_NOT_FOUND', `There is nothing at ${request.path}.`)
}

/** Turns whatever a handler threw into a problem document; internals go to the log only. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, next) => {
    if (response.headersSent) {
      next(error)
      return
    }
    if (error instanceof GatewayError && error.code === 'API_REQUEST_INVALID') {
      sendProblem(response, 400, error.code, error.message)
      return
    }
    log.error({ err: error }, 'request failed')
    sendProblem(response, 500, 'INTERNAL', 'The request could not be answered.')
  }
}
