import type { FlowState } from '../../gateway/flow-states.ts'
import { parisDateTime } from '../paris-time.ts'
import type { FluxStatus } from './flux-status-codes.ts'
import {
  reportLines,
  type ReportEntry,
  type ReportLanguage,
  type ReportLine,
  type ReportMode,
} from './report-lines.ts'
import { envelopeXml } from './envelope.ts'
import { escapeXml } from './xml-text.ts'

/** What an integration report (`CSOxxxxA`, *compte rendu d’intégration*) says of a flow. */
export interface CsoReport {
  readonly flowIdentifier: string
  /** In place of the code of its state: a fault on demand. */
  readonly status?: string
  /** Application code of the partner that receives the report. */
  readonly receiver: string
  readonly state: FlowState
  readonly integrated: number
  readonly refused: number
  readonly total: number
  /** When the state was reached, milliseconds UTC. */
  readonly decidedAt: number
  /** Production date of the report, milliseconds UTC. */
  readonly producedAt: number
  readonly mode: ReportMode
  readonly language: ReportLanguage
}

/** Schema version that the platform announces (reference chorus-pro-edi §9.1, §14 point 18). */
const VERSION = 'V1_19'

/**
 * Code of a flow's status, always two digits (reference §9.1 table: 90 *Reçu*, 96 *Reçu -
 * intégration partielle*, 93 *Erreur reception*).
 */
export function fluxStatusOf(state: FlowState): Extract<FluxStatus, '90' | '93' | '96'> {
  if (state === 'IN_INTEGRE') return '90'
  return state === 'IN_INTEGRE_PARTIEL' ? '96' : '93'
}

/**
 * The lines of the report in the order of the flow. The caller may be asked for them twice and
 * has to give the same ones: their number stands before them in the document.
 */
export type ReportEntries = () => AsyncIterable<ReportEntry> | Iterable<ReportEntry>

/** Size of a report before it is written. */
export interface MeasuredReport {
  readonly bytes: number
  readonly errorLines: number
}

/** First pass: how many error lines, and how many bytes in all. Holds one entry at a time. */
export async function measureCsoReport(
  report: CsoReport,
  entries: ReportEntries,
): Promise<MeasuredReport> {
  let errorLines = 0
  let bytes = 0
  for await (const entry of entries()) {
    for (const line of reportLines(entry, report.mode, report.language)) {
      errorLines += 1
      bytes += Buffer.byteLength(writeLine(line))
    }
  }
  const frame = writeHead(report, errorLines) + writeTail(errorLines)
  return { errorLines, bytes: bytes + Buffer.byteLength(frame) }
}

/**
 * Second pass: the document, in pieces of UTF-8 (CPPStatut V1_19, no namespace, reference §9.1).
 * @param measured what `measureCsoReport` said of the same entries
 */
export async function* writeCsoReport(
  report: CsoReport,
  entries: ReportEntries,
  measured: MeasuredReport,
): AsyncGenerator<Buffer> {
  yield Buffer.from(writeHead(report, measured.errorLines))
  if (measured.errorLines > 0) {
    for await (const entry of entries()) {
      const lines = reportLines(entry, report.mode, report.language)
      if (lines.length > 0) yield Buffer.from(lines.map(writeLine).join(''))
    }
  }
  yield Buffer.from(writeTail(measured.errorLines))
}

function writeHead(report: CsoReport, errorLines: number): string {
  const state =
    report.mode === 'full' ? `\n    <ComplementStatut>${report.state}</ComplementStatut>` : ''
  const comment =
    report.mode === 'full' ? `\n    <Commentaire>${escapeXml(summary(report))}</Commentaire>` : ''
  const details = errorLines === 0 ? '' : `\n    <Details NbLignesErreur="${errorLines}">`
  const flowIdentifier = escapeXml(report.flowIdentifier)
  return `<?xml version="1.0" encoding="UTF-8"?>
<CPPStatut Version="${VERSION}">
  ${envelopeXml({ ...report, identifier: report.flowIdentifier })}
  <CPPFluxStatuts compteur="1"><CPPFluxStatutUnitaire NumOrdre="1"><DonneesStatut>
    <IdStatut>${report.status ?? fluxStatusOf(report.state)}</IdStatut>${state}${comment}
    <Horodatage>${parisDateTime(report.decidedAt)}</Horodatage>
    <IdFlux>${flowIdentifier}</IdFlux>${details}`
}

function writeLine(line: ReportLine): string {
  const description =
    line.descriptionErreur === ''
      ? ''
      : `\n      <DescriptionErreur>${escapeXml(line.descriptionErreur)}</DescriptionErreur>`
  return `<LigneErreurDetail IdLigne="${line.idLigne}">
      <NatureErreur>${escapeXml(line.natureErreur)}</NatureErreur><CodeErreur>${escapeXml(line.codeErreur)}</CodeErreur>
      <LibelleErreur>${escapeXml(line.libelleErreur)}</LibelleErreur>${description}
    </LigneErreurDetail>`
}

function writeTail(errorLines: number): string {
  return `${errorLines === 0 ? '' : '</Details>'}
  </DonneesStatut></CPPFluxStatutUnitaire></CPPFluxStatuts>
</CPPStatut>
`
}

/** One line: what became of the invoices. */
export function summary({ state, integrated, refused, total, language }: CsoReport): string {
  if (state === 'IN_INCIDENTE') return NOT_PROCESSED[language]
  if (integrated + refused === 0) return NOT_RECEIVABLE[language]
  const idle = total - integrated - refused
  const texts =
    language === 'fr'
      ? [
          `${integrated} ${agreed('facture intégrée', integrated)}`,
          `${refused} ${agreed('rejetée', refused)}`,
          `${idle} ${agreed('conforme non intégrée', idle)}`,
        ]
      : [`${integrated} integrated`, `${refused} rejected`, `${idle} correct, not integrated`]
  return texts.slice(0, idle > 0 ? 3 : 2).join(', ')
}

const NOT_PROCESSED = {
  en: 'Flow not processed: no invoice is integrated',
  fr: 'Flux non traité : aucune facture n’est intégrée',
} as const
const NOT_RECEIVABLE = {
  en: 'Flow not receivable: no invoice was examined',
  fr: 'Flux irrecevable : aucune facture n’a été examinée',
} as const

/** French words in the number of `count`: from two on they are plural. */
function agreed(words: string, count: number): string {
  return count < 2 ? words : words.replace(/(?<!non)(?= |$)/g, 's')
}
