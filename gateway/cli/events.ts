import { setTimeout as sleep } from 'node:timers/promises'
import { Command } from 'commander'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { readServerEvents } from './server-events.ts'
import { stopRequested } from './stop-signal.ts'
import { tell, writeOut } from './terminal.ts'

interface FollowOptions extends ApiOptions {
  readonly topics?: string
  readonly after?: string
  readonly count?: string
  readonly json?: boolean
}

const RETRY_MILLISECONDS = 2_000

/** `raccord events follow`: what happens, as it happens; nothing is lost when the gateway restarts. */
export function eventsCommand(context: CommandContext): Command {
  const events = new Command('events').description('Follow what happens, as it happens.')
  withApiOptions(
    events
      .command('follow')
      .description(
        'Say each step of flows and connections, until Ctrl-C; runs, alerts and sessions too.',
      ),
  )
    .option(
      '--topics <list>',
      'of flows,connections,runs,alerts,sessions; the first two unless said',
    )
    .option('--after <id>', 'go on after this event')
    .option('--count <number>', 'end after so many')
    .option('--json', 'one JSON document a line, with its id')
    .action(async (options: FollowOptions) => {
      const client = await apiClient(options, context)
      const controller = new AbortController()
      void stopRequested().then(() => controller.abort())
      await follow(client, options, controller.signal, context)
    })
  return events
}

/** Says what happens until the signal, also across a restart of the gateway. */
export async function follow(
  client: ApiClient,
  options: FollowOptions,
  signal: AbortSignal,
  context: CommandContext,
): Promise<void> {
  let last = options.after
  let left = options.count === undefined ? Number.POSITIVE_INFINITY : Number(options.count)
  let isFirst = true
  while (!signal.aborted) {
    try {
      const response = await client.call({
        path: '/events',
        query: { topics: options.topics, after: last },
        signal,
      })
      isFirst = false
      for await (const { id, name, data } of readServerEvents(piecesOf(response))) {
        last = id
        if (data === '') continue
        await writeOut(`${lineOf(id, name, data, options, context)}\n`)
        left -= 1
        if (left <= 0) return
      }
    } catch (error) {
      if (signal.aborted) return
      const isGone = !(error instanceof CommandFailure) || error.exitCode === EXIT.unreachable
      if (isFirst || !isGone) throw error
    }
    tell('The gateway is gone; it is asked again.')
    await sleep(RETRY_MILLISECONDS, undefined, { signal }).catch(() => {})
  }
}

async function* piecesOf({ body }: Response): AsyncGenerator<Uint8Array> {
  if (body !== null) yield* body as unknown as AsyncIterable<Uint8Array>
}

interface EventData {
  readonly at?: string
  readonly updatedAt?: string
  readonly id?: string
  readonly flowId?: string
  readonly number?: string
  readonly applicationCode?: string | null
  readonly stateLabel?: { readonly en: string; readonly fr: string }
  readonly stage?: string
  readonly outcome?: string | null
  /** Of a run, an alert, a session. */
  readonly scenario?: string
  readonly rule?: string
  readonly peer?: string
  readonly state?: string
  readonly title?: { readonly en: string; readonly fr: string }
}

function lineOf(
  id: string,
  name: string,
  data: string,
  { json }: FollowOptions,
  { language }: CommandContext,
): string {
  const event = JSON.parse(data) as EventData
  if (json === true) return JSON.stringify({ id, event: name, data: event })
  const words = [
    (event.at ?? event.updatedAt)?.slice(0, 19).replace('T', ' '),
    name,
    event.number ?? event.applicationCode ?? event.flowId ?? event.id,
    event.scenario ?? event.rule ?? event.peer,
    event.stage,
    event.outcome,
    event.stateLabel?.[language] ?? event.state,
    event.title?.[language],
  ]
  return words.filter((word) => word !== undefined && word !== null).join('  ')
}
