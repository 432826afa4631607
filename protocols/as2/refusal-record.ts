import type { RefusalCode, RefusalId } from '../../gateway/flow.ts'
import type { ExchangeStart } from './message-exchange.ts'

/**
 * Writes a refusal down for operators: under names that nobody has, that is the reason, whatever
 * else is wrong with the message.
 */
export function recordRefusal(
  { record, connection, stranger, request }: ExchangeStart,
  code: RefusalCode,
  reason: string,
  more: { readonly offered?: string; readonly wanted?: string } = {},
): RefusalId {
  if (stranger === undefined) return record.refused(code, reason, { connection, ...more })
  const { nearest } = stranger
  return record.refused('CREDENTIAL_REFUSED', stranger.reason, {
    offered: `AS2-From ${request.from[0]!}, AS2-To ${request.to[0]!}`,
    ...(nearest === undefined ? {} : { nearest }),
  })
}
