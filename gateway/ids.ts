import { randomBytes } from 'node:crypto'

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'

/** What stands in the 12 bits after the milliseconds: a counter, so that ids of one process sort. */
const COUNTER_END = 0x1000
/** Where it starts in a new millisecond is random, and leaves room for 2,048 more. */
const COUNTER_START_END = 0x800

let lastMilliseconds = 0
let counter = 0

/**
 * A new id: `prefix_` + a UUIDv7 (RFC 9562 §5.7) as 26 Crockford base32 characters, so that ids
 * sort by time of making (decisions B14); those of one process also within a millisecond, and
 * across a clock that is set back (§6.2, method 1).
 */
export function newId<Prefix extends string>(prefix: Prefix): `${Prefix}_${string}` {
  const bytes = randomBytes(16)
  const now = Date.now()
  if (now > lastMilliseconds) {
    lastMilliseconds = now
    counter = bytes.readUInt16BE(6) % COUNTER_START_END
  } else if (++counter === COUNTER_END) {
    lastMilliseconds += 1
    counter = 0
  }
  bytes.writeUIntBE(lastMilliseconds, 0, 6)
  bytes.writeUInt16BE(0x7000 | counter, 6)
  bytes[8] = 0x80 | (bytes[8]! & 0x3f)
  let value = BigInt(`0x${bytes.toString('hex')}`)
  let text = ''
  for (let index = 0; index < 26; index += 1) {
    text = CROCKFORD[Number(value & 31n)]! + text
    value >>= 5n
  }
  return `${prefix}_${text}`
}
