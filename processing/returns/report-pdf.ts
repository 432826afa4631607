import { FLOW_STATES } from '../../gateway/flow-states.ts'
import type { Finding } from '../../gateway/flow.ts'
import { parisDateTime } from '../paris-time.ts'
import { FLUX_STATUSES } from './flux-status-codes.ts'
import { fluxStatusOf, summary, type CsoReport, type ReportEntries } from './cso-report.ts'
import { writePdf, type Paragraph } from './pdf-pages.ts'

/** What the rendering says of the flow besides its report. */
export interface PdfReport extends CsoReport {
  readonly reportName: string
  readonly fileName: string
  readonly interfaceCode: string
  readonly flowMode: string
  readonly receivedAt: number
}

/** A report with more is for machines: those beyond are counted, not written. */
const MAX_FINDINGS = 2_000

const WORDS = {
  en: {
    title: 'Integration report',
    simulated: 'Raccord, a simulated gateway: this is no document of Chorus Pro.',
    flow: 'Flow',
    file: 'File',
    code: 'Interface code',
    mode: 'Mode',
    received: 'Received',
    decided: 'Decided',
    state: 'State',
    report: 'Report',
    findings: 'What was found',
    nothing: 'Nothing to report.',
    ofTheFlow: 'The flow itself',
    invoice: (number: string, part: number) => `Invoice ${number} (part ${part})`,
    line: 'line',
    remedy: 'What to do',
    more: (count: number) => `And ${count} more: the report in XML has them all.`,
  },
  fr: {
    title: 'Compte rendu d’intégration',
    simulated: 'Raccord, passerelle simulée : ceci n’est pas un document de Chorus Pro.',
    flow: 'Flux',
    file: 'Fichier',
    code: 'Code interface',
    mode: 'Mode',
    received: 'Reçu le',
    decided: 'Traité le',
    state: 'État',
    report: 'Compte rendu',
    findings: 'Constats',
    nothing: 'Rien à signaler.',
    ofTheFlow: 'Le flux lui-même',
    invoice: (number: string, part: number) => `Facture ${number} (partie ${part})`,
    line: 'ligne',
    remedy: 'Que faire',
    more: (count: number) => `Et ${count} de plus : le compte rendu XML les a tous.`,
  },
} as const

/** An integration report for people, as the real service gives one for download (reference §9.2). */
export function writeReportPdf(report: PdfReport, entries: ReportEntries): AsyncGenerator<Buffer> {
  const words = WORDS[report.language]
  return writePdf({
    title: `${words.title} ${report.flowIdentifier}`,
    language: report.language,
    footer: `${report.reportName}  ·  ${words.simulated}`,
    paragraphs: paragraphsOf(report, entries),
  })
}

async function* paragraphsOf(report: PdfReport, entries: ReportEntries): AsyncGenerator<Paragraph> {
  const { language } = report
  const words = WORDS[language]
  const status = fluxStatusOf(report.state)
  yield { text: words.title, size: 18, isBold: true }
  yield { text: words.simulated, size: 8, space: 2 }
  yield {
    text: `${FLOW_STATES[report.state].label[language]} — ${summary(report)}`,
    size: 12,
    isBold: true,
    space: 12,
  }
  const facts = [
    [words.flow, report.flowIdentifier],
    [words.file, report.fileName],
    [words.code, report.interfaceCode],
    [words.mode, report.flowMode],
    [words.received, parisDateTime(report.receivedAt)],
    [words.decided, parisDateTime(report.decidedAt)],
    [words.state, `${report.state} · ${status} ${FLUX_STATUSES[status][language]}`],
    [words.report, report.reportName],
  ] as const
  for (const [index, [name, value]] of facts.entries()) {
    yield { text: `${name}: ${value}`, space: index === 0 ? 8 : 0 }
  }
  yield { text: words.findings, size: 12, isBold: true, space: 14 }
  let shown = 0
  let hidden = 0
  for await (const { part, invoice, findings } of entries()) {
    const heading = part === 0 ? words.ofTheFlow : words.invoice(invoice ?? '—', part)
    for (const [index, finding] of findings.entries()) {
      if (shown >= MAX_FINDINGS) {
        hidden += 1
        continue
      }
      if (index === 0) yield { text: heading, isBold: true, space: 8 }
      shown += 1
      yield* findingParagraphs(finding, language)
    }
  }
  if (shown === 0) yield { text: words.nothing, space: 4 }
  if (hidden > 0) yield { text: words.more(hidden), space: 8 }
}

function* findingParagraphs(finding: Finding, language: 'fr' | 'en'): Generator<Paragraph> {
  const words = WORDS[language]
  const place = [
    finding.file,
    finding.path,
    finding.line === undefined ? undefined : `${words.line} ${finding.line}`,
  ].filter((one) => one !== undefined)
  yield {
    text: `${finding.rule} · ${finding.code} — ${finding.message[language]}`,
    indent: 10,
    space: 3,
  }
  if (place.length > 0) yield { text: place.join('  ·  '), size: 7.5, indent: 20 }
  yield { text: `${words.remedy}: ${finding.remedy[language]}`, indent: 20 }
}
