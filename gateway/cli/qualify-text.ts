import type { RunDocument, ScenarioDocument, StepDocument } from '../qualification/qualification.ts'
import type { Language } from './command-context.ts'

const MARKS: Readonly<Record<StepDocument['state'], string>> = {
  PASSED: '✓',
  FAILED: '✗',
  NOT_CONCLUSIVE: '?',
  RUNNING: '…',
  WAITING: '·',
  SKIPPED: '–',
}

const WORDS: Readonly<Record<RunDocument['state'], Readonly<Record<Language, string>>>> = {
  PASSED: { en: 'passed', fr: 'réussi' },
  FAILED: { en: 'failed', fr: 'échoué' },
  NOT_CONCLUSIVE: { en: 'not conclusive', fr: 'non concluant' },
  RUNNING: { en: 'under way', fr: 'en cours' },
}

/** `nominal  ✓ passed  4 of 4  1.2 s  run_…`, with what a step that did not pass expected and got. */
export function resultLines(run: RunDocument, language: Language): readonly string[] {
  const { scenario, state, steps, startedAt, endedAt, note, override } = run
  const passed = steps.filter((step) => step.state === 'PASSED').length
  const seconds = ((Date.parse(endedAt ?? startedAt) - Date.parse(startedAt)) / 1_000).toFixed(1)
  const first = steps.find((step) => step.state === 'FAILED' || step.state === 'NOT_CONCLUSIVE')
  const of = { en: 'of', fr: 'sur' }[language]
  return [
    `${scenario.id.padEnd(20)} ${MARKS[state]} ${WORDS[state][language]}  ${passed} ${of} ${steps.length}  ${seconds} s  ${run.id}`,
    ...(first === undefined ? [] : stepFault(first, language)),
    ...(note === null || first !== undefined ? [] : [`    ${note[language]}`]),
    ...(override === null
      ? []
      : [`    → ${WORDS[override.verdict][language]} (${override.by}: ${override.reason})`]),
  ]
}

function stepFault(step: StepDocument, language: Language): string[] {
  const { expected, got } = {
    en: { expected: 'expected', got: 'got' },
    fr: { expected: 'attendu', got: 'obtenu' },
  }[language]
  return [
    `    ${step.ordinal}. ${step.say[language]}`,
    `       ${expected}: ${step.expected[language]}`,
    `       ${got}: ${step.got?.[language] ?? '–'}`,
  ]
}

/** Every step of a run. */
export function runText(run: RunDocument, language: Language): string {
  const steps = run.steps.map((step) => {
    const got = step.got === null ? '' : `  ${step.got[language]}`
    return `  ${MARKS[step.state]} ${step.ordinal}. ${step.say[language]}\n      ${step.expected[language]}${got === '' ? '' : ` →${got}`}`
  })
  return [...resultLines(run, language).slice(0, 1), ...steps].join('\n')
}

/** A scenario, as its page would say it. */
export function scenarioText(scenario: ScenarioDocument, language: Language): string {
  const { id, title, purpose, protocols, needs, references, isAlone } = scenario
  const lines = [
    `${id}: ${title[language]}`,
    purpose[language],
    `${protocols.join(', ')}${isAlone ? { en: ' – alone', fr: ' – seul' }[language] : ''}`,
    ...Object.entries(needs).map(([name, value]) => `${name}: ${value}`),
    ...references,
    ...(scenario.parameters ?? []).map(
      ({ name, value, minimum, maximum, meaning }) =>
        `--input ${name}=${value}  ${meaning[language]}${minimum === undefined ? '' : ` (${minimum}–${maximum ?? '…'})`}`,
    ),
    ...scenario.steps.map((step, index) => `  ${index + 1}. ${step.verb}  ${step.say[language]}`),
  ]
  return lines.join('\n')
}

/** What has to be done now, and how long there is for it. */
export function nowText(step: StepDocument, language: Language): string {
  const left = step.deadline === null ? 0 : Math.max(0, Date.parse(step.deadline) - Date.now())
  const minutes = Math.floor(left / 60_000)
  const seconds = String(Math.floor((left % 60_000) / 1_000)).padStart(2, '0')
  const said = { en: 'left', fr: 'restantes' }[language]
  return `  … ${step.ordinal}. ${step.say[language]} (${minutes}:${seconds} ${said})`
}
