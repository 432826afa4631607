import type { BilingualText } from '../../gateway/flow.ts'

/** A value that a step is given with `with:`. */
export type StepParameter = { readonly meaning: BilingualText } & (
  | {
      readonly kind: 'number'
      readonly default: number
      readonly minimum: number
      readonly maximum: number
    }
  | { readonly kind: 'choice'; readonly default: string; readonly choices: readonly string[] }
  | {
      readonly kind: 'text'
      readonly default: string
      readonly maxCharacters: number
      /** Nothing else may stand in it. */
      readonly isName?: true
    }
)

export const number = (
  byDefault: number,
  minimum: number,
  maximum: number,
  en: string,
  fr: string,
): StepParameter => ({ kind: 'number', default: byDefault, minimum, maximum, meaning: { en, fr } })

export const choice = (
  choices: readonly [string, ...string[]],
  en: string,
  fr: string,
): StepParameter => ({ kind: 'choice', default: choices[0], choices, meaning: { en, fr } })

export const text = (byDefault: string, en: string, fr: string): StepParameter => ({
  kind: 'text',
  default: byDefault,
  maxCharacters: 400,
  meaning: { en, fr },
})

/** A name is part of the lines that a tester is told to paste into a shell. */
const NAME = /^[A-Za-z0-9][\w-]*$/

/** The name that a flow has in the scenario. */
export const flowName = (
  en = 'Which flow of this run.',
  fr = 'Quel flux de ce déroulement.',
): StepParameter => ({
  kind: 'text',
  default: 'flow',
  maxCharacters: 40,
  isName: true,
  meaning: { en, fr },
})

/** Why a step cannot be given that value; undefined: it can. */
export function valueFault(
  parameter: StepParameter,
  value: string | number,
): BilingualText | undefined {
  switch (parameter.kind) {
    case 'number': {
      const { minimum, maximum } = parameter
      const isIn = typeof value === 'number' && value >= minimum && value <= maximum
      return isIn
        ? undefined
        : {
            en: `is a number from ${minimum} to ${maximum}`,
            fr: `est un nombre de ${minimum} à ${maximum}`,
          }
    }
    case 'choice': {
      const list = parameter.choices.join(', ')
      const isOne = parameter.choices.includes(String(value))
      return isOne ? undefined : { en: `is one of ${list}`, fr: `est une valeur parmi ${list}` }
    }
    case 'text':
      if (parameter.isName === true && !NAME.test(String(value))) {
        return {
          en: 'is letters, digits, - and _, a letter or digit first',
          fr: 'est fait de lettres, chiffres, - et _, une lettre ou un chiffre d’abord',
        }
      }
      return String(value).length <= parameter.maxCharacters
        ? undefined
        : { en: 'is too long', fr: 'est trop long' }
  }
}
