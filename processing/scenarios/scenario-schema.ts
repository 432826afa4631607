import { z } from 'zod'
import type { BilingualText } from '../../gateway/flow.ts'
import type {
  ScenarioDocument,
  ScenarioParameter,
  ScenarioStep,
  StepValues,
} from '../../gateway/qualification/qualification.ts'
import { STEP_VERBS, stepSeconds } from './scenario-values.ts'
import type { StepKindRow } from './step-kind-row.ts'
import { findStepKind, STEP_KINDS } from './step-kinds.ts'
import { valueFault } from './step-parameter.ts'

/** How a scenario is written; docs/scenarios.md explains it to who writes one. */

/** Every text stands in each answer about a run, and in its evidence. */
const MAX_TITLE_CHARACTERS = 200
const MAX_TEXT_CHARACTERS = 2_000
const MAX_VALUE_CHARACTERS = 400

const bilingual = (max: number) =>
  z.strictObject({ en: z.string().min(1).max(max), fr: z.string().min(1).max(max) })
const text = bilingual(MAX_TEXT_CHARACTERS)
const scalar = z.union([z.string().max(MAX_VALUE_CHARACTERS), z.number()])
const NAME = /^[a-z][a-zA-Z0-9]{0,30}$/

const stepSchema = z.strictObject({
  expect: z.string().exactOptional(),
  do: z.string().exactOptional(),
  check: z.string().exactOptional(),
  confirm: z.string().exactOptional(),
  within: z
    .string()
    .regex(/^\d{1,6}[smhd]$/)
    .exactOptional(),
  with: z.record(z.string(), scalar).default({}),
  say: text.exactOptional(),
})

const MAX_STEPS = 60
const MAX_PARAMETERS = 20

const scenarioSchema = z.strictObject({
  id: z.string().regex(/^[a-z][a-z0-9-]{1,40}$/),
  title: bilingual(MAX_TITLE_CHARACTERS),
  purpose: text,
  protocols: z
    .array(z.enum(['sftp', 'as2', 'pesit']))
    .min(1)
    .max(3),
  needs: z
    .strictObject({
      mode: z.enum(['PARTIAL', 'COMPLETE']).exactOptional(),
      unknownRecipients: z.literal('refuse').exactOptional(),
      code: z.string().max(20).exactOptional(),
      asyncMdn: z.literal('honour').exactOptional(),
    })
    .default({}),
  alone: z.boolean().default(false),
  references: z.array(z.string().max(100)).max(50).default([]),
  parameters: z
    .record(
      z.string().regex(NAME),
      z.strictObject({
        default: scalar,
        minimum: z.number().exactOptional(),
        maximum: z.number().exactOptional(),
        meaning: bilingual(MAX_TITLE_CHARACTERS),
      }),
    )
    .default({})
    .refine((all) => Object.keys(all).length <= MAX_PARAMETERS),
  steps: z.array(stepSchema).min(1).max(MAX_STEPS),
})

/** What is wrong with a scenario, and where in it. */
export interface ScenarioFault {
  readonly path: readonly (string | number)[]
  readonly message: BilingualText
}

export type CheckedScenario =
  | { readonly scenario: ScenarioDocument }
  | { readonly faults: readonly [ScenarioFault, ...ScenarioFault[]] }

const EN = z.locales.en().localeError
const FR = z.locales.fr().localeError

/** Reads a scenario out of what YAML or JSON says, or tells all that is wrong with it. */
export function checkScenario(value: unknown): CheckedScenario {
  const parsed = scenarioSchema.safeParse(value, { error: EN })
  if (!parsed.success) {
    const french = scenarioSchema.safeParse(value, { error: FR }).error?.issues ?? []
    return faulty(parsed.error.issues.map((issue, at) => schemaFault(issue, french[at] ?? issue)))
  }
  const { alone, steps, parameters: given, ...rest } = parsed.data
  const parameters = Object.entries(given).map(([name, row]): ScenarioParameter => {
    return { name, ...row, value: row.default }
  })
  const faults: ScenarioFault[] = parameters.flatMap((parameter) => parameterFaults(parameter))
  const read = steps.map((step, index) =>
    readStep(step, parameters, (path, en, fr) => {
      faults.push({ path: ['steps', index, ...path], message: { en, fr } })
    }),
  )
  const scenario: ScenarioDocument = {
    ...rest,
    isAlone: alone,
    ...(parameters.length === 0 ? {} : { parameters }),
    steps: read.filter((step) => step !== undefined),
  }
  if (faults.length === 0) faults.push(...orderFaults(scenario))
  return faults.length === 0 ? { scenario } : faulty(faults)
}

const faulty = (faults: readonly ScenarioFault[]): CheckedScenario => ({
  // One there is: who calls has seen it.
  faults: faults as readonly [ScenarioFault, ...ScenarioFault[]],
})

/** Words for what a pattern would only spell out. */
const SAID: Readonly<Record<string, BilingualText>> = {
  within: { en: 'write it as 30s, 10m, 2h or 1d', fr: 'à écrire 30s, 10m, 2h ou 1d' },
  id: {
    en: 'small letters, digits and hyphens, a letter first',
    fr: 'des minuscules, chiffres et traits d’union, une lettre d’abord',
  },
}

