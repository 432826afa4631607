import type { BilingualText } from '../gateway/flow.ts'
import {
  CERTIFICATE_CHECKS,
  type CertificateCheck,
  type CertificateCheckName,
  type CertificateOutcome,
} from './certificate-checks.ts'
import {
  CERTIFICATE_FINDINGS,
  CHECK_LABELS,
  type CertificateFindingCode,
  type FindingRow,
} from './certificate-findings.ts'

/** What stands for the `{name}`s of a row. */
export type FindingValues = Readonly<Record<string, string | number | BilingualText>>

export interface Finding {
  readonly code: CertificateFindingCode
  readonly values: FindingValues
}

/** Adds one finding; the values are those its row names. */
export type Say = (code: CertificateFindingCode, values?: FindingValues) => void

const SEVERITY: readonly CertificateOutcome[] = ['fail', 'warning', 'pass', 'not-checked']

/**
 * The lines of a verdict: the findings of one check make its line, the worst first. Where
 * something is to be done, what went well is left out.
 */
export function checkLines(findings: readonly Finding[]): readonly CertificateCheck[] {
  return CERTIFICATE_CHECKS.map((check) => {
    const own = findings.filter(({ code }) => rowOf(code).check === check)
    return lineOf(check, own.length > 0 ? own : [{ code: 'NOT_LOOKED_AT', values: {} }])
  })
}

function lineOf(check: CertificateCheckName, findings: readonly Finding[]): CertificateCheck {
  const severity = ({ code }: Finding) => SEVERITY.indexOf(rowOf(code).outcome)
  const sorted = [...findings].sort((one, other) => severity(one) - severity(other))
  const outcome = rowOf(sorted[0]!.code).outcome
  const remedies = sorted.flatMap(({ code, values }) => {
    const { remedy } = rowOf(code)
    return remedy === undefined ? [] : [fill(remedy, values)]
  })
  const isBad = outcome === 'fail' || outcome === 'warning'
  const said = isBad ? sorted.filter(({ code }) => rowOf(code).remedy !== undefined) : sorted
  return {
    check,
    outcome,
    label: CHECK_LABELS[check],
    reason: join(said.map(({ code, values }) => fill(rowOf(code).reason, values))),
    ...(remedies.length === 0 ? {} : { remedy: join(remedies) }),
    codes: sorted.map(({ code }) => code),
  }
}

function rowOf(code: CertificateFindingCode): FindingRow {
  return CERTIFICATE_FINDINGS[code]
}

function fill(text: BilingualText, values: FindingValues): BilingualText {
  const fillOne = (language: 'en' | 'fr') =>
    text[language].replaceAll(/\{(\w+)\}/g, (_, name: string) => {
      const value = values[name]
      return typeof value === 'object' ? value[language] : String(value ?? '?')
    })
  return { en: fillOne('en'), fr: fillOne('fr') }
}

/** One after the other, each once: two expired authorities have one remedy. */
function join(texts: readonly BilingualText[]): BilingualText {
  const joined = (language: 'en' | 'fr') =>
    [...new Set(texts.map((text) => text[language]))].join(' ')
  return { en: joined('en'), fr: joined('fr') }
}
