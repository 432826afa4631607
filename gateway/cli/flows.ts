import { Command } from 'commander'
import type { FlowDocument } from '../flow.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { describeFlow, flowsTable } from './flow-text.ts'
import { tell, writeJson, writeOut } from './terminal.ts'

interface Criteria extends ApiOptions {
  readonly state?: string
  readonly connection?: string
  readonly code?: string
  readonly since?: string
  readonly json?: boolean
}

/** `raccord flows list | show | export`. */
export function flowsCommand(context: CommandContext): Command {
  const flows = new Command('flows').description('Look at the flows a gateway has received.')

  withCriteria(flows.command('list').description('List flows, newest first.'))
    .option('--limit <count>', 'how many at most', '50')
    .option('--json', 'one JSON document')
    .action(async (options: Criteria & { readonly limit: string }) => {
      const client = await apiClient(options, context)
      const page = await client.flows({ ...criteria(options), limit: options.limit })
      if (options.json === true) await writeJson(page)
      else if (page.flows.length === 0) tell('No flow matches.')
      else await writeOut(`${flowsTable(page.flows, context.language)}\n`)
    })

  withApiOptions(flows.command('show').description('Show one flow: verdict, findings, timeline.'))
    .argument('<id>', 'flow id, a unique start of it, or the 25-character identifier')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Criteria) => {
      const client = await apiClient(options, context)
      const flow: FlowDocument = await client.flow(id)
      if (options.json === true) await writeJson(flow)
      else await writeOut(`${describeFlow(flow, context.language)}\n`)
    })

  withCriteria(flows.command('export').description('Write all matching flows to standard output.'))
    .option('--format <ndjson|csv|json>', 'shape of the export', 'ndjson')
    .action(async (options: Criteria & { readonly format: string }) => {
      const client = await apiClient(options, context)
      const body = await client.export({ ...criteria(options), format: options.format })
      const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
      for await (const piece of body) await writeOut(decoder.decode(piece, { stream: true }))
    })

  return flows
}

function withCriteria(command: Command): Command {
  return withApiOptions(command)
    .option('--state <state>', 'IN_REJETE, rejected, Rejeté…')
    .option('--connection <id>', 'connection id')
    .option('--code <code>', 'interface code')
    .option('--since <duration>', 'received in the last 1h, 2d…')
}

function criteria(options: Criteria): Record<string, string> {
  return {
    ...(options.state === undefined ? {} : { state: options.state }),
    ...(options.connection === undefined ? {} : { connection: options.connection }),
    ...(options.code === undefined ? {} : { code: options.code }),
    ...(options.since === undefined
      ? {}
      : { since: new Date(Date.now() - parseDuration(options.since)).toISOString() }),
  }
}
