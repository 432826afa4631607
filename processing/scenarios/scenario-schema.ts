import { parse } from 'yaml'
import { z } from 'zod'
import type {
  ScenarioDocument,
  ScenarioStep,
  StepValues,
} from '../../gateway/qualification/qualification.ts'
import { STEP_VERBS, stepSeconds } from './scenario-values.ts'
import { findStepKind, type StepKindRow } from './step-kinds.ts'

/** How a scenario is written in YAML; docs/scenarios.md explains it to who writes one. */

const bilingual = z.strictObject({ en: z.string().min(1), fr: z.string().min(1) })

const stepSchema = z.strictObject({
  expect: z.string().exactOptional(),
  do: z.string().exactOptional(),
  check: z.string().exactOptional(),
  confirm: z.string().exactOptional(),
  within: z
    .string()
    .regex(/^\d{1,6}[smhd]$/, 'write it as 30s, 10m, 2h or 1d')
    .exactOptional(),
  with: z.record(z.string(), z.union([z.string(), z.number()])).default({}),
  say: bilingual.exactOptional(),
})

const MAX_STEPS = 60

const scenarioSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  title: bilingual,
  purpose: bilingual,
  protocols: z.array(z.enum(['sftp', 'as2', 'pesit'])).min(1),
  needs: z
    .strictObject({
      mode: z.enum(['PARTIAL', 'COMPLETE']).exactOptional(),
      unknownRecipients: z.literal('refuse').exactOptional(),
      code: z.string().max(20).exactOptional(),
    })
    .default({}),
  alone: z.boolean().default(false),
  references: z.array(z.string().max(100)).default([]),
  steps: z.array(stepSchema).min(1).max(MAX_STEPS),
})

/**
 * Reads a scenario.
 * @param name of the file, for messages
 * @throws Error that names the place and what is wrong there
 */
export function readScenario(text: string, name: string): ScenarioDocument {
  const parsed = scenarioSchema.safeParse(parse(text))
  if (!parsed.success) {
    const [issue] = parsed.error.issues
    throw new Error(`${name}, ${issue?.path.join('.') || 'the document'}: ${issue?.message}`)
  }
  const { alone, steps, ...rest } = parsed.data
  return {
    ...rest,
    isAlone: alone,
    steps: steps.map((step, index) => readStep(step, `${name}, step ${index + 1}`)),
  }
}

function readStep(step: z.output<typeof stepSchema>, place: string): ScenarioStep {
  const verbs = STEP_VERBS.filter((verb) => step[verb] !== undefined)
  const [verb] = verbs
  if (verb === undefined || verbs.length > 1) {
    throw new Error(`${place} has to be one of expect, do, check and confirm.`)
  }
  const kind = step[verb] ?? ''
  const row = findStepKind(kind)
  if (row === undefined) throw new Error(`${place}: there is no step "${kind}".`)
  if (row.verb !== verb)
    throw new Error(`${place}: "${kind}" is a step to ${row.verb}, not ${verb}.`)
  const values = readValues(row, step.with, place)
  return {
    verb,
    kind,
    values,
    withinSeconds: step.within === undefined ? row.withinSeconds : stepSeconds(step.within),
    say: step.say ?? row.say(values),
  }
}

function readValues(row: StepKindRow, given: StepValues, place: string): StepValues {
  for (const name of Object.keys(given)) {
    if (!Object.hasOwn(row.parameters, name)) {
      const known = Object.keys(row.parameters).join(', ') || 'none'
      throw new Error(`${place}: it has no parameter "${name}" (it has: ${known}).`)
    }
  }
  return Object.fromEntries(
    Object.entries(row.parameters).map(([name, parameter]) => {
      const value = given[name] ?? parameter.default
      const fault = valueFault(parameter, value)
      if (fault !== undefined) throw new Error(`${place}: ${name} ${fault}.`)
      return [name, parameter.kind === 'number' ? Number(value) : String(value)]
    }),
  )
}

function valueFault(
  parameter: StepKindRow['parameters'][string],
  value: string | number,
): string | undefined {
  switch (parameter.kind) {
    case 'number': {
      const { minimum, maximum } = parameter
      const isIn = typeof value === 'number' && value >= minimum && value <= maximum
      return isIn ? undefined : `is a number from ${minimum} to ${maximum}`
    }
    case 'choice':
      return parameter.choices.includes(String(value))
        ? undefined
        : `is one of ${parameter.choices.join(', ')}`
    case 'text':
      return String(value).length <= parameter.maxCharacters ? undefined : 'is too long'
  }
}
