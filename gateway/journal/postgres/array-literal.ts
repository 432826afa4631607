import type { Bindable } from './bindable.ts'

const TO_ESCAPE = /["\\]/
const ALL_TO_ESCAPE = /["\\]/g

/**
 * A column of values as PostgreSQL reads an array: `{"a",NULL,"b \" c"}`. The driver would write it,
 * too, with two replacements for each value: for thousands of rows a second that is much of its work.
 */
export function arrayLiteral(values: readonly Bindable[]): string {
  return `{${values.map(element).join(',')}}`
}

function element(value: Bindable): string {
  if (value === null) return 'NULL'
  if (typeof value === 'number') return String(value)
  const text = String(value)
  return TO_ESCAPE.test(text) ? `"${text.replace(ALL_TO_ESCAPE, '\\$&')}"` : `"${text}"`
}
