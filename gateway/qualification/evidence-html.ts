import { EVIDENCE_TEXTS as T } from './evidence-texts.ts'
import { sealEvidence, UNSEALED, type EvidenceDocument } from './evidence.ts'
import { resultBadge } from './result-badge.ts'
import { verdictOf, type StepDocument } from './qualification.ts'

type Language = 'en' | 'fr'

const STYLE = `body{font:15px/1.5 system-ui,sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem;color:#1c2430;background:#fff}
table{border-collapse:collapse;width:100%;margin:.5rem 0 1.5rem}th,td{border:1px solid #c6ccd6;padding:.35rem .6rem;text-align:left;vertical-align:top}
th{background:#eef1f6}code,pre{font:13px/1.4 ui-monospace,monospace;overflow-wrap:anywhere}pre{white-space:pre-wrap;background:#f6f7f9;padding:.6rem;max-height:30rem;overflow:auto}
.PASSED{color:#0b6b3a}.FAILED{color:#a3142a}.NOT_CONCLUSIVE,.RUNNING{color:#7a4b00}.note{color:#4a5568}.sign{height:4rem}
@media print{body{margin:0;max-width:none}pre{max-height:none}details{display:none}tr{break-inside:avoid}}`

const MARKS: Readonly<Record<string, string>> = {
  PASSED: '✓',
  FAILED: '✗',
  NOT_CONCLUSIVE: '?',
  RUNNING: '⏳',
  WAITING: '·',
  SKIPPED: '–',
}

/** The evidence of a run as one page that opens without the product, to be printed and signed. */
export function evidenceHtml(evidence: EvidenceDocument, language: Language): string {
  const { run, messages, sessions, faults } = evidence
  const { scenario, facts } = run
  const say = (key: keyof typeof T): string => T[key][language]
  const state = (name: keyof typeof T): string => `${MARKS[name] ?? ''} ${say(name)}`
  const offset = facts.clockOffsetMilliseconds
  const json = JSON.stringify(evidence).replaceAll('<', '\\u003c')
  const rows: readonly (readonly [string, string])[] = [
    [say('partner'), `${facts.partner} (${run.applicationCode})`],
    [say('connection'), run.connectionId],
    [say('protocol'), run.protocol],
    [say('codes'), pairs(facts.codes)],
    [say('played'), run.isSelf ? say('self') : say('real')],
    [say('startedBy'), run.startedBy],
    [say('time'), `${run.startedAt} → ${run.endedAt ?? '…'}`],
    [say('clock'), offset === 0 ? say('clockTrue') : `${offset > 0 ? '+' : ''}${offset} ms`],
    [say('versions'), `raccord ${facts.versions.raccord}, Node ${facts.versions.node}`],
    [say('references'), scenario.references.join(', ') || '–'],
    ...facts.certificates.map(
      ({ subject, sha256, notAfter }) =>
        [say('certificates'), `${subject}, SHA-256 ${sha256}, → ${notAfter.slice(0, 10)}`] as const,
    ),
  ]
  const reserves = [
    ...(run.note === null ? [] : [run.note[language]]),
    ...(run.override === null
      ? []
      : [
          `${say('override')}: ${say(run.override.verdict)} (${run.override.by}, ${run.override.at}): ${run.override.reason}`,
        ]),
  ]
  return sealEvidence(`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${html(`${scenario.title[language]} – ${run.applicationCode}`)}</title><style>${STYLE}</style></head><body>
<header><h1>${say('title')}</h1><p class="note">${say('simulated')}</p>
<h2>${html(scenario.title[language])} <span class="${run.state}">${state(run.state)}</span> ${resultBadge(scenario.id, verdictOf(run))}</h2>
<p>${html(scenario.purpose[language])}</p><p><code>${run.id}</code></p></header>
<h2>${say('parties')}</h2>
<table>${rows.map(([name, value]) => `<tr><th scope="row">${html(name)}</th><td>${html(value)}</td></tr>`).join('')}</table>
<h2>${say('steps')}</h2>
<table><thead><tr>${heads('step', 'expected', 'got', 'result', 'seconds')}</tr></thead><tbody>
${run.steps.map((step) => stepRow(step, language, state(step.state))).join('\n')}
</tbody></table>
<h2>${say('reserves')}</h2>
${reserves.length === 0 ? `<p>${say('noReserve')}</p>` : `<ul>${reserves.map((text) => `<li>${html(text)}</li>`).join('')}</ul>`}
${faults.length === 0 ? '' : `<h2>${say('faults')}</h2><ul>${faults.map((fault) => `<li>${html(`${fault.name} ${pairs(fault.values)} (${fault.hits}×)`)}</li>`).join('')}</ul>`}
<h2>${say('messages')}</h2>
<table><thead><tr>${heads('name', 'bytes')}<th scope="col">SHA-256</th></tr></thead><tbody>
${messages.map(({ direction, name, at, bytes, sha256 }) => `<tr><td>${direction === 'in' ? '→' : '←'} ${html(name)}<br>${at}</td><td>${bytes}</td><td><code>${sha256}</code></td></tr>`).join('\n')}
</tbody></table>
<h2>${say('sessions')}</h2>
${sessions.map(({ id, peer, startedAt, outcome, transcript }) => `<details><summary><code>${id}</code> ${html(peer)} ${startedAt} ${html(outcome ?? '')}</summary><pre>${html(transcript ?? '–')}</pre></details>`).join('\n')}
<h2>${say('signatures')}</h2><table><tr><td class="sign"></td><td class="sign"></td></tr></table>
<footer><p class="note">${say('verify')} – ${evidence.madeAt}</p></footer>
${UNSEALED}${json}</script>
</body></html>
`)

  function heads(...keys: readonly (keyof typeof T)[]): string {
    return keys.map((key) => `<th scope="col">${say(key)}</th>`).join('')
  }
}

function stepRow(step: StepDocument, language: Language, state: string): string {
  const { ordinal, say, expected, got, startedAt, endedAt, answer, seen } = step
  const seconds =
    startedAt === null || endedAt === null
      ? ''
      : ((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000).toFixed(1)
  const ids = [...seen.flows, ...seen.returns, ...seen.refusals].map(
    (id) => `<code>${html(id)}</code>`,
  )
  const by = answer === null ? '' : `<br>${html(`${answer.by}, ${answer.at}`)}`
  return `<tr><td>${ordinal}. ${html(say[language])}</td><td>${html(expected[language])}</td><td>${html(got?.[language] ?? '')}${by}${ids.length === 0 ? '' : `<br>${ids.join(' ')}`}</td><td class="${step.state}">${state}</td><td>${seconds}</td></tr>`
}

function pairs(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

function html(text: string): string {
  return text.replaceAll(/[&<>"]/g, (character) => ENTITIES[character] ?? character)
}
