import { Command, Option } from 'commander'
import type { RejectedInvoiceDocument, RejectionDocument } from '../api/rejection-schemas.ts'
import { apiClient, withApiOptions, type ApiOptions } from './api-options.ts'
import type { CommandContext, Language } from './command-context.ts'
import { optionText } from './list-output.ts'
import { momentText } from './moment.ts'
import { copyToOutput, formatTable, tell, writeJson, writeOut } from './terminal.ts'

interface Answer {
  readonly by: string
  readonly since: string
  readonly until: string
  readonly totals: RejectionTotals & { readonly before: RejectionTotals }
  readonly items: readonly RejectionDocument[]
}

interface RejectionTotals {
  readonly flows: number
  readonly invoices: number
  readonly lost: number
}

type Options = ApiOptions & Readonly<Record<string, unknown>>

const GROUPINGS = ['code', 'rule', 'partner', 'interface', 'hour', 'day'] as const
const TREND = { new: '+', up: '↑', same: '=', down: '↓' } as const

/** `raccord rejections`: what is refused inside flows, why, by whom; and the invoices behind. */
export function rejectionsCommand(context: CommandContext): Command {
  return withApiOptions(
    new Command('rejections').description(
      'What was refused inside flows: how many, why, of whom, beside the period before; --invoices lists what is behind.',
    ),
  )
    .addOption(
      new Option('--by <what>', 'what makes a row').choices([...GROUPINGS]).default('code'),
    )
    .option('--since <time>', 'received in the last 1h, 2d…, or from a time (ISO 8601)', '7d')
    .option('--until <time>', 'received before: an age, or a time (ISO 8601)')
    .option('--connection <id>', 'connection id or application code')
    .option('--interface <code>', 'interface code')
    .option('--invoices', 'the refused invoices themselves, newest flow first')
    .option('--rule <rule>', 'with --invoices: refused for this rule')
    .option('--code <code>', 'with --invoices: refused with this code')
    .option('--limit <count>', 'how many at most', '50')
    .option('--csv', 'a table for spreadsheets')
    .option('--json', 'one JSON document')
    .action(async (options: Options) => {
      const { language } = context
      const hasInvoices =
        options['invoices'] === true ||
        options['rule'] !== undefined ||
        options['code'] !== undefined
      const client = await apiClient(options, context)
      const isCsv = options['csv'] === true
      const shared = {
        connection: optionText(options, 'connection'),
        interfaceCode: optionText(options, 'interface'),
        since: momentText(optionText(options, 'since')),
        until: momentText(optionText(options, 'until')),
        limit: optionText(options, 'limit'),
        ...(isCsv ? { format: 'csv', lang: language } : {}),
      }
      const order = hasInvoices
        ? {
            path: '/rejections/invoices',
            query: {
              ...shared,
              rule: optionText(options, 'rule'),
              code: optionText(options, 'code'),
            },
          }
        : { path: '/rejections', query: { ...shared, by: optionText(options, 'by') } }
      if (isCsv) return copyToOutput(await client.call(order))
      const answer = await client.json<Answer>(order)
      if (options['json'] === true) return writeJson(answer)
      if (answer.items.length === 0) {
        return tell(
          language === 'fr'
            ? 'Rien n’a été refusé dans cette période : --since.'
            : 'Nothing was refused in that time: --since.',
        )
      }
      await writeOut(
        hasInvoices
          ? invoicesText(answer as never, language)
          : `${rejectionsText(answer, language)}\n`,
      )
    })
}

function rejectionsText({ by, totals, items }: Answer, language: Language): string {
  const isFrench = language === 'fr'
  const header = isFrench
    ? ['quoi', 'factures', 'flux', 'perdues', 'partenaires', 'avant', '', 'dernier', 'exemple']
    : ['what', 'invoices', 'flows', 'lost', 'partners', 'before', '', 'last', 'example']
  const rows = items.map((item) => [
    [item.partner?.applicationCode ?? item.key, by === 'rule' ? (item.code ?? '') : '']
      .join(' ')
      .trim(),
    String(item.invoices),
    String(item.flows),
    String(item.lost),
    String(item.partners),
    String(item.before.invoices),
    TREND[item.trend],
    `${item.lastAt.slice(0, 16).replace('T', ' ')}Z`,
    item.partner?.name ?? item.example?.message[language] ?? '',
  ])
  const { flows, invoices, lost, before } = totals
  const sum = isFrench
    ? `${invoices} factures refusées dans ${flows} flux (avant : ${before.invoices} dans ${before.flows}) ; ${lost} bonnes factures perdues par le mode Complet (avant : ${before.lost}).`
    : `${invoices} invoices refused in ${flows} flows (before: ${before.invoices} in ${before.flows}); ${lost} good invoices lost to Complete mode (before: ${before.lost}).`
  return `${formatTable(header, rows)}\n\n${sum}`
}

function invoicesText(
  {
    items,
    next,
  }: { readonly items: readonly RejectedInvoiceDocument[]; readonly next: string | null },
  language: Language,
): string {
  const isFrench = language === 'fr'
  const lines = items.flatMap(({ flowNumber, ordinal, number, fileName, findings }) => [
    `${flowNumber}  ${ordinal === null ? (isFrench ? 'flux' : 'flow') : `n° ${ordinal}`}  ${number ?? fileName}`,
    ...findings.flatMap(({ rule, code, message, remedy }) => [
      `  ${code} ${rule}  ${message[language]}`,
      `    → ${remedy[language]}`,
    ]),
  ])
  if (next !== null) lines.push(isFrench ? '… il y en a d’autres : --limit' : '… more: --limit')
  return `${lines.join('\n')}\n`
}
