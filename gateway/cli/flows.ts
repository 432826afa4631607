import { Command, Option } from 'commander'
import type { FlowDocument } from '../flow.ts'
import type { FlowTranscript } from '../sessions/flow-transcript.ts'
import type { ReturnTranscripts } from '../sessions/return-transcripts.ts'
import type { ApiClient } from './api-client.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { parseDuration } from './duration.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { addFlowsFollowing, describeWithWhatIfs } from './flows-following.ts'
import { addFlowsReplay } from './flows-replay.ts'
import { addFlowsReport } from './flows-report.ts'
import { returnTranscriptsText, transcriptText } from './flows-transcript.ts'
import type { InvoiceDocument } from '../life-cycle/life-cycle.ts'
import { describeFlow, describeParts, flowsTable, invoicesOfFlow } from './flow-text.ts'
import { tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

/** What the API gives at a time, and what a terminal may ask for. */
const PAGE_SIZE = 500
const MAX_LISTED = 10_000
const SHOWN_INVOICES = 20

interface Criteria extends ApiOptions {
  readonly state?: string
  readonly connection?: string
  readonly code?: string
  readonly since?: string
  readonly json?: boolean
}

interface ShowOptions extends Criteria {
  readonly whatIf?: boolean
  readonly transcript?: boolean
  readonly timeline?: boolean
  readonly errors?: boolean
}

/** `raccord flows list | show | wait | follow | verify | replay | report | export`. */
export function flowsCommand(context: CommandContext): Command {
  const flows = new Command('flows').description('Look at the flows a gateway has received.')

  withCriteria(flows.command('list').description('List flows, newest first.'))
    .option('--limit <count>', 'how many at most', '50')
    .option('--json', 'one JSON document')
    .action(async (options: Criteria & { readonly limit: string }) => {
      const limit = wholeNumber(options.limit, '--limit', { minimum: 1, maximum: MAX_LISTED })
      const client = await apiClient(options, context)
      const list = await readList(client, criteria(options), limit)
      if (options.json === true) await writeJson(list)
      else if (list.flows.length === 0) tell('No flow matches.')
      else await writeOut(`${flowsTable(list.flows, context.language)}\n`)
      if (options.json !== true && list.next !== null) tell('There are more: --limit, or export.')
    })

  withApiOptions(flows.command('show').description('Show one flow: verdict, findings, timeline.'))
    .argument('<id>', 'flow id, a unique start of it, or the 25-character identifier')
    .option('--what-if', 'also what the other mode would have made of it')
    .option('--transcript', 'what crossed the wire while it was received, and its returns brought')
    .option('--timeline', 'only what became of it, stage by stage')
    .option('--errors', 'only the findings, all that are listed')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: ShowOptions) => {
      const client = await apiClient(options, context)
      if (options.transcript === true) return showTranscript(client, id, options, context)
      const flow: FlowDocument = await client.flow(id)
      if (options.json === true) return writeJson(flow)
      const { language } = context
      if (options.timeline === true || options.errors === true) {
        await writeOut(`${describeParts(flow, options, language)}\n`)
        return
      }
      const text =
        options.whatIf === true ? describeWithWhatIfs(flow, language) : describeFlow(flow, language)
      const invoices = await readInvoices(client, flow)
      await writeOut(`${text}\n${invoicesOfFlow(flow, invoices, language)}`)
    })

  withCriteria(flows.command('export').description('Write all matching flows to standard output.'))
    .addOption(
      new Option('--format <format>', 'shape of the export')
        .choices(['ndjson', 'csv', 'json'])
        .default('ndjson'),
    )
    .option('--anonymise', 'other words for names, SIRET, mails, invoice numbers, codes')
    .option('--json', 'the same as --format json')
    .action(
      async (options: Criteria & { readonly format: string; readonly anonymise?: boolean }) => {
        const client = await apiClient(options, context)
        const format = options.json === true ? 'json' : options.format
        const hidden: Record<string, string> =
          options.anonymise === true ? { anonymise: 'true' } : {}
        const body = await client.export({ ...criteria(options), ...hidden, format })
        const decoder = new TextDecoder('utf-8', { ignoreBOM: true })
        for await (const piece of body) await writeOut(decoder.decode(piece, { stream: true }))
      },
    )

  addFlowsReport(flows, context)
  addFlowsFollowing(flows, context)
  addFlowsReplay(flows, context)
  return flows
}

async function showTranscript(
  client: ApiClient,
  id: string,
  { json }: ShowOptions,
  { language }: CommandContext,
): Promise<void> {
  const path = `/flows/${encodeURIComponent(id)}/transcript`
  const transcript = (await (await client.call({ path })).json()) as FlowTranscript
  const { returns } = await client.flow(id)
  const handedOver = await readReturnTranscripts(client, returns)
  if (json === true) {
    return await writeJson({ ...transcript, returns: handedOver.map((one) => one.transcripts) })
  }
  await writeOut(`${transcriptText(transcript, language)}\n`)
  for (const { name, transcripts } of handedOver) {
    await writeOut(`\n${returnTranscriptsText(name, transcripts, language)}`)
  }
}

/** Of each return flow that was tried; none for a token that may not see return flows. */
async function readReturnTranscripts(
  client: ApiClient,
  returns: FlowDocument['returns'],
): Promise<{ readonly name: string; readonly transcripts: ReturnTranscripts }[]> {
  const found: { readonly name: string; readonly transcripts: ReturnTranscripts }[] = []
  try {
    for (const { id, name, attempts } of returns) {
      if (attempts === 0) continue
      const path = `/returns/${encodeURIComponent(id)}/transcript`
      found.push({ name, transcripts: await client.json<ReturnTranscripts>({ path }) })
    }
  } catch (error) {
    if (!(error instanceof CommandFailure) || error.exitCode !== EXIT.refused) throw error
  }
  return found
}

/** The first invoices of a flow that have a status; none for a token that may not see invoices. */
async function readInvoices(
  client: ApiClient,
  flow: FlowDocument,
): Promise<readonly InvoiceDocument[]> {
  const query = { flow: flow.id, limit: String(SHOWN_INVOICES) }
  try {
    const order = { path: '/invoices', query }
    return (await client.json<{ items: readonly InvoiceDocument[] }>(order)).items
  } catch (error) {
    if (error instanceof CommandFailure && error.exitCode === EXIT.refused) return []
    throw error
  }
}

/** As many as are wanted, page by page. */
async function readList(
  client: ApiClient,
  query: Readonly<Record<string, string>>,
  limit: number,
): Promise<{ readonly flows: readonly FlowDocument[]; readonly next: string | null }> {
  const flows: FlowDocument[] = []
  let next: string | null = null
  do {
    const count = Math.min(PAGE_SIZE, limit - flows.length)
    const after: Record<string, string> = next === null ? {} : { after: next }
    const page = await client.flows({ ...query, ...after, limit: String(count) })
    flows.push(...page.flows)
    next = page.next
  } while (next !== null && flows.length < limit)
  return { flows, next }
}

function withCriteria(command: Command): Command {
  return withApiOptions(command)
    .option('--state <state>', 'IN_REJETE, rejected, Rejeté…')
    .option('--connection <id>', 'connection id or application code')
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
