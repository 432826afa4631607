import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { Command } from 'commander'
import type {
  AdvanceResult,
  InvoiceDocument,
  InvoiceHistory,
  InvoiceStatusDocument,
} from '../life-cycle/life-cycle.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext } from './command-context.ts'
import { CommandFailure, EXIT } from './exit-codes.ts'
import { readPlanFile } from './invoice-plan-file.ts'
import { advancedText, invoiceText, statusesText } from './invoice-text.ts'
import { addList, optionText } from './list-output.ts'
import { tell, writeJson, writeOut } from './terminal.ts'
import { wholeNumber } from './whole-number.ts'

interface Options extends ApiOptions {
  readonly json?: boolean
}

interface Criteria {
  readonly status?: string
  readonly connection?: string
  readonly flow?: string
  readonly supplier?: string
  readonly recipient?: string
  readonly number?: string
}

interface AdvanceOptions extends Options, Criteria {
  readonly to?: string
  readonly profile?: string
  readonly seed?: string
  readonly script?: string
  readonly comment?: string
  readonly limit: string
}

const MAX_ADVANCED = 1_000

/** `raccord invoices`: where integrated invoices stand, and what moves them on. */
export function invoicesCommand(context: CommandContext): Command {
  const invoices = new Command('invoices').description(
    'Follow the life cycle of invoices, and move them as recipient or supplier would.',
  )

  addList<InvoiceDocument>(
    withCriteria(invoices.command('list').description('List invoices, of the newest flow first.')),
    context,
    {
      path: () => '/invoices',
      query: (options) =>
        Object.fromEntries(CRITERIA.map((name) => [name, optionText(options, name)])),
      columns: [
        { title: { en: 'invoice', fr: 'facture' }, text: ({ number }) => number ?? '–' },
        {
          title: { en: 'status', fr: 'statut' },
          text: ({ status, statusLabel }, language) => `${status} ${statusLabel[language]}`,
        },
        { title: { en: 'since', fr: 'depuis' }, text: ({ statusAt }) => statusAt.slice(0, 19) },
        { title: { en: 'recipient', fr: 'destinataire' }, text: (one) => one.recipient.id ?? '–' },
        { title: { en: 'may go to', fr: 'vers' }, text: ({ allowed }) => allowed.join(' ') || '–' },
        { title: { en: 'id', fr: 'id' }, text: ({ id }) => id },
      ],
      empty: { en: 'No invoice matches.', fr: 'Aucune facture ne correspond.' },
    },
  )

  withApiOptions(invoices.command('show').description('One invoice, with all it has been.'))
    .argument('<invoice>', 'its id, or its number')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Options) => {
      const client = await apiClient(options, context)
      await show(await client.json<InvoiceHistory>({ path: pathOf(id) }), options)
    })

  withApiOptions(invoices.command('statuses').description('Every status, and the moves from it.'))
    .option('--json', 'one JSON document')
    .action(async (options: Options) => {
      const client = await apiClient(options, context)
      const answer = await client.json<{ statuses: readonly InvoiceStatusDocument[] }>({
        path: '/invoice-statuses',
      })
      if (options.json === true) await writeJson(answer)
      else await writeOut(statusesText(answer.statuses, context.language))
    })

  withCriteria(
    withApiOptions(
      invoices
        .command('advance')
        .description('Move invoices to a status, or give them a plan: a profile, or a script.'),
    ),
  )
    .argument('[invoices...]', 'ids or numbers; else those that match the options')
    .option('--to <status>', 'two digits: 03, 11…')
    .option('--profile <name>', 'quick, slow, suspends, refuses')
    .option('--seed <number>', 'of the profile')
    .option('--script <file>', 'YAML: steps, each with to, after, comment')
    .option('--comment <text>', 'what the recipient says')
    .option('--limit <count>', 'how many at most', '500')
    .option('--json', 'one JSON document')
    .action(async (names: readonly string[], options: AdvanceOptions) => {
      const orders = [options.to, options.profile, options.script]
      if (orders.filter((one) => one !== undefined).length !== 1) {
        throw new CommandFailure(EXIT.usage, 'Give one of --to, --profile and --script.')
      }
      const client = await apiClient(options, context)
      const limit = wholeNumber(options.limit, '--limit', { minimum: 1, maximum: MAX_ADVANCED })
      const where = Object.fromEntries(
        CRITERIA.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]])),
      )
      const choice = { ...(names.length > 0 ? { invoices: names } : {}), where, limit }
      if (options.to === undefined) {
        const plan =
          options.script === undefined
            ? { profile: options.profile, ...seedOf(options) }
            : await readPlanFile(options.script)
        const body = { ...choice, ...plan, where: { ...plan.where, ...where } }
        const answer = await client.json<{ planned: number }>({ path: '/invoices/plans', body })
        if (options.json === true) return writeJson(answer)
        return tell(
          context.language === 'fr'
            ? `${answer.planned} factures ont un plan.`
            : `${answer.planned} invoices have a plan.`,
        )
      }
      const { to, comment } = options
      const body = { ...choice, to, ...(comment === undefined ? {} : { comment }) }
      const result = await client.json<AdvanceResult>({ path: '/invoices/moves', body })
      if (options.json === true) await writeJson(result)
      else tell(advancedText(result, to, context.language))
      if (result.refused.length > 0) throw new CommandFailure(EXIT.expectedFailure, '')
    })

  withApiOptions(
    invoices
      .command('recycle')
      .description('As its supplier: to another recipient or service, under the same number.'),
  )
    .argument('<invoice>', 'its id, or its number')
    .option('--recipient <siret>', 'another recipient')
    .option('--service <code>', 'another service')
    .option('--engagement <number>', 'another engagement number')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Options & Record<string, unknown>) => {
      const client = await apiClient(options, context)
      const body = Object.fromEntries(
        ['recipient', 'service', 'engagement'].flatMap((name) => {
          const value = optionText(options, name)
          return value === undefined ? [] : [[name, value]]
        }),
      )
      const order = { path: `${pathOf(id)}/recycle`, body }
      await show(await client.json<InvoiceHistory>(order), options)
    })

  withApiOptions(
    invoices.command('complete').description('As its supplier: add a document to a suspended one.'),
  )
    .argument('<invoice>', 'its id, or its number')
    .argument('<file>', 'the document')
    .option('--comment <text>', 'what to tell the recipient')
    .option('--json', 'one JSON document')
    .action(async (id: string, file: string, options: Options & { readonly comment?: string }) => {
      const body = await readFile(file).catch((error: NodeJS.ErrnoException) => {
        throw new CommandFailure(EXIT.usage, `${file} cannot be read (${error.code}).`)
      })
      const client = await apiClient(options, context)
      const query = { name: basename(file), comment: options.comment }
      const order = { path: `${pathOf(id)}/documents`, query, body }
      await show(await client.json<InvoiceHistory>(order), options)
    })

  withApiOptions(
    invoices
      .command('acknowledge')
      .description('As its supplier: take note of a rejection or a suspension.'),
  )
    .argument('<invoice>', 'its id, or its number')
    .option('--json', 'one JSON document')
    .action(async (id: string, options: Options) => {
      const client = await apiClient(options, context)
      const order = { method: 'POST', path: `${pathOf(id)}/acknowledge` } as const
      await show(await client.json<InvoiceHistory>(order), options)
    })
  return invoices

  async function show(invoice: InvoiceHistory, { json }: Options): Promise<void> {
    if (json === true) await writeJson(invoice)
    else await writeOut(invoiceText(invoice, context.language))
  }
}

const CRITERIA = ['status', 'connection', 'flow', 'supplier', 'recipient', 'number'] as const

function withCriteria(command: Command): Command {
  return command
    .option('--status <code>', 'in this status')
    .option('--connection <id>', 'sent by this connection, or application code')
    .option('--flow <id>', 'of this flow')
    .option('--supplier <id>', 'of this supplier')
    .option('--recipient <siret>', 'to this recipient')
    .option('--number <number>', 'with this number')
}

const pathOf = (id: string): string => `/invoices/${encodeURIComponent(id)}`

function seedOf({ seed }: AdvanceOptions): { readonly seed?: number } {
  if (seed === undefined) return {}
  return { seed: wholeNumber(seed, '--seed', { minimum: 0, maximum: 2_147_483_647 }) }
}
