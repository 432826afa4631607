import { Router, type Request, type Response } from 'express'
import { ERRORS, GatewayError, type ErrorDetail } from '../errors.ts'
import { requireSomewhere, requireThere, structuresVisible } from './access.ts'
import type { ApiServices } from './api-services.ts'
import type { Asker, Door } from './door.ts'
import { languageOf } from './language.ts'
import { checkAnswer } from './answer-check.ts'
import { readBody } from './request-body.ts'
import { parsePart, type RequestPart } from './request-faults.ts'
import { requestFacts } from './request-facts.ts'
import { textFaults } from './request-text.ts'
import { revisionOf } from './revision.ts'
import { isPublic, type Answer, type Route, type RouteContext } from './route.ts'

export interface MountOptions {
  readonly routes: readonly Route[]
  readonly services: ApiServices
  readonly door: Door
  /** Aborted when the API stops. */
  readonly stopping: AbortSignal
  /** Holds every answer against its declared schema, for tests. */
  readonly checkAnswers: boolean
}

/** The routes in Express: what each declares is done here and nowhere else. */
export function mountRoutes(options: MountOptions): Router {
  const router = Router({ caseSensitive: true, strict: true })
  const byPath = Map.groupBy(options.routes, (route) => route.path)
  // `/flows/export` before `/flows/{id}`: Express takes the first that fits.
  const paths = [...byPath.keys()].sort((one, other) => rank(one) - rank(other))
  for (const path of paths) {
    const routes = byPath.get(path) ?? []
    const place = router.route(path.replaceAll(/\{(\w+)\}/g, ':$1'))
    for (const route of routes) {
      place[route.method](async (request, response) => answer(route, request, response, options))
    }
    place.all((request, response) => refuseMethod(routes, request, response))
  }
  router.use(async (request) => {
    // What there is not is told to those only who may ask at all.
    await options.door.enter(request)
    throw new GatewayError(
      'API_NOT_FOUND',
      `There is nothing at ${request.originalUrl.slice(0, 200)}.`,
    )
  })
  return router
}

/** Parameters make a path less particular, the earlier the more. */
function rank(path: string): number {
  return path
    .split('/')
    .reduce((sum, segment, index) => sum + (segment.startsWith('{') ? 2 ** (10 - index) : 0), 0)
}

function refuseMethod(routes: readonly Route[], request: Request, response: Response): void {
  const methods = routes.map((route) => route.method.toUpperCase())
  const allowed = [...methods, ...(methods.includes('GET') ? ['HEAD'] : []), 'OPTIONS']
  response.set('Allow', allowed.join(', '))
  if (request.method === 'OPTIONS') {
    response.status(204).end()
    return
  }
  throw new GatewayError(
    'API_METHOD_REFUSED',
    `${request.method} is none of ${allowed.join(', ')}, which ${request.path.slice(0, 200)} has.`,
  )
}

async function answer(
  route: Route,
  request: Request,
  response: Response,
  options: MountOptions,
): Promise<void> {
  const { door } = options
  const { permission } = route
  const isOpen = isPublic(permission)
  const asker = isOpen ? door.anybody(request) : await door.enter(request)
  if (!isOpen) requireSomewhere(permission, asker)

  const revision = revisionOf(request.headers['if-match'], route.ifMatch)
  const params = parsed('path', route.params, request.params)
  const query = parsed('query', route.query, request.query)
  // A fault of the address is told before a body is read for nothing.
  refuseFaults([...params.faults, ...query.faults])
  const raw = route.body === undefined ? undefined : await readBody(route.body, request, response)
  const body =
    route.body?.kind === 'json'
      ? parsed('body', route.body.schema, raw)
      : { data: raw, faults: [] as ErrorDetail[] }
  refuseFaults(body.faults)
  const input = { params: params.data, query: query.data, body: body.data, revision }

  const context = contextOf(route, request, response, asker, options)
  if (!isOpen) await requireThere(route, permission, input, context)
  const given = await route.handler(input, context)
  if (options.checkAnswers) checkAnswer(route, given)
  await send(given, response)
}

function contextOf(
  route: Route,
  request: Request,
  response: Response,
  asker: Asker,
  options: MountOptions,
): RouteContext {
  const { services, door, stopping } = options
  return {
    actor: asker.actor,
    session: asker.session,
    services,
    language: languageOf(request),
    visible: structuresVisible(asker.actor, route.permission),
    request: requestFacts(request, response, { asker, door, stopping }),
  }
}

async function send(given: Answer, response: Response): Promise<void> {
  response.status(given.status)
  for (const [name, value] of Object.entries(given.headers ?? {})) {
    // A page that has its own policy: two would both hold.
    if (name === 'Content-Security-Policy') response.set(name, value)
    else response.append(name, value)
  }
  if (given.revision !== undefined) response.set('ETag', `"${given.revision}"`)
  if (given.stream !== undefined) {
    response.type(given.stream.mediaType)
    // Express answers HEAD by the handler of GET: what a stream would hold is not made for it.
    if (response.req.method === 'HEAD') response.end()
    else await given.stream.write(response)
  } else if (given.body === undefined) response.end()
  else response.json(given.body)
}

function parsed(
  part: RequestPart,
  schema: Route['params'],
  value: unknown,
): { readonly data: unknown; readonly faults: readonly ErrorDetail[] } {
  const unreadable = textFaults(part, value)
  if (unreadable.length > 0) return { data: undefined, faults: unreadable }
  if (schema === undefined) return refuseMembers(part, value)
  const result = parsePart(part, schema, value)
  return 'faults' in result ? { data: undefined, faults: result.faults } : { ...result, faults: [] }
}

/** Where nothing is declared, nothing may be given. */
function refuseMembers(part: RequestPart, value: unknown) {
  const faults = Object.keys(value ?? {}).map((name) => ({
    field: name.slice(0, 80),
    code: 'unrecognized_keys',
    message: {
      en: `Unknown member of the ${part}`,
      fr: 'Élément inconnu',
    },
  }))
  return { data: {}, faults }
}

/** @throws GatewayError API_REQUEST_INVALID, naming each in its message too */
function refuseFaults(faults: readonly ErrorDetail[]): void {
  if (faults.length === 0) return
  const text = faults.map((fault) => `${fault.field}: ${fault.message.en}`).join('; ')
  throw new GatewayError('API_REQUEST_INVALID', text.slice(0, 2_000), {
    remedy: ERRORS.API_REQUEST_INVALID.remedy.en,
    details: faults,
  })
}
