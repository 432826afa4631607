import { Command } from 'commander'
import type { ReturnDocument } from '../delivery/return-documents.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import type { ReturnTranscripts } from '../sessions/return-transcripts.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { returnTranscriptsText } from './flows-transcript.ts'
import { addList, optionText } from './list-output.ts'
import { readPages } from './pages.ts'
import { describeReturn, RETURN_COLUMNS } from './return-text.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface MoveOptions extends ApiOptions {
  readonly state?: string
  readonly connection?: string
  readonly reason?: string
  readonly json?: boolean
}

/** Moved by one command at most: more than that is a filter too wide. */
const MAX_MOVED = 100_000

/** What an operator does, and the move of the API it is. */
const MOVES = {
  resend: { move: 'again', what: 'Offer return flows once more: the partner lost them.' },
  hold: { move: 'hold', what: 'Keep return flows back until they are released.' },
  release: { move: 'release', what: 'Offer what was held.' },
  cancel: { move: 'cancel', what: 'Withdraw return flows for good.' },
} as const

/** `raccord returns list | show | resend | hold | release | cancel`. */
export function returnsCommand(context: CommandContext): Command {
  const returns = new Command('returns').description(
    'Look at what goes back to partners, and send, hold or cancel it.',
  )
  const list = returns
    .command('list')
    .description('List return flows, newest first.')
    .option('--state <state>', 'OFFERED, SENDING, HELD, DELIVERED, EXPIRED, FAILED, CANCELLED')
    .option('--connection <id>', 'connection id or application code')
    .option('--kind <kind>', 'report, life-cycle, directory, invoices')
    .option('--since <duration>', 'issued in the last 1h, 2d…')
  addList<ReturnDocument>(list, context, {
    path: () => '/returns',
    query: (options) => {
      const since = optionText(options, 'since')
      return {
        state: optionText(options, 'state')?.toUpperCase(),
        connection: optionText(options, 'connection'),
        kind: optionText(options, 'kind'),
        since:
          since === undefined
            ? undefined
            : new Date(Date.now() - parseDuration(since)).toISOString(),
      }
    },
    columns: RETURN_COLUMNS,
    empty: { en: 'No return flow matches.', fr: 'Aucun flux retour ne correspond.' },
  })

  withApiOptions(returns.command('show').description('Show one return flow, with every attempt.'))
    .argument('<id>', 'id of a return flow, a unique start of it, or its file name')
    .option('--transcript', 'what crossed the wire at each attempt')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: MoveOptions & { readonly transcript?: boolean }) => {
      const client = await apiClient(options, context)
      const path = `/returns/${encodeURIComponent(id)}`
      const found = await client.json<ReturnDocument>({ path })
      if (options.transcript === true) {
        const transcripts = await client.json<ReturnTranscripts>({ path: `${path}/transcript` })
        if (options.json === true) return await writeJson(transcripts)
        return await writeOut(returnTranscriptsText(found.name, transcripts, context.language))
      }
      if (options.json === true) await writeJson(found)
      else await writeOut(`${describeReturn(found, context.language)}\n`)
    })

  for (const [name, { move, what }] of Object.entries(MOVES)) {
    withApiOptions(returns.command(name).description(what))
      .argument('[ids...]', 'ids or file names; or those that match --connection and --state')
      .option('--connection <id>', 'instead: all of this connection that allow it')
      .option('--state <state>', 'with --connection: those in this state')
      .option('--reason <text>', 'for the audit')
      .option('--json', 'one JSON document')
      .action(async (ids: readonly string[], options: MoveOptions) => {
        const client = await apiClient(options, context)
        const chosen = await chosenReturns(client, ids, options, move)
        const moved: ReturnDocument[] = []
        for (const id of chosen) {
          moved.push(
            await client.json<ReturnDocument>({
              method: 'POST',
              path: `/returns/${encodeURIComponent(id)}/${move}`,
              body: options.reason === undefined ? {} : { reason: options.reason },
            }),
          )
        }
        if (options.json === true) await writeJson({ items: moved })
        else if (moved.length === 0) tell('No return flow matches.')
        else {
          const lines = moved.map((one) => `  ${one.name}  ${one.stateLabel[context.language]}\n`)
          await writeOut(lines.join(''))
        }
      })
  }
  return returns
}

/** Those named, or those of a connection that allow the move. @throws CommandFailure usage */
async function chosenReturns(
  client: ApiClient,
  ids: readonly string[],
  { connection, state }: MoveOptions,
  move: string,
): Promise<readonly string[]> {
  if (ids.length > 0 === (connection !== undefined)) {
    throw new CommandFailure(
      EXIT.usage,
      'Which return flows?',
      'Name them, or their connection with --connection and their state with --state.',
    )
  }
  if (connection === undefined) return ids
  const { items } = await readPages<ReturnDocument>(client, {
    path: '/returns',
    query: { connection, state: state?.toUpperCase() },
    limit: MAX_MOVED,
  })
  // The oldest first: they leave in the order in which they are offered.
  return items
    .filter(({ moves }) => moves.includes(move))
    .map(({ id }) => id)
    .toReversed()
}
