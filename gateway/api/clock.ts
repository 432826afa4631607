import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { route, type RouteContext } from './route.ts'

/** Ten years: certificates of a test are over by then. */
const MAX_OFFSET_MILLISECONDS = 10 * 366 * 86_400_000

const clockSchema = z
  .object({
    now: z.iso.datetime().meta({ description: 'Business time.' }),
    systemNow: z.iso.datetime(),
    offsetMilliseconds: z.int(),
  })
  .meta({ id: 'Clock', description: 'The gateway’s clock: validity, purge, schedules, names.' })

/** `/api/v1/clock`: business time, and moving it. */
export const CLOCK_ROUTES = [
  route({
    method: 'get',
    path: '/clock',
    operationId: 'showClock',
    tag: 'simulation',
    summary: 'What time the gateway believes it is',
    permission: 'clock.show',
    structure: 'none',
    responses: { 200: { description: 'The clock.', schema: clockSchema } },
    async handler(_input, context) {
      return { status: 200, body: clockDocument(context) }
    },
  }),
  route({
    method: 'put',
    path: '/clock',
    operationId: 'moveClock',
    tag: 'simulation',
    summary: 'Move the clock, or set it right again',
    description:
      'Every process follows within a second: expiry, purge, activation and life-cycle delays with it. Durations, leases and logs keep the system’s time. Not in production.',
    permission: 'clock.write',
    structure: 'none',
    body: {
      kind: 'json',
      schema: z.union([
        z.strictObject({ now: z.iso.datetime({ offset: true }) }),
        z.strictObject({ advanceMilliseconds: z.int() }),
        z.strictObject({ offsetMilliseconds: z.int() }),
      ]),
    },
    responses: { 200: { description: 'The clock as it is now.', schema: clockSchema } },
    errors: ['NOT_IN_PRODUCTION'],
    async handler({ body }, context) {
      const { clock } = context.services
      const offset =
        'now' in body
          ? Date.parse(body.now) - Date.now()
          : 'advanceMilliseconds' in body
            ? clock.offsetMilliseconds + body.advanceMilliseconds
            : body.offsetMilliseconds
      if (Math.abs(offset) > MAX_OFFSET_MILLISECONDS) {
        const message = { en: 'at most ten years away', fr: 'dix ans d’écart au plus' }
        throw new GatewayError('API_REQUEST_INVALID', message.en, {
          details: [{ field: '', message }],
        })
      }
      await clock.move(Math.round(offset), context.actor)
      return { status: 200, body: clockDocument(context) }
    },
  }),
]

function clockDocument({ services: { clock } }: Pick<RouteContext, 'services'>) {
  return {
    now: new Date(clock.now()).toISOString(),
    systemNow: new Date().toISOString(),
    offsetMilliseconds: clock.offsetMilliseconds,
  }
}
