import type {
  ScenarioDocument,
  ScenarioParameter,
  StepValues,
} from '../../gateway/qualification/qualification.ts'
import type { ScenarioFault } from './scenario-schema.ts'
import { findStepKind } from './step-kinds.ts'
import { valueFault } from './step-parameter.ts'

export type BoundScenario =
  | { readonly scenario: ScenarioDocument }
  | { readonly faults: readonly ScenarioFault[] }

/** A scenario with the values that a run gives to its parameters; those not given keep their own. */
export function bindScenario(scenario: ScenarioDocument, given: StepValues): BoundScenario {
  const { parameters = [], steps } = scenario
  const faults: ScenarioFault[] = Object.keys(given).flatMap((name) => {
    if (parameters.some((one) => one.name === name)) return []
    const known = parameters.map((one) => one.name).join(', ')
    const en = `${scenario.id} has no parameter "${name}" (it has: ${known || 'none'})`
    const fr = `${scenario.id} n’a pas de paramètre « ${name} » (il a : ${known || 'aucun'})`
    return [{ path: ['inputs', name], message: { en, fr } }]
  })
  const bound = parameters.map((parameter) => {
    if (!Object.hasOwn(given, parameter.name)) return parameter
    const value = given[parameter.name]
    const read = typeof parameter.default === 'number' ? Number(value) : String(value)
    if (!isIn(parameter, read)) {
      const range = `${parameter.minimum ?? '…'}–${parameter.maximum ?? '…'}`
      const en = `${parameter.name} is a number in ${range}`
      const fr = `${parameter.name} est un nombre dans ${range}`
      faults.push({ path: ['inputs', parameter.name], message: { en, fr } })
    }
    return { ...parameter, value: read }
  })
  const boundSteps = steps.map((step) => {
    const row = findStepKind(step.kind)
    if (step.inputs === undefined || row === undefined) return step
    const values = { ...step.values }
    for (const [name, input] of Object.entries(step.inputs)) {
      const value = bound.find((one) => one.name === input)?.value
      const parameter = row.parameters[name]
      if (value === undefined || parameter === undefined) continue
      const fault = valueFault(parameter, value)
      if (fault === undefined) values[name] = value
      else if (faults.length === 0) {
        const message = { en: `${input} ${fault.en}`, fr: `${input} ${fault.fr}` }
        faults.push({ path: ['inputs', input], message })
      }
    }
    // Own words stay; those of the table say the new values.
    const isOwn = step.say.en !== row.say(step.values).en
    return { ...step, values, say: isOwn ? step.say : row.say(values) }
  })
  if (faults.length > 0) return { faults }
  return {
    scenario:
      parameters.length === 0 ? scenario : { ...scenario, parameters: bound, steps: boundSteps },
  }
}

function isIn({ minimum, maximum }: ScenarioParameter, value: string | number): boolean {
  if (typeof value === 'string') return true
  return Number.isFinite(value) && value >= (minimum ?? value) && value <= (maximum ?? value)
}
