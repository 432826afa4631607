import type { LegacyAlgorithm } from './cms/algorithms.ts'
import { readMdn, type MdnReading, type ReadMdn } from './mdn/read-mdn.ts'
import { readEntity } from './mime/entity.ts'
import { writeHeaderField, type HeaderFields } from './mime/header-fields.ts'
import { octetsOf } from './octets.ts'

/** Header fields without which the body of a receipt cannot be read again. */
const KEPT_FIELDS = ['Content-Type', 'Content-Transfer-Encoding'] as const
/** Allowed or not was judged when the receipt came. */
const ANY_ALGORITHM: ReadonlySet<LegacyAlgorithm> = new Set(['sha1', 'md5', '3des', 'rsa-1024'])

/** A receipt as it came, as one entity: what a partner signed stays a proof. */
export function keptReceipt(headers: HeaderFields, body: Buffer): Buffer {
  const fields = KEPT_FIELDS.flatMap((name) => {
    const value = headers.get(name)
    return value === undefined ? [] : [writeHeaderField(name, value)]
  })
  return Buffer.concat([Buffer.from(`${fields.join('')}\r\n`, 'latin1'), body])
}

/**
 * Reads a receipt that was kept, and verifies its signature again.
 * @throws MessageFault
 */
export async function readKeptReceipt(
  kept: Buffer,
  { registered, quirks }: Omit<MdnReading, 'legacy'>,
): Promise<ReadMdn> {
  const { headers, body } = await readEntity(octetsOf(kept), quirks)
  return readMdn(headers, body, { registered, quirks, legacy: ANY_ALGORITHM })
}
