import type { PartnerConnection } from '../listener.ts'
import type { ReadMdn } from './mdn/read-mdn.ts'
import type { ExchangeStart } from './message-exchange.ts'
import type { ReceptionParts } from './reception-parts.ts'

/**
 * Hands over a receipt that was posted to us. Unsigned, it is of whoever of these names awaits it; a
 * stranger's is read and forgotten.
 * @param owner whose certificate signed it
 */
export async function takePostedReceipt(
  { takeReceipt }: ReceptionParts,
  { candidates, stranger }: ExchangeStart,
  mdn: ReadMdn,
  owner: PartnerConnection | undefined,
): Promise<void> {
  if (stranger !== undefined) return
  const named = mdn.signature === undefined || owner === undefined ? candidates : [owner]
  for (const connection of named) {
    if ((await takeReceipt(connection, mdn)) === 'taken') return
  }
}
