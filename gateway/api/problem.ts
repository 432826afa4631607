import type { ErrorRequestHandler, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { errorCode } from '../durable-files.ts'
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

/** Of Node: the other side closed before all was written. */
const READER_GONE = 'ERR_STREAM_PREMATURE_CLOSE'

/** Turns whatever a handler threw into a problem document; internals go to the log only. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, _request, response, _next) => {
    if (response.headersSent) {
      // Nothing can be said in half an answer but that it is no whole one.
      if (errorCode(error) !== READER_GONE) log.error({ err: error }, 'an answer was cut short')
      response.destroy()
      return
    }
    if (error instanceof GatewayError && error.code === 'API_REQUEST_INVALID') {
      sendProblem(response, 400, error.code, error.message)
      return
    }
    if (isBadRequest(error)) {
      sendProblem(response, error.status, 'API_REQUEST_INVALID', error.message)
      return
    }
    log.error({ err: error }, 'request failed')
    sendProblem(response, 500, 'INTERNAL', 'The request could not be answered.')
  }
}

/** What Express and its body parser throw for a request they cannot read. */
function isBadRequest(error: unknown): error is Error & { readonly status: number } {
  if (!(error instanceof Error) || !('status' in error)) return false
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500
}
