/** Writes ASN.1 in DER (X.690). */

/** One element: its tag byte and the parts of its content, already encoded. */
export function derElement(tag: number, ...parts: readonly Uint8Array[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(tag), derLength(content.length), content])
}

/** X.690 §8.1.3: one byte below 128, else the count of bytes and the bytes. */
export function derLength(length: number): Buffer {
  if (length < 128) return Buffer.of(length)
  const hex = length.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  return Buffer.concat([Buffer.of(0x80 | bytes.length), bytes])
}

const oids = new Map<string, Buffer>()

/**
 * An object identifier from its dotted form; its numbers are below 2^31 each. They come from tables:
 * each is written once.
 */
export function derOid(dotted: string): Buffer {
  const known = oids.get(dotted) ?? writeOid(dotted)
  oids.set(dotted, known)
  return known
}

function writeOid(dotted: string): Buffer {
  const [first = 0, second = 0, ...rest] = dotted.split('.').map(Number)
  const bytes = [first * 40 + second, ...rest].flatMap((number) => {
    const digits = [number & 0x7f]
    for (let left = number >>> 7; left > 0; left >>>= 7) digits.unshift(0x80 | (left & 0x7f))
    return digits
  })
  return derElement(0x06, Buffer.from(bytes))
}

/** The parts of a SET OF in the order that DER has them (X.690 §11.6). */
export function inSetOrder(parts: readonly Buffer[]): readonly Buffer[] {
  return parts.toSorted((one, other) => Buffer.compare(one, other))
}
