import type { BilingualText } from '../flow.ts'
import { EVIDENCE_TEXTS, type EvidenceLanguage, type EvidenceText } from './evidence-texts.ts'
import { html } from './html-text.ts'

/** What a page is written with, in its language. */
export interface EvidenceWords {
  readonly language: EvidenceLanguage
  /** As it may stand in a page. */
  readonly say: (key: EvidenceText) => string
  /** One of the two, as it may stand in a page. */
  readonly of: (text: BilingualText | null) => string
  /** A result: mark and word, coloured. */
  readonly result: (name: string | null) => string
  readonly heads: (...keys: readonly EvidenceText[]) => string
}

const MARKS: Readonly<Record<string, string>> = {
  PASSED: '✓',
  FAILED: '✗',
  NOT_CONCLUSIVE: '?',
  NOT_RUN: '–',
  RUNNING: '⏳',
  WAITING: '·',
  SKIPPED: '–',
}

export function evidenceWords(language: EvidenceLanguage): EvidenceWords {
  const say = (key: EvidenceText): string => html(EVIDENCE_TEXTS[key][language])
  return {
    language,
    say,
    of: (text) => html(text?.[language] ?? ''),
    result(name) {
      const key = name === null || !(name in EVIDENCE_TEXTS) ? 'WAITING' : (name as EvidenceText)
      return `<span class="${key}">${MARKS[key] ?? ''} ${say(key)}</span>`
    },
    heads: (...keys) => keys.map((key) => `<th scope="col">${say(key)}</th>`).join(''),
  }
}

/** A table of rows of cells, which are written for a page already. */
export function tableOf(heads: string, rows: readonly (readonly string[])[]): string {
  const body = rows.map((cells) => `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`)
  return `<table><thead><tr>${heads}</tr></thead><tbody>\n${body.join('\n')}\n</tbody></table>`
}

/** A table of names and values. */
export function factsOf(rows: readonly (readonly [name: string, value: string])[]): string {
  const body = rows.map(([name, value]) => `<tr><th scope="row">${name}</th><td>${value}</td></tr>`)
  return `<table><tbody>\n${body.join('\n')}\n</tbody></table>`
}

export function pairs(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(' ')
}

/** Seconds between two moments; empty while one is to come. */
export function secondsBetween(from: string | null, to: string | null): string {
  return from === null || to === null
    ? ''
    : ((Date.parse(to) - Date.parse(from)) / 1_000).toFixed(1)
}
