import { GatewayError } from '../../errors.ts'

/** A value as it goes to the server; an array is one parameter of a bulk insert. */
export type Bindable = string | number | null | Uint8Array | readonly Bindable[]

/** No text of this engine holds the character of number 0; what a peer sends may. */
const NUL = '\0'
const REPLACEMENT = '\ufffd'

/**
 * Values as PostgreSQL takes them: booleans are 0 or 1, as in SQLite. A forgotten value
 * (`undefined`) and anything that has no column type of ours is refused here, where the caller is
 * still on the stack.
 * @throws GatewayError INTERNAL naming the position
 */
export function bindable(parameters: readonly unknown[]): Bindable[] {
  return parameters.map((value, position) => {
    const bound = bindOne(value)
    if (bound === undefined) {
      throw new GatewayError(
        'INTERNAL',
        `The journal stores no ${typeof value} (value ${position + 1} of a statement)`,
      )
    }
    return bound
  })
}

function bindOne(value: unknown): Bindable | undefined {
  switch (typeof value) {
    case 'string':
      return value.includes(NUL) ? value.replaceAll(NUL, REPLACEMENT) : value
    case 'bigint':
      return value.toString()
    case 'boolean':
      return value ? 1 : 0
    case 'number':
      return Number.isFinite(value) ? value : undefined
    case 'object':
      if (value === null || value instanceof Uint8Array) return value
      return Array.isArray(value) ? bindable(value) : undefined
    default:
      return undefined
  }
}
