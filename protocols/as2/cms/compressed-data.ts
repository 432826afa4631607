import { TAG } from '../../../certs/der.ts'
import { oidOf, smallInteger } from '../../../certs/der-values.ts'
import { MessageFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'
import { readAlgorithm } from './algorithm-identifier.ts'
import type { BerCursor } from './ber-cursor.ts'
import { inflated, type InflationLimits } from './inflation.ts'
import { OID } from './object-identifiers.ts'

const MAX_ALGORITHM_BYTES = 1_024

/**
 * Reads CompressedData (RFC 3274 §1.1).
 * @returns the inflated content. @throws MessageFault `decompression` while reading it
 */
export async function readCompressed(ber: BerCursor, limits: InflationLimits): Promise<Octets> {
  await ber.enter(TAG.sequence, 'CompressedData')
  smallInteger(await ber.element(MAX_ALGORITHM_BYTES))
  const { oid } = readAlgorithm(await ber.element(MAX_ALGORITHM_BYTES))
  if (oid !== OID.zlib) throw new MessageFault('decompression', `Compressed with ${oid}, not zlib`)
  await ber.enter(TAG.sequence, 'EncapsulatedContentInfo')
  oidOf(await ber.element(MAX_ALGORITHM_BYTES))
  await ber.enterContext(0, 'The compressed content')
  return openContent(ber, limits)
}

async function* openContent(ber: BerCursor, limits: InflationLimits): AsyncGenerator<Buffer> {
  for await (const piece of inflated(ber.octetString(), limits)) yield piece
  await ber.leave()
  await ber.leave()
  await ber.leave()
}
