import { randomFillSync } from 'node:crypto'

const CROCKFORD = '0123456789abcdefghjkmnpqrstvwxyz'

/** What stands in the 12 bits after the milliseconds: a counter, so that ids of one process sort. */
const COUNTER_END = 0x1000
/** Where it starts in a new millisecond is random, and leaves room for 2,048 more. */
const COUNTER_START_END = 0x800

const ID_BYTES = 16
/** Random bytes for many ids at a time: asking for them costs more than all the rest. */
const random = Buffer.alloc(128 * ID_BYTES)
let randomTaken = random.length

let lastMilliseconds = 0
let counter = 0

/**
 * A new id: `prefix_` + a UUIDv7 (RFC 9562 §5.7) as 26 Crockford base32 characters, so that ids
 * sort by time of making (decisions B14); those of one process also within a millisecond, and
 * across a clock that is set back (§6.2, method 1).
 */
export function newId<Prefix extends string>(prefix: Prefix): `${Prefix}_${string}` {
  const bytes = nextRandom()
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
  return `${prefix}_${base32(bytes)}`
}

/** Bytes nobody has had yet; to be used before the next call. */
function nextRandom(): Buffer {
  if (randomTaken === random.length) {
    randomFillSync(random)
    randomTaken = 0
  }
  randomTaken += ID_BYTES
  return random.subarray(randomTaken - ID_BYTES, randomTaken)
}

/** 128 bits behind two zeros, five a character. */
function base32(bytes: Buffer): string {
  let text = ''
  let bits = 0
  let count = 2
  for (const byte of bytes) {
    bits = (bits << 8) | byte
    count += 8
    while (count >= 5) {
      count -= 5
      text += CROCKFORD[(bits >>> count) & 31]!
    }
    bits &= 31
  }
  return text
}

/** Ids of that prefix made at this moment or later sort at or behind it, whatever process made them. */
export function idsFrom<Prefix extends string>(
  prefix: Prefix,
  milliseconds: number,
): `${Prefix}_${string}` {
  const bytes = Buffer.alloc(ID_BYTES)
  bytes.writeUIntBE(milliseconds, 0, 6)
  return `${prefix}_${base32(bytes)}`
}
