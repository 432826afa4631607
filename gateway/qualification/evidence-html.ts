import { EVIDENCE_STYLE } from './evidence-style.ts'
import { HTML_RECORD, sealed } from './evidence-seal.ts'
import type { EvidenceLanguage } from './evidence-texts.ts'
import type { EvidenceDocument } from './evidence.ts'
import { campaignSections } from './evidence-campaign.ts'
import { recordHead } from './evidence-record.ts'
import { runSection } from './evidence-run.ts'
import { evidenceWords } from './evidence-words.ts'
import { html } from './html-text.ts'
import { PAGE_POLICY } from './page-policy.ts'

/** The evidence as one page that opens without the product, to be printed and signed. */
export function evidenceHtml(evidence: EvidenceDocument, language: EvidenceLanguage): string {
  const record = JSON.stringify(evidence).replaceAll('<', '\\u003c')
  return sealed(
    `${pageHead(evidence, language, POLICY)}<main>${evidenceBody(evidence, language)}</main>
${HTML_RECORD}${record}</script>
</body></html>
`,
    'html',
  )
}

/** Opened as a file it has no header that says what it may do. */
const POLICY = `<meta http-equiv="Content-Security-Policy" content="${html(PAGE_POLICY)}">`

/** Everything up to what a page shows. */
export function pageHead(
  evidence: EvidenceDocument,
  language: EvidenceLanguage,
  policy = '',
): string {
  const [first] = evidence.runs
  const what = evidence.campaign?.result.campaign.title ?? first?.run.scenario.title
  const title = `${what?.[language] ?? ''} – ${first?.run.applicationCode ?? ''}`
  return `<!doctype html>
<html lang="${language}"><head><meta charset="utf-8">${policy}<meta name="viewport" content="width=device-width">
<title>${html(title)}</title><style>${EVIDENCE_STYLE}</style></head><body>
`
}

/** What a page shows: the record to be signed first, then each run in full. */
export function evidenceBody(evidence: EvidenceDocument, language: EvidenceLanguage): string {
  const words = evidenceWords(language)
  const { say } = words
  return [
    recordHead(evidence, words),
    evidence.campaign === null ? '' : campaignSections(evidence.campaign, words),
    ...evidence.runs.map((run) => runSection(run, words)),
    `<footer><p class="note">${say('verify')} – ${evidence.madeAt}</p></footer>`,
  ].join('\n')
}
