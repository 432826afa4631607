import { types, type CustomTypesConfig } from 'pg'
import { GatewayError } from '../../errors.ts'

/**
 * Values as SQLite gives them too: every number a number, a truth 0 or 1. Counts and sums come as
 * 64 bits and `numeric`.
 * @throws GatewayError INTERNAL for an integer that no number holds exactly
 */
export const RESULT_TYPES: CustomTypesConfig = {
  getTypeParser: (oid, format) => {
    switch (oid) {
      case types.builtins.INT8:
      case types.builtins.NUMERIC:
        return asNumber
      case types.builtins.BOOL:
        return (text: string) => (text === 't' ? 1 : 0)
      default:
        return types.getTypeParser(oid, format) as (text: string) => unknown
    }
  },
}

function asNumber(text: string): number {
  const value = Number(text)
  if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    throw new GatewayError('INTERNAL', `The journal holds ${text}, too large for a number`)
  }
  return value
}
