import { evidenceBody, pageHead } from './evidence-html.ts'
import type { EvidenceLanguage } from './evidence-texts.ts'
import { evidenceWords } from './evidence-words.ts'
import type { EvidenceDocument } from './evidence.ts'
import { hashOf, PAGE_POLICY } from './page-policy.ts'

/**
 * Puts what the gateway sends into the page, counts the time that is left. When the run has ended
 * the page is asked for once more, with contents now; a gateway that cannot leaves it as it stands.
 */
const SCRIPT = `const main=document.querySelector('main'),status=document.querySelector('#live')
const say=(key)=>{if(status.textContent!==status.dataset[key])status.textContent=status.dataset[key]}
const events=new EventSource(location.pathname.replace(/\\/$/,'')+'/events?lang='+document.documentElement.lang)
const tick=()=>{const left=document.querySelector('[data-deadline]');if(!left)return
const seconds=Math.max(0,Math.round((Date.parse(left.dataset.deadline)-Date.now())/1000))
left.textContent=Math.floor(seconds/60)+':'+String(seconds%60).padStart(2,'0')}
events.addEventListener('page',({data})=>{const page=JSON.parse(data);main.innerHTML=page.html;tick()
if(page.state==='RUNNING')say('live');else{events.close();whole().catch(()=>{}).finally(()=>say('ended'))}})
const whole=async()=>{const answer=await fetch(location.href);if(!answer.ok)return
const page=new DOMParser().parseFromString(await answer.text(),'text/html')
main.innerHTML=page.querySelector('main').innerHTML}
events.onerror=()=>say('lost')
setInterval(tick,1000);tick()`

/** Nobody may show it inside a page of theirs: a file cannot say that of itself. */
const FRAMED = "frame-ancestors 'none'"

/** What an evidence page may do: show itself. */
export const EVIDENCE_POLICY = `${PAGE_POLICY}; ${FRAMED}`
/** The live page listens to the gateway besides. */
export const LIVE_POLICY = `${EVIDENCE_POLICY}; script-src ${hashOf(SCRIPT)}; connect-src 'self'`

/** The evidence page of a run: while it goes on, it changes as steps pass. */
export function livePage(evidence: EvidenceDocument, language: EvidenceLanguage): string {
  const { say } = evidenceWords(language)
  const isOver = evidence.runs.every(({ run }) => run.state !== 'RUNNING')
  return `${pageHead(evidence, language)}<p id="live" class="note screen" role="status" data-live="${say('live')}" data-lost="${say('lost')}" data-ended="${say('ended')}">${say(isOver ? 'ended' : 'live')}</p>
<main>${liveBody(evidence, language)}</main>
${
  isOver
    ? ''
    : `<script>${SCRIPT}</script>
`
}</body></html>
`
}

/** What changes in it: what has to be done now, then the evidence so far. */
export function liveBody(evidence: EvidenceDocument, language: EvidenceLanguage): string {
  const { say, of } = evidenceWords(language)
  const step = evidence.runs[0]?.run.steps.find(({ state }) => state === 'RUNNING')
  const now =
    step === undefined
      ? ''
      : `<p class="now"><strong>${say('waitsFor')}:</strong> ${step.ordinal}. ${of(step.say)}${
          step.deadline === null
            ? ''
            : ` (<span data-deadline="${step.deadline}"></span> ${say('left')})`
        }</p>\n`
  return `${now}${evidenceBody(evidence, language)}`
}
