import { isNode, LineCounter, parseDocument } from 'yaml'
import type { ScenarioDocument } from '../../gateway/qualification/qualification.ts'
import { checkScenario, type ScenarioFault } from './scenario-schema.ts'

/** A fault with its place in the text, counted from 1. */
export interface PlacedFault extends ScenarioFault {
  readonly line: number
}

export type CheckedText =
  | { readonly scenario: ScenarioDocument; readonly value: unknown }
  | { readonly faults: readonly PlacedFault[] }

/** Of an own file: more is no scenario. */
const MAX_CHARACTERS = 64 * 1024
const MAX_ALIASES = 16

/** Reads a scenario as it is written, in YAML; all that is wrong is told with its line. */
export function checkScenarioText(text: string): CheckedText {
  if (text.length > MAX_CHARACTERS) {
    const message = {
      en: `longer than ${MAX_CHARACTERS} characters`,
      fr: `plus de ${MAX_CHARACTERS} caractères`,
    }
    return { faults: [{ path: [], line: 1, message }] }
  }
  const lines = new LineCounter()
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const broken = [...document.errors, ...document.warnings]
  if (broken.length > 0) {
    return {
      faults: broken.map(({ message, pos }) => ({
        path: [],
        line: lines.linePos(pos[0]).line,
        message: { en: `not YAML: ${message}`, fr: `ce n’est pas du YAML : ${message}` },
      })),
    }
  }
  let value: unknown
  try {
    value = document.toJS({ maxAliasCount: MAX_ALIASES })
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { faults: [{ path: [], line: 1, message: { en: why, fr: why } }] }
  }
  const checked = checkScenario(value)
  if ('scenario' in checked) return { ...checked, value }
  /** Of the nearest that is there: what is missing has no line of its own. */
  const lineOf = (path: ScenarioFault['path']): number => {
    for (let length = path.length; length >= 0; length -= 1) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true)
      const start = isNode(node) ? node.range?.[0] : undefined
      if (start !== undefined) return lines.linePos(start).line
    }
    return 1
  }
  return { faults: checked.faults.map((fault) => ({ ...fault, line: lineOf(fault.path) })) }
}

/**
 * Reads a scenario that is to be right.
 * @param name of the file, for the message
 * @throws Error that names the first fault with its line
 */
export function readScenario(text: string, name: string): ScenarioDocument {
  const checked = checkScenarioText(text)
  if ('scenario' in checked) return checked.scenario
  const [fault] = checked.faults
  throw new Error(
    `${name}, line ${fault?.line} (${fault?.path.join('.') || 'the document'}): ${fault?.message.en}`,
  )
}
