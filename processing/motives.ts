import { FLOW_MOTIVES } from './flow-motives.ts'
import type { BilingualText, Fidelity, Finding, Severity } from '../gateway/flow.ts'
import { INVOICE_MOTIVES } from './invoice-motives.ts'

/**
 * Why a flow or one of its files is not receivable (*motif d’irrecevabilité*), and the report code
 * of each family of functional refusals: reference chorus-pro-edi §8.4. The PPF codes are
 * documented; our natures and codes stand in for those of an appendix that is not public.
 */
export interface MotiveRow {
  /** Code of the neighbouring public platform for the same control; null where it has none. */
  readonly ppfCode: string | null
  readonly nature: string
  readonly message: BilingualText
  readonly remedy: BilingualText
  /** Own short wording, in the manner of the real reports. `{place}` = dotted element path, `{position}` = line and column when known. */
  readonly platformText: string
  readonly fidelity: Fidelity
}

export const MOTIVES = { ...FLOW_MOTIVES, ...INVOICE_MOTIVES } as const

export type MotiveCode = keyof typeof MOTIVES

/** What is known about one case of a motive; everything may be left out. */
export interface MotiveContext {
  /** Finer id than the motive's own (`ARC-ZIP`); default: the code as `ARC-001`. */
  readonly rule?: string
  readonly severity?: Severity
  readonly file?: string
  readonly part?: number
  readonly invoice?: string
  readonly path?: string
  readonly line?: number
  readonly column?: number
  readonly terms?: readonly string[]
  /** Takes the place of the motive's own sentence, where that would not be true. */
  readonly message?: BilingualText
  /** One or more sentences that follow it. */
  readonly detail?: BilingualText
  /** Takes the place of the motive's own remedy. */
  readonly remedy?: BilingualText
  /** Takes the place of the motive's own text. */
  readonly platformText?: string
}

/** The finding of one case of a motive. */
export function motiveFinding(code: MotiveCode, context: MotiveContext = {}): Finding {
  const row: MotiveRow = MOTIVES[code]
  const { rule, severity, terms, detail, remedy, platformText, ...rest } = context
  const { message = row.message, ...place } = rest
  return {
    rule: rule ?? code.slice('ERR_'.length).replace('_', '-'),
    severity: severity ?? 'fatal',
    nature: row.nature,
    code,
    ...place,
    terms: terms ?? [],
    message:
      detail === undefined
        ? message
        : { en: `${message.en} ${detail.en}`, fr: `${message.fr} ${detail.fr}` },
    remedy: remedy ?? row.remedy,
    platformText: (platformText ?? row.platformText)
      .replace('{place}', () => dottedPath(context.path ?? ''))
      .replace('{position}', positionText(context)),
  }
}

const positionText = ({ line, column }: MotiveContext): string =>
  line === undefined ? '' : ` (ligne ${line}, position ${column ?? 1})`

/** An XPath in the dotted style of the real reports: `Invoice.InvoiceLine[3].ID`. */
export function dottedPath(path: string): string {
  return path
    .split('/')
    .filter((step) => step !== '')
    .map((step) => step.replace(/^[^:]*:/, '').replace('[1]', ''))
    .join('.')
}
