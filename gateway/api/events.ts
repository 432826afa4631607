import { z } from 'zod'
import { GatewayError } from '../errors.ts'
import { readCursor } from './event-cursor.ts'
import { FEED_TOPICS, latestCursor } from './event-feed.ts'
import { EVENT_TOPICS, streamEvents } from './event-stream.ts'
import { route, type RouteContext } from './route.ts'

/** Streams of one process, and those of one person or script. */
const MAX_STREAMS = 100
const MAX_STREAMS_OF_ONE = 8

/** Streams open now, by who has them. */
const open = new Map<string, number>()

/** `/api/v1/events`: Server-Sent Events, told again from `Last-Event-ID` on. */
export const EVENT_ROUTES = [
  route({
    method: 'get',
    path: '/events',
    operationId: 'followEvents',
    tag: 'events',
    summary: 'What happens, as it happens (Server-Sent Events)',
    description:
      '`event: flow` for each step of a flow, `event: connection` for each change of a connection, with the id to go on from (`Last-Event-ID`, or `after`): nothing is lost in between. `event: run`, `event: alert` and `event: session` say what a run, an alert or a partner’s session is now, first of all that go on, then each time one has changed; who goes on from an id is told also of what ended since. Without an id it starts now. Only what one may see; a comment every 15 seconds.',
    permission: 'event.follow',
    structure: 'none',
    query: z.strictObject({
      topics: z
        .string()
        .max(60)
        .default(FEED_TOPICS.join(','))
        .transform((text) => text.split(',').map((topic) => topic.trim()))
        .pipe(z.array(z.enum(EVENT_TOPICS)).min(1))
        .meta({ description: `Comma-separated: ${EVENT_TOPICS.join(', ')}.` }),
      after: z.string().max(40).optional().meta({ description: 'As Last-Event-ID.' }),
    }),
    responses: { 200: { description: 'The stream.', mediaTypes: ['text/event-stream'] } },
    errors: ['API_BUSY'],
    async handler({ query: { topics, after } }, context) {
      const { services, actor, request } = context
      const id = request.header('last-event-id') ?? after
      const from = id === undefined || id === '' ? undefined : readCursor(id)
      if (id !== undefined && id !== '' && from === undefined) {
        throw new GatewayError('API_REQUEST_INVALID', 'Last-Event-ID is none of this gateway.')
      }
      const cursor = from ?? (await latestCursor(services.journal))
      return {
        status: 200,
        // A proxy that gathers answers would hold events back.
        headers: { 'X-Accel-Buffering': 'no' },
        stream: {
          mediaType: 'text/event-stream',
          write: async (response) => {
            const leave = takePlace(context)
            try {
              await streamEvents(response, {
                services,
                topics: new Set(topics),
                from: cursor,
                actor,
                again: request.again,
                signal: request.signal,
              })
            } finally {
              leave()
            }
          },
        },
      }
    },
  }),
]

/** @throws GatewayError API_BUSY */
function takePlace({ actor }: RouteContext): () => void {
  const total = open.values().reduce((sum, count) => sum + count, 0)
  const own = open.get(actor.id) ?? 0
  if (total >= MAX_STREAMS || own >= MAX_STREAMS_OF_ONE) {
    throw new GatewayError('API_BUSY', `${own} streams of yours and ${total} in all are open.`)
  }
  open.set(actor.id, own + 1)
  return () => {
    const left = (open.get(actor.id) ?? 1) - 1
    if (left <= 0) open.delete(actor.id)
    else open.set(actor.id, left)
  }
}
