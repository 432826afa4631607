import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Response } from 'express'
import type { Actor } from '../accounts/actor.ts'
import type { JournalTopic } from '../journal/journal.ts'
import { structuresVisible } from './access.ts'
import type { ApiServices } from './api-services.ts'
import { writeCursor, type EventCursor } from './event-cursor.ts'
import { FEED_TOPICS, readFeed, type FeedPage, type FeedTopic } from './event-feed.ts'
import { STATE_TOPICS, StateFeed, type StateTopic } from './state-feed.ts'

export const EVENT_TOPICS = [...FEED_TOPICS, ...STATE_TOPICS] as const
export type EventTopic = FeedTopic | StateTopic

/** A proxy that hears nothing for a minute closes; a reader that is gone is found by writing. */
const HEARTBEAT_MILLISECONDS = 15_000
/** Changes of this time go together: a thousand flows a second are not a thousand reads. */
const TOGETHER_MILLISECONDS = 250
/** A reader that takes nothing for this long is let go; it may come back where it was. */
const STALLED_MILLISECONDS = 30_000
/** When a browser comes back after it was cut off. */
const RETRY_MILLISECONDS = 2_000

export interface EventStreamOptions {
  readonly services: Pick<ApiServices, 'journal' | 'clock' | 'qualification'>
  readonly topics: ReadonlySet<EventTopic>
  readonly from: EventCursor
  readonly actor: Actor
  /** Who asks, now; undefined ends the stream. */
  readonly again: () => Promise<Actor | undefined>
  readonly signal: AbortSignal
}

/**
 * Writes what happens as Server-Sent Events until the reader is gone, or may see it no longer. It
 * holds one page at most, and reads the next when the reader has taken it.
 */
export async function streamEvents(response: Response, options: EventStreamOptions): Promise<void> {
  const { services, topics, signal } = options
  const { journal } = services
  const alarm = new Alarm()
  const undo = [...topics].map((topic) =>
    journal.subscribe(JOURNAL_TOPICS[topic], () => alarm.ring('change')),
  )
  // Rights act on a stream too: at once, or with the heartbeat when it is time that ends them.
  undo.push(journal.subscribe('accounts', () => alarm.ring('rights')))
  const heartbeat = setInterval(() => alarm.ring('rights'), HEARTBEAT_MILLISECONDS)
  const onAbort = () => alarm.ring('change')
  signal.addEventListener('abort', onAbort)
  try {
    await run(response, options, alarm)
  } catch (error) {
    // Gone, or too slow: it comes back with the id of the last event it has.
    if (!signal.aborted && !(error instanceof ReaderStalled)) throw error
  } finally {
    clearInterval(heartbeat)
    signal.removeEventListener('abort', onAbort)
    for (const end of undo) end()
    response.end()
    if (signal.aborted) response.destroy()
  }
}

const JOURNAL_TOPICS: Readonly<Record<EventTopic, JournalTopic>> = {
  flows: 'flows',
  connections: 'connections',
  runs: 'runs',
  alerts: 'alerts',
  sessions: 'sessions',
}

async function run(response: Response, options: EventStreamOptions, alarm: Alarm): Promise<void> {
  const { services, topics, signal } = options
  const { journal } = services
  const feedTopics = new Set(FEED_TOPICS.filter((topic) => topics.has(topic)))
  let { actor, from: cursor } = options
  const states = new StateFeed({
    ...services,
    topics: new Set(STATE_TOPICS.filter((topic) => topics.has(topic))),
    toldUntil: cursor.at,
  })
  const tell = async (events: readonly NamedEvent[]): Promise<void> => {
    const text = events.map(
      (event) =>
        `id: ${writeCursor(event.cursor)}\nevent: ${event.name}\ndata: ${JSON.stringify(event.data)}\n\n`,
    )
    if (text.length > 0) await write(response, text.join(''), signal)
  }
  await write(response, `retry: ${RETRY_MILLISECONDS}\nid: ${writeCursor(cursor)}\n\n`, signal)
  while (!signal.aborted) {
    let page: FeedPage
    do {
      page = await readFeed(journal, cursor, { topics: feedTopics, sirets: siretsOf(actor) })
      cursor = page.cursor
      await tell(page.events)
    } while (!page.isEnd && !signal.aborted)
    const changes = await states.changes(actor)
    // Who is cut off among them is told of all of them again.
    const before = cursor
    if (states.toldUntil !== undefined) cursor = { ...cursor, at: states.toldUntil }
    const last = changes.length - 1
    await tell(
      changes.map((event, index) => ({ ...event, cursor: index === last ? cursor : before })),
    )

    const reason = await alarm.rung()
    if (signal.aborted) return
    if (reason === 'rights') {
      const now = await options.again()
      if (now === undefined) return
      actor = now
      await write(response, `: heartbeat\nid: ${writeCursor(cursor)}\n\n`, signal)
    } else await sleep(TOGETHER_MILLISECONDS, undefined, { signal }).catch(() => {})
  }
}

interface NamedEvent {
  readonly name: string
  readonly data: unknown
  readonly cursor: EventCursor
}

const siretsOf = (actor: Actor) => ({
  flows: structuresVisible(actor, 'flow.show'),
  connections: structuresVisible(actor, 'connection.show'),
})

/** @throws ReaderStalled */
async function write(response: Response, text: string, signal: AbortSignal): Promise<void> {
  if (response.write(text)) return
  const patience = AbortSignal.any([signal, AbortSignal.timeout(STALLED_MILLISECONDS)])
  await once(response, 'drain', { signal: patience }).catch(() => {
    response.destroy()
    throw new ReaderStalled()
  })
}

class ReaderStalled extends Error {}

/** `rights`: who reads is asked for again; what has changed is read in any case. */
type AlarmReason = 'change' | 'rights'

/** Remembers that it rang while nobody waited. */
class Alarm {
  #reason: AlarmReason | undefined
  #waiting: (() => void) | undefined

  ring(reason: AlarmReason): void {
    if (this.#reason !== 'rights') this.#reason = reason
    this.#waiting?.()
  }

  /** Resolves once it has rung, to the weightier of its reasons. */
  async rung(): Promise<AlarmReason> {
    if (this.#reason === undefined) {
      await new Promise<void>((resolve) => {
        this.#waiting = resolve
      })
    }
    const reason = this.#reason ?? 'change'
    this.#waiting = undefined
    this.#reason = undefined
    return reason
  }
}
