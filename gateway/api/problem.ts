import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express'
import type { Logger } from 'pino'
import { errorCode } from '../durable-files.ts'
import { ERRORS, GatewayError, type ErrorCode, type ErrorDetail } from '../errors.ts'
import { languageOf } from './language.ts'
import { statusOf } from './problem-status.ts'

/** A problem document (RFC 9457), in the language of the client. */
export interface ProblemDocument {
  /** `urn:raccord:error:` + code. */
  readonly type: string
  /** What the code means. */
  readonly title: string
  readonly status: number
  readonly code: ErrorCode
  /** What happened this time; in English. */
  readonly detail: string
  readonly remedy: string
  /** What is wrong, by member. */
  readonly errors?: readonly ErrorDetail[]
}

/** The document of an error. A remedy of its own says more than the table's, in English. */
export function problemOf(error: GatewayError, language: 'en' | 'fr'): ProblemDocument {
  const { code, message, details } = error
  const row = ERRORS[code]
  return {
    type: `urn:raccord:error:${code}`,
    title: row.meaning[language],
    status: statusOf(code),
    code,
    detail: message,
    remedy: error.remedy === row.remedy.en ? row.remedy[language] : error.remedy,
    ...(details.length === 0 ? {} : { errors: details }),
  }
}

/** Answers with the problem document of an error. */
export function sendProblem(request: Request, response: Response, error: GatewayError): void {
  const language = languageOf(request)
  const problem = problemOf(error, language)
  if (problem.status === 401) response.set('WWW-Authenticate', 'Bearer')
  if (error.retryAfterSeconds !== undefined) {
    response.set('Retry-After', String(Math.ceil(error.retryAfterSeconds)))
  }
  response
    .status(problem.status)
    .set('Content-Language', language)
    .vary('Accept-Language')
    .type('application/problem+json')
    .send(JSON.stringify(problem))
}

/** The last handler: no such resource. */
export const refuseUnknown: RequestHandler = (request) => {
  throw new GatewayError('API_NOT_FOUND', `There is nothing at ${request.path.slice(0, 200)}.`)
}

/** Of Node: the other side closed before all was written. */
const READER_GONE = 'ERR_STREAM_PREMATURE_CLOSE'

/** Turns whatever a handler threw into a problem document; internals go to the log only. */
export function problemHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    if (response.headersSent) {
      // Nothing can be said in half an answer but that it is no whole one.
      if (errorCode(error) !== READER_GONE) log.error({ err: error }, 'an answer was cut short')
      response.destroy()
      return
    }
    const problem = errorOf(error)
    // Being busy is no failure: who is refused for it could fill the log.
    if (statusOf(problem.code) >= 500 && problem.code !== 'API_BUSY') {
      log.error({ err: error }, 'request failed')
    }
    sendProblem(request, response, problem)
  }
}

function errorOf(error: unknown): GatewayError {
  if (error instanceof GatewayError) {
    // What broke inside is told by its code alone: the words may hold what is not for everybody.
    if (statusOf(error.code) < 500 || error.code === 'API_BUSY') return error
    return new GatewayError(error.code, ERRORS[error.code].meaning.en)
  }
  if (isBadRequest(error)) return new GatewayError('API_REQUEST_INVALID', error.message)
  return new GatewayError('INTERNAL', 'The request could not be answered.')
}

/** What Express throws for a path it cannot read. */
function isBadRequest(error: unknown): error is Error & { readonly status: number } {
  if (!(error instanceof Error) || !('status' in error)) return false
  return typeof error.status === 'number' && error.status >= 400 && error.status < 500
}
