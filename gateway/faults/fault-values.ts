import type { BilingualText } from '../flow.ts'
import type { FaultParameter, FaultRow, FaultValues } from './fault-table.ts'

/** What a fault is given, checked against its row; what is not given has its default. */
export function faultValues(
  row: FaultRow,
  given: Readonly<Record<string, unknown>>,
): { readonly values: FaultValues } | { readonly field: string; readonly message: BilingualText } {
  const names = Object.keys(row.parameters)
  const stranger = Object.keys(given).find((name) => !names.includes(name))
  if (stranger !== undefined) {
    const known = names.length === 0 ? '–' : names.join(', ')
    return {
      field: `values.${stranger}`,
      message: {
        en: `This fault has no such value; it has: ${known}`,
        fr: `Cette panne n’a pas cette valeur ; elle a : ${known}`,
      },
    }
  }
  const values: Record<string, number | string> = {}
  for (const [name, parameter] of Object.entries(row.parameters)) {
    const value = valueOf(parameter, given[name] ?? parameter.default)
    if (value === undefined) return { field: `values.${name}`, message: wanted(parameter) }
    values[name] = value
  }
  return { values }
}

function valueOf(parameter: FaultParameter, given: unknown): number | string | undefined {
  switch (parameter.kind) {
    case 'number': {
      const value = Number(given)
      const isGood =
        Number.isSafeInteger(value) && value >= parameter.minimum && value <= parameter.maximum
      return isGood ? value : undefined
    }
    case 'choice':
      return parameter.choices.find((choice) => choice === String(given))
    case 'text': {
      const text = String(given)
      return text.length > 0 && text.length <= parameter.maxCharacters ? text : undefined
    }
  }
}

function wanted(parameter: FaultParameter): BilingualText {
  switch (parameter.kind) {
    case 'number':
      return {
        en: `a whole number from ${parameter.minimum} to ${parameter.maximum} (${parameter.unit})`,
        fr: `un entier de ${parameter.minimum} à ${parameter.maximum} (${parameter.unit})`,
      }
    case 'choice':
      return {
        en: `one of: ${parameter.choices.join(' | ')}`,
        fr: `l’un de : ${parameter.choices.join(' | ')}`,
      }
    case 'text':
      return {
        en: `a text of 1 to ${parameter.maxCharacters} characters`,
        fr: `un texte de 1 à ${parameter.maxCharacters} caractères`,
      }
  }
}
