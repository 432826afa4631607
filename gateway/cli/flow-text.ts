import type { Finding, FlowDocument } from '../flow.ts'
import type { InvoiceDocument } from '../life-cycle/life-cycle.ts'
import type { Language } from './command-context.ts'
import { attemptLines } from './return-text.ts'
import { formatMilliseconds, formatTable } from './terminal.ts'

const MAX_SHOWN_FINDINGS = 20

/** One line a flow. */
export function flowsTable(flows: readonly FlowDocument[], language: Language): string {
  return formatTable(
    ['received', 'flow', 'code', 'mode', 'state', 'invoices', 'report'],
    flows.map((flow) => [
      `${flow.receivedAt.slice(0, 19).replace('T', ' ')}Z`,
      flow.number,
      flow.interfaceCode,
      flow.mode.toLowerCase(),
      flow.stateLabel[language],
      invoiceCounts(flow),
      reportState(flow),
    ]),
  )
}

/** Everything a person asks about one flow. */
export function describeFlow(flow: FlowDocument, language: Language): string {
  const shown = flow.findings.slice(0, MAX_SHOWN_FINDINGS)
  const hidden = flow.findings.length - shown.length
  return [
    ...headLines(flow, language),
    '',
    ...timelineLines(flow),
    ...(shown.length === 0 ? [] : ['']),
    ...shown.flatMap((finding) => findingLines(finding, language)),
    ...(hidden > 0 ? [`  … and ${hidden} more: raccord flows show ${flow.id} --errors`] : []),
    ...(flow.returns.length === 0 ? [] : ['']),
    ...flow.returns.flatMap((back) => [
      `  ${back.name}  ${back.state}${back.deliveredAt === null ? '' : ` ${back.deliveredAt}`}${back.nextAttemptAt === null ? '' : `  next attempt ${back.nextAttemptAt}`}`,
      ...(back.lastAttempt === null ? [] : attemptLines(back.lastAttempt, language)),
      ...(back.attempts > 1 ? [`    every attempt: raccord returns show ${back.id}`] : []),
    ]),
  ].join('\n')
}

/** Parts of what is said of a flow that may be asked for alone. */
export interface FlowParts {
  readonly timeline?: boolean
  /** Every finding that the document has, however many. */
  readonly errors?: boolean
}

/** What the flow is, and the parts that are asked for. */
export function describeParts(flow: FlowDocument, parts: FlowParts, language: Language): string {
  const errors = flow.findings.flatMap((finding) => findingLines(finding, language))
  return [
    ...headLines(flow, language),
    ...(parts.timeline === true ? ['', ...timelineLines(flow)] : []),
    ...(parts.errors === true && errors.length > 0 ? ['', ...errors] : []),
  ].join('\n')
}

function headLines(flow: FlowDocument, language: Language): readonly string[] {
  return [
    `${flow.number}   ${flow.stateLabel[language]} (${flow.state})   ${flow.interfaceCode} · ${flow.mode.toLowerCase()} · ${flow.protocol}`,
    `${flow.id}   ${flow.file.name}   ${flow.file.size} bytes   SHA-256 ${flow.file.sha256}`,
    ...(flow.file.removedAt === null ? [] : [contentRemoved(flow.file.removedAt, language)]),
    ...(flow.replayOf === null ? [] : [`replays ${flow.replayOf}`]),
    ...(flow.replays.length === 0 ? [] : [`replayed as ${flow.replays.join(', ')}`]),
    `${flow.invoices.total} ${flow.invoices.total === 1 ? 'invoice' : 'invoices'}: ${flow.invoices.integrated} integrated, ${flow.invoices.refused} refused`,
  ]
}

function timelineLines(flow: FlowDocument): readonly string[] {
  return flow.timeline.map(
    (event) =>
      `  ${event.at}  ${event.stage.padEnd(12)} ${event.outcome} (${formatMilliseconds(event.ms)})`,
  )
}

function contentRemoved(removedAt: string, language: Language): string {
  const at = removedAt.slice(0, 10)
  return {
    en: `its content was past its time, and removed on ${at}: no replay (retention.payloadDays)`,
    fr: `son contenu, arrivé au terme de sa conservation, a été supprimé le ${at} : pas de rejeu (retention.payloadDays)`,
  }[language]
}

/** Where the first invoices of a flow stand; empty for one of which none has a status. */
export function invoicesOfFlow(
  flow: FlowDocument,
  invoices: readonly InvoiceDocument[],
  language: Language,
): string {
  if (invoices.length === 0) return ''
  const lines = invoices.map(
    ({ number, status, statusLabel, recipient, amountDue, currency }) =>
      `  ${number ?? '–'}  ${status} ${statusLabel[language]}  ${recipient.id ?? '–'}  ${amountDue ?? '–'} ${currency ?? ''}`,
  )
  const hidden = flow.invoices.total - invoices.length
  const more = hidden > 0 ? [`  … raccord invoices list --flow ${flow.id}`] : []
  return `\n${[...lines, ...more].map((line) => line.trimEnd()).join('\n')}\n`
}

function findingLines(finding: Finding, language: Language): string[] {
  const place = [
    finding.invoice,
    finding.file,
    finding.path,
    finding.line === undefined ? undefined : `line ${finding.line}`,
  ].filter((part) => part !== undefined)
  return [
    `  ${finding.severity === 'fatal' ? '✗' : '!'} ${finding.rule} ${finding.code}  ${finding.message[language]}`,
    ...(place.length === 0 ? [] : [`      ${place.join('  ')}`]),
    `      → ${finding.remedy[language]}`,
  ]
}

function invoiceCounts(flow: FlowDocument): string {
  const { total, integrated, refused } = flow.invoices
  return total === 0 ? '–' : `${integrated} ok, ${refused} refused of ${total}`
}

function reportState(flow: FlowDocument): string {
  const [report] = flow.returns
  if (report === undefined) return '–'
  return report.retrieved ? 'retrieved' : report.state.toLowerCase()
}
