import type { FlowTranscript, SessionTranscript } from '../sessions/flow-transcript.ts'
import type { ReturnTranscripts } from '../sessions/return-transcripts.ts'
import type { Language } from './command-context.ts'

const ARROWS = { in: '→', out: '←', none: ' ' } as const

/**
 * A transcript for a terminal: one line a message, under it its parameters, its bytes and the rules
 * it breaks.
 * @param width characters of a line of bytes
 */
export function transcriptText(
  transcript: SessionTranscript & Partial<Pick<FlowTranscript, 'othersLeftOut'>>,
  language: Language,
  width = 96,
): string {
  const { session, entries, verdicts, othersLeftOut = 0 } = transcript
  const lines = [
    `${session.protocol} ${session.peer} ${session.startedAt} ${session.id}`,
    ...Object.entries(session.fields).map(([name, value]) => `  ${name}: ${value}`),
    '',
  ]
  for (const [at, entry] of entries.entries()) {
    const { direction, layer, name, summary, fields, hex } = entry
    const arrow = ARROWS[direction ?? 'none']
    const said = summary === '' || summary === name ? '' : ` ${shortened(summary, name, fields)}`
    lines.push(`${entry.at.slice(11, 23)} ${arrow} ${layer} ${name}${said}`.trimEnd())
    for (const [field, value] of Object.entries(fields)) {
      if (!field.startsWith('verdict ')) lines.push(`${INDENT}${field}: ${value}`)
    }
    if (hex !== null) lines.push(...wrapped(hex, width).map((piece) => `${INDENT}${piece}`))
    for (const { text } of verdicts.filter((verdict) => verdict.entry === at)) {
      lines.push(`${INDENT}! ${text}`)
    }
  }
  lines.push('', tellVerdicts(verdicts.length, language))
  if (othersLeftOut > 0) lines.push(tellOthers(othersLeftOut, language))
  return printable(lines.join('\n'))
}

/** Those of a return flow, attempt by attempt. */
export function returnTranscriptsText(
  name: string,
  { attempts, without }: ReturnTranscripts,
  language: Language,
): string {
  const told = attempts.map((transcript) => {
    const title = `${name}, ${language === 'fr' ? 'tentative' : 'attempt'} ${transcript.attempt}`
    return `${printable(title)}\n\n${transcriptText(transcript, language)}\n`
  })
  if (without.length > 0) {
    const which = without.join(', ')
    told.push(
      language === 'fr'
        ? `${printable(name)} : pas de transcription des tentatives ${which}.\n`
        : `${printable(name)}: no transcript of attempts ${which}.\n`,
    )
  }
  return told.join('\n')
}

const INDENT = ' '.repeat(15)

/** Where the parameters follow line by line, they are not told twice. */
function shortened(
  summary: string,
  name: string,
  fields: FlowTranscript['entries'][number]['fields'],
): string {
  const isTold = Object.values(fields).every((value) => summary.includes(String(value)))
  if (Object.keys(fields).length > 0 && isTold && summary.startsWith(`${name} `)) return ''
  return summary
}

function wrapped(text: string, width: number): readonly string[] {
  return text.match(new RegExp(`.{1,${width}}`, 'gs')) ?? []
}

function tellVerdicts(count: number, language: Language): string {
  if (language === 'fr') {
    return count === 0 ? 'Aucune règle du protocole enfreinte.' : `${count} règle(s) enfreinte(s).`
  }
  return count === 0 ? 'No rule of the protocol was broken.' : `Rules broken: ${count}.`
}

function tellOthers(count: number, language: Language): string {
  return language === 'fr'
    ? `${count} ligne(s) d’autres flux de la session omise(s).`
    : `Lines of other flows of the session left out: ${count}.`
}

/** A partner chose some of these characters: none of them may act on a terminal. */
function printable(text: string): string {
  return text.replace(/[^\n\x20-\x7e\xa1-\u{10ffff}]/gu, '·')
}
