import type { SQLInputValue } from 'node:sqlite'
import { GatewayError } from '../../errors.ts'

/**
 * Values as SQLite stores them: booleans are 0 or 1. A forgotten value (`undefined`) and anything
 * that has no column type of ours is refused here, where the caller is still on the stack.
 * @throws GatewayError INTERNAL naming the position
 */
export function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  return parameters.map((value, position) => {
    switch (typeof value) {
      case 'string':
      case 'bigint':
        return value
      case 'boolean':
        return value ? 1 : 0
      case 'number':
        if (Number.isFinite(value)) return value
        break
      case 'object':
        if (value === null || value instanceof Uint8Array) return value
        break
      default:
        break
    }
    throw new GatewayError(
      'INTERNAL',
      `The journal stores no ${typeof value} (value ${position + 1} of a statement)`,
    )
  })
}
