import type { EvidenceAttachment, RunEvidence } from './evidence.ts'
import { factsOf, pairs, secondsBetween, tableOf, type EvidenceWords } from './evidence-words.ts'
import { html } from './html-text.ts'
import { verdictOf, type StepDocument } from './qualification.ts'
import { resultBadge } from './result-badge.ts'

/** Of one step; all are among the messages. */
const MAX_IDS = 20

/** One run in full: steps, faults, messages, refusals, attachments, sessions. */
export function runSection(evidence: RunEvidence, words: EvidenceWords): string {
  const { run, faults, messages, refusals, attachments, sessions } = evidence
  const { say, of, heads } = words
  const sha256 = '<th scope="col">SHA-256</th>'
  return `<section class="run"><h2>${of(run.scenario.title)} ${resultBadge(run.scenario.id, verdictOf(run), words.language)}</h2>
<p>${of(run.scenario.purpose)} <code>${run.id}</code></p>
<h3>${say('steps')}</h3>
${tableOf(
  heads('step', 'expected', 'got', 'result', 'seconds'),
  run.steps.map((step) => stepRow(step, words)),
)}
<h3>${say('faults')}</h3>
${faults.length === 0 ? `<p>${say('noFault')}</p>` : `<ul>${faults.map((fault) => `<li>${html(`${fault.name} ${pairs(fault.values)} (${fault.hits}×)`)}</li>`).join('')}</ul>`}
<h3>${say('messages')}</h3>
${tableOf(
  heads('name', 'bytes') + sha256,
  messages.map(({ id, direction, name, at, bytes, sha256: digest }) => [
    `${direction === 'in' ? '→' : '←'} ${html(name)}<br>${at} <code>${html(id)}</code>`,
    String(bytes),
    `<code>${html(digest)}</code>`,
  ]),
)}
${
  refusals.length === 0
    ? ''
    : `<h3>${say('refusals')}</h3>${factsOf(
        refusals.map(({ id, at, code, reason, offered }) => [
          `${html(code)}<br><code>${html(id)}</code>`,
          `${at}<br>${html(reason)}${offered === null ? '' : `<br>${html(offered)}`}`,
        ]),
      )}`
}
${attachments.length === 0 ? '' : `<h3>${say('attachments')}</h3>${attachments.map((one) => attachmentOf(one, words)).join('\n')}`}
<h3>${say('sessions')}</h3>
${sessions.length === 0 ? `<p>${say('noSession')}</p>` : ''}
${sessions.map(sessionOf).join('\n')}</section>`
}

function stepRow(step: StepDocument, { of, result }: EvidenceWords): readonly string[] {
  const { ordinal, say, expected, got, startedAt, endedAt, answer, seen } = step
  const all = [...seen.flows, ...seen.returns, ...seen.refusals]
  const ids = all.slice(0, MAX_IDS).map((id) => `<code>${html(id)}</code>`)
  if (all.length > MAX_IDS) ids.push(`… (${all.length})`)
  const by = answer === null ? '' : `<br>${html(`${answer.by}, ${answer.at}`)}`
  const files = step.attachments.map(({ name }) => `<br>📎 ${html(name)}`).join('')
  return [
    `${ordinal}. ${of(say)}`,
    of(expected),
    `${of(got)}${by}${files}${ids.length === 0 ? '' : `<br>${ids.join(' ')}`}`,
    result(step.state),
    secondsBetween(startedAt, endedAt),
  ]
}

/** Pictures are shown, other files can be saved from the page. */
function attachmentOf(attachment: EvidenceAttachment, { say }: EvidenceWords): string {
  const { step, name, mediaType, by, at, bytes, sha256, content } = attachment
  const url = content === null ? undefined : `data:${mediaType};base64,${content}`
  const isPicture = mediaType.startsWith('image/')
  const shown =
    url === undefined
      ? ''
      : isPicture
        ? `<p><img class="attached" alt="${html(name)}" src="${html(url)}"></p>`
        : `<p class="screen"><a download="${html(name)}" href="${html(url)}">${html(name)}</a></p>`
  return `${factsOf([
    [say('step'), String(step)],
    [say('name'), html(`${name} (${mediaType}, ${bytes})`)],
    [say('by'), html(`${by}, ${at}`)],
    ['SHA-256', `<code>${html(sha256)}</code>`],
  ])}${shown}`
}

function sessionOf(session: RunEvidence['sessions'][number]): string {
  const { id, peer, startedAt, endedAt, outcome, transcriptSha256, transcript } = session
  const line = `<code>${html(id)}</code> ${html(peer)} ${startedAt} → ${endedAt ?? '…'} ${html(outcome ?? '')}`
  const digest =
    transcriptSha256 === null ? '' : `<br><code>SHA-256 ${html(transcriptSha256)}</code>`
  return transcript === null
    ? `<p>${line}${digest}</p>`
    : `<p>${line}${digest}</p><details class="screen"><summary>${html(id)}</summary><pre>${html(transcript)}</pre></details>`
}
