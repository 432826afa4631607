import type { Finding } from '../gateway/flow.ts'

/** Findings kept of one invoice; what is more is counted in one last finding. */
export const MAX_FINDINGS_PER_INVOICE = 100
/** Findings kept of one invoice once those of its chunk are too many together. */
export const MIN_FINDINGS_PER_INVOICE = 3
/**
 * Size of the findings of one chunk (characters of JSON) from which each further invoice keeps the
 * fewest: the invoices of a hostile flow share this room in the journal and in its report.
 */
export const MAX_FINDING_CHARACTERS_PER_CHUNK = 4 * 1024 * 1024
/** A partner's text inside a finding is cut after this many characters. */
const MAX_TEXT_CHARACTERS = 2_000

/** Keeps the findings of one chunk within its room; make one per chunk, call once per invoice. */
export function createFindingBounds(): (findings: readonly Finding[]) => {
  readonly findings: readonly Finding[]
  readonly json: string
} {
  let characters = 0
  return (all) => {
    const most =
      characters > MAX_FINDING_CHARACTERS_PER_CHUNK
        ? MIN_FINDINGS_PER_INVOICE
        : MAX_FINDINGS_PER_INVOICE
    const findings = boundFindings(all, most).map(cutTexts)
    const json = JSON.stringify(findings)
    characters += json.length
    return { findings, json }
  }
}

/** The first `most` findings, fatal ones before the others, and one that says how many are left out. */
export function boundFindings(findings: readonly Finding[], most: number): readonly Finding[] {
  if (findings.length <= most) return findings
  const isFatal = ({ severity }: Finding): boolean => severity === 'fatal'
  const sorted = [...findings.filter(isFatal), ...findings.filter((finding) => !isFatal(finding))]
  const kept = sorted.slice(0, most)
  const left = sorted.slice(most)
  const { nature, code, invoice, part, file } = kept[0]!
  return [
    ...kept,
    {
      rule: 'RACCORD-MORE',
      severity: left.some(isFatal) ? 'fatal' : 'information',
      nature,
      code,
      ...(invoice === undefined ? {} : { invoice }),
      ...(part === undefined ? {} : { part }),
      ...(file === undefined ? {} : { file }),
      terms: [],
      message: {
        en: `${left.length} more findings of this invoice are not listed.`,
        fr: `${left.length} autres anomalies de cette facture ne sont pas listées.`,
      },
      remedy: {
        en: 'Correct those that are listed first; the others then show.',
        fr: 'Corrigez d’abord celles qui sont listées ; les autres apparaîtront ensuite.',
      },
      platformText: `${left.length} autres anomalies.`,
    },
  ]
}

function cutTexts(finding: Finding): Finding {
  const texts = [
    finding.message.en,
    finding.message.fr,
    finding.platformText,
    finding.path ?? '',
    finding.invoice ?? '',
  ]
  if (texts.every((text) => text.length <= MAX_TEXT_CHARACTERS)) return finding
  const cut = (text: string): string => text.slice(0, MAX_TEXT_CHARACTERS)
  return {
    ...finding,
    message: { en: cut(finding.message.en), fr: cut(finding.message.fr) },
    platformText: cut(finding.platformText),
    ...(finding.path === undefined ? {} : { path: cut(finding.path) }),
    ...(finding.invoice === undefined ? {} : { invoice: cut(finding.invoice) }),
  }
}