function schemaFault(issue: z.core.$ZodIssue, french: z.core.$ZodIssue): ScenarioFault {
  const unknown = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, 1) : []
  const path = [...issue.path, ...unknown].map((one) =>
    typeof one === 'number' ? one : String(one),
  )
  const said = issue.code === 'invalid_format' ? SAID[String(path.at(-1))] : undefined
  return { path, message: said ?? { en: issue.message, fr: french.message } }
}

function parameterFaults({ name, default: byDefault, minimum, maximum }: ScenarioParameter) {
  const isIn =
    typeof byDefault === 'string' ||
    (byDefault >= (minimum ?? byDefault) && byDefault <= (maximum ?? byDefault))
  if (isIn) return []
  const message = {
    en: 'its default is outside its range',
    fr: 'sa valeur par défaut est hors de ses bornes',
  }
  return [{ path: ['parameters', name, 'default'], message }]
}

type Tell = (path: readonly (string | number)[], en: string, fr: string) => void

function readStep(
  step: z.output<typeof stepSchema>,
  parameters: readonly ScenarioParameter[],
  tell: Tell,
): ScenarioStep | undefined {
  const verbs = STEP_VERBS.filter((verb) => step[verb] !== undefined)
  const [verb] = verbs
  if (verb === undefined || verbs.length > 1) {
    const [all, tous] = ['expect, do, check, confirm', 'expect, do, check, confirm']
    tell([], `it has to be one of ${all}`, `il faut un seul verbe parmi ${tous}`)
    return undefined
  }
  const kind = step[verb] ?? ''
  const row = findStepKind(kind)
  if (row === undefined) {
    const known = Object.entries<StepKindRow>(STEP_KINDS).filter((entry) => entry[1].verb === verb)
    const names = known.map(([name]) => name).join(', ')
    tell(
      [verb],
      `there is no step "${kind}" (there are: ${names})`,
      `l’étape « ${kind} » n’existe pas (il y a : ${names})`,
    )
    return undefined
  }
  if (row.verb !== verb) {
    const [en, fr] = [`"${kind}" is a step to ${row.verb}`, `« ${kind} » est une étape ${row.verb}`]
    tell([verb], `${en}, not ${verb}`, `${fr}, non ${verb}`)
    return undefined
  }
  const { values, inputs } = readValues(row, step.with, parameters, tell)
  return {
    verb,
    kind,
    values,
    ...(Object.keys(inputs).length === 0 ? {} : { inputs }),
    withinSeconds: step.within === undefined ? row.withinSeconds : stepSeconds(step.within),
    say: step.say ?? row.say(values),
  }
}

/** `$name` stands for the value of that parameter. */
function readValues(
  row: StepKindRow,
  given: StepValues,
  parameters: readonly ScenarioParameter[],
  tell: Tell,
): { readonly values: StepValues; readonly inputs: Readonly<Record<string, string>> } {
  for (const name of Object.keys(given)) {
    if (Object.hasOwn(row.parameters, name)) continue
    const known = Object.keys(row.parameters).join(', ')
    tell(
      ['with', name],
      `it has no parameter "${name}" (it has: ${known || 'none'})`,
      `pas de paramètre « ${name} » (il y a : ${known || 'aucun'})`,
    )
  }
  const inputs: Record<string, string> = {}
  const values = Object.entries(row.parameters).map(([name, parameter]) => {
    let value = given[name] ?? parameter.default
    if (typeof value === 'string' && value.startsWith('$')) {
      const input = parameters.find((one) => one.name === String(value).slice(1))
      if (input === undefined) {
        tell(
          ['with', name],
          `the scenario has no parameter "${value.slice(1)}"`,
          `le scénario n’a pas de paramètre « ${value.slice(1)} »`,
        )
        return [name, parameter.default] as const
      }
      inputs[name] = input.name
      value = input.value
    }
    const fault = valueFault(parameter, value)
    if (fault !== undefined) {
      tell(['with', name], `${name} ${fault.en}`, `${name} ${fault.fr}`)
      return [name, parameter.default] as const
    }
    return [name, parameter.kind === 'number' ? Number(value) : String(value)] as const
  })
  return { values: Object.fromEntries(values), inputs }
}

/** Steps that could never pass, and what harms others. */
function orderFaults({ steps, isAlone }: ScenarioDocument): ScenarioFault[] {
  const met = new Set<unknown>()
  return steps.flatMap(({ kind, values }, index): ScenarioFault[] => {
    const faults: ScenarioFault[] = []
    if (!isAlone && findStepKind(kind)?.isAlone === true) {
      faults.push({
        path: ['steps', index],
        message: {
          en: `"${kind}" concerns every partner: the scenario wants alone: true`,
          fr: `« ${kind} » concerne tous les partenaires : le scénario doit avoir alone: true`,
        },
      })
    }
    for (const name of ['flow', 'reportOf'].filter((one) => one in values)) {
      if (kind === 'refused' || met.has(values[name])) continue
      faults.push({
        path: ['steps', index, 'with', name],
        message: {
          en: `no step before meets a flow "${values[name]}"`,
          fr: `aucune étape avant ne rencontre un flux « ${values[name]} »`,
        },
      })
    }
    if ('as' in values) met.add(values['as'])
    return faults
  })
}
