import type { Finding } from '../../gateway/flow.ts'
import { dottedPath } from '../motives.ts'

/** One `LigneErreurDetail` of an integration report (reference chorus-pro-edi §9.1, §9.2). */
export interface ReportLine {
  /** Ordinal of the part; 0 = the flow itself. */
  readonly idLigne: number
  readonly natureErreur: string
  readonly codeErreur: string
  readonly libelleErreur: string
  readonly descriptionErreur: string
}

/** What is wrong with one invoice, or with the flow itself (`part` 0). */
export interface ReportEntry {
  readonly part: number
  readonly invoice?: string
  /** Identifiers of the parties, when known. */
  readonly supplier?: string
  readonly recipient?: string
  readonly findings: readonly Finding[]
}

/**
 * `full`: one line per finding, with rule, path, line and remedy. `faithful`: one line per
 * invoice, its short texts joined and cut, as integrators see them (reference §8.4).
 */
export type ReportMode = 'full' | 'faithful'
export type ReportLanguage = 'fr' | 'en'

/** Length at which the real platform cuts a text, its tail included (reference §8.4, seen). */
const CUT_AT_CHARACTERS = 200
const CUT_TAIL = '[...]'

/** Lines for the fatal findings of `entry`: a warning refuses nothing, so it is no error line. */
export function reportLines(
  entry: ReportEntry,
  mode: ReportMode,
  language: ReportLanguage,
): ReportLine[] {
  const fatal = entry.findings.filter(({ severity }) => severity === 'fatal')
  const [first] = fatal
  if (first === undefined) return []
  if (mode === 'full') {
    return fatal.map((finding) => ({
      idLigne: entry.part,
      natureErreur: finding.nature,
      codeErreur: finding.code,
      libelleErreur: finding.message[language],
      descriptionErreur: describe([
        ...commonFields(entry, [finding]),
        ...fullFields(finding, language),
      ]),
    }))
  }
  return [
    {
      idLigne: entry.part,
      natureErreur: first.nature,
      codeErreur: first.code,
      libelleErreur: cut(fatal.map(({ platformText }) => platformText).join('|')),
      descriptionErreur: describe(commonFields(entry, fatal)),
    },
  ]
}

type Field = readonly [name: string, value: string | undefined]

/** What both modes carry (decisions D6). */
function commonFields(entry: ReportEntry, findings: readonly Finding[]): Field[] {
  const [first] = findings
  const rules = [...new Set(findings.map(({ rule }) => rule))]
  return [
    ['regle', cut(rules.join(','))],
    ['numeroDP', first?.invoice ?? entry.invoice],
    ['fournisseur', entry.supplier],
    ['destinataire', entry.recipient],
    ['balise', first?.path === undefined ? undefined : dottedPath(first.path)],
  ]
}

function fullFields(finding: Finding, language: ReportLanguage): Field[] {
  return [
    ['fichier', finding.file],
    ['termes', finding.terms.length === 0 ? undefined : finding.terms.join(',')],
    ['chemin', finding.path],
    ['ligne', finding.line?.toString()],
    ['colonne', finding.column?.toString()],
    ['remede', finding.remedy[language]],
  ]
}

/** `name=value;…` without the fields that have no value; a value cannot start a field of its own. */
function describe(fields: readonly Field[]): string {
  return fields
    .flatMap(([name, value]) =>
      value === undefined || value === '' ? [] : [`${name}=${value.replace(/[;\s]+/g, safeBlank)}`],
    )
    .join(';')
}

function safeBlank(run: string): string {
  return run.includes(';') ? ', ' : ' '
}

function cut(text: string): string {
  if (text.length <= CUT_AT_CHARACTERS) return text
  // A pair of surrogates is not cut in two.
  const kept = text.slice(0, CUT_AT_CHARACTERS - CUT_TAIL.length).replace(/[\ud800-\udbff]$/, '')
  return kept + CUT_TAIL
}
