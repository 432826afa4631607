/** Longer texts seldom come twice. */
const MOST_BYTES = 24
const SLOTS = 1 << 10

/** Short texts decoded lately: codes, currencies and schemes come again in every invoice. */
const KNOWN: string[] = Array.from({ length: SLOTS }, () => '')

/** The text that these bytes of UTF-8 are. */
export function textOf(bytes: Buffer, start: number, end: number): string {
  const length = end - start
  if (length === 0) return ''
  if (length > MOST_BYTES) return bytes.toString('utf8', start, end)
  let hash = length
  for (let at = start; at < end; at += 1) {
    const byte = bytes[at]!
    if (byte >= 0x80) return bytes.toString('utf8', start, end)
    hash = Math.imul(hash, 31) + byte
  }
  const slot = (hash ^ (hash >>> 11)) & (SLOTS - 1)
  const known = KNOWN[slot]!
  if (known.length === length && isSame(known, bytes, start)) return known
  return (KNOWN[slot] = bytes.toString('latin1', start, end))
}

function isSame(text: string, bytes: Buffer, start: number): boolean {
  for (let index = 0; index < text.length; index += 1) {
    if (text.charCodeAt(index) !== bytes[start + index]) return false
  }
  return true
}
