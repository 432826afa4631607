import { FLOW_STATES, type FlowState } from '../flow-states.ts'
import type { RunFile } from '../run-file.ts'
import type { Language } from './command-context.ts'
import type { DemoResult } from './demo-run.ts'
import { PROTOCOL_NAMES } from './protocol-names.ts'
import { formatMilliseconds, formatTable } from './terminal.ts'

const HEADERS: Readonly<Record<Language, readonly string[]>> = {
  en: ['', 'what is sent', 'over', 'code', 'mode', 'invoices', 'verdict', 'report', 'time'],
  fr: [
    '',
    'ce qui est envoyé',
    'par',
    'code',
    'mode',
    'factures',
    'verdict',
    'compte rendu',
    'durée',
  ],
}
const WORDS: Readonly<
  Record<Language, { refused: string; received: string; none: string; of: string; on: string }>
> = {
  en: { refused: 'refused', received: 'received', none: '–', of: 'of', on: 'on:' },
  fr: { refused: 'refusé', received: 'reçu', none: '–', of: 'sur', on: 'sur :' },
}

/** What all of it ran on, as the run file names it. */
export type DemoEngines = Pick<RunFile, 'journal' | 'queue' | 'payloads'>

/**
 * What came of each case, one line each, and what was expected where it differs; then what it all
 * ran on.
 */
export function demoTable(
  results: readonly DemoResult[],
  engines: DemoEngines,
  language: Language,
): string {
  const words = WORDS[language]
  const rows = results.map(({ demoCase, document, isAsExpected }) => {
    const { invoices, state, refusal } = document
    return [
      isAsExpected ? '✓' : '✗',
      demoCase.title[language],
      PROTOCOL_NAMES[document.protocol],
      document.interfaceCode,
      document.mode === 'NONE' ? words.none : document.mode.toLowerCase(),
      state === null ? words.none : `${invoices.integrated} ${words.of} ${invoices.total}`,
      state === null
        ? `${words.refused}: ${refusal?.code ?? '?'}`
        : FLOW_STATES[state as FlowState].label[language],
      document.returns.some((back) => back.retrieved) ? words.received : words.none,
      formatMilliseconds(document.milliseconds),
    ]
  })
  const surprises = results
    .filter((result) => !result.isAsExpected)
    .map(
      ({ demoCase, document }) =>
        `✗ ${demoCase.title[language]}: expected ${document.expectedState ?? document.expectedRefusal}, got ${document.state ?? document.refusal?.code}`,
    )
  const { journal, queue, payloads } = engines
  const ground = `${words.on} journal ${journal}, queue ${queue}, payloads ${payloads}`
  return [formatTable(HEADERS[language], rows), ...surprises, ground].join('\n')
}
