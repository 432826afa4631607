import { EVIDENCE_TEXTS, type EvidenceLanguage } from './evidence-texts.ts'
import { html } from './html-text.ts'
import type { RunState } from './qualification.ts'

const COLOURS: Readonly<Record<RunState, string>> = {
  PASSED: '#0b6b3a',
  FAILED: '#a3142a',
  NOT_CONCLUSIVE: '#7a4b00',
  RUNNING: '#3b4a63',
}
const CHARACTER_PIXELS = 7
const MARGIN_PIXELS = 12

/** A small picture of a result, to be shown elsewhere. */
export function resultBadge(scenario: string, state: RunState, language: EvidenceLanguage): string {
  const word = EVIDENCE_TEXTS[state][language]
  const left = scenario.length * CHARACTER_PIXELS + MARGIN_PIXELS
  const right = word.length * CHARACTER_PIXELS + MARGIN_PIXELS
  const text = (x: number, value: string): string =>
    `<text x="${x}" y="14" fill="#fff" text-anchor="middle" font-family="Verdana,sans-serif" font-size="11">${html(value)}</text>`
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${left + right}" height="20" role="img" aria-label="${html(`${scenario}: ${word}`)}"><rect width="${left}" height="20" fill="#333a45"/><rect x="${left}" width="${right}" height="20" fill="${COLOURS[state]}"/>${text(left / 2, scenario)}${text(left + right / 2, word)}</svg>`
}
