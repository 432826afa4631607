import { ByteCursor } from './byte-cursor.ts'
import type { Octets } from './octets.ts'

const SEQUENCE = 0x30

/** Some senders announce base64 over octets that are DER: the first one tells. */
export async function sniffed(
  octets: Octets,
  encoding: string | undefined,
): Promise<[Octets, string | undefined]> {
  if (encoding === undefined) return [octets, encoding]
  const cursor = new ByteCursor(octets)
  await cursor.fill(1)
  return [cursor.rest(), cursor.held[0] === SEQUENCE ? undefined : encoding]
}
