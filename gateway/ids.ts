import { randomBytes } from 'node:crypto'

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'

/**
 * A new id: `prefix_` + a UUIDv7 (RFC 9562 §5.7) as 26 Crockford base32 characters, so that ids
 * sort by time of making (decisions B14).
 */
export function newId<Prefix extends string>(prefix: Prefix): `${Prefix}_${string}` {
  const bytes = randomBytes(16)
  bytes.writeUIntBE(Date.now(), 0, 6)
  bytes[6] = 0x70 | (bytes[6]! & 0x0f)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  let value = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  for (let index = 0; index < 26; index += 1) {
    text = CROCKFORD[Number(value & 31n)]! + text
    value >>= 5n
  }
  return `${prefix}_${text}`
}
