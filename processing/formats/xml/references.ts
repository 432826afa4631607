import { MALFORMED, Refused } from './xml-faults.ts'

/** UTF-8 of the character that a reference stands for. */
export interface ReferenceText {
  readonly bytes: Buffer
  length: number
}

const NAMED: ReadonlyMap<string, number> = new Map([
  ['lt', 0x3c],
  ['gt', 0x3e],
  ['amp', 0x26],
  ['quot', 0x22],
  ['apos', 0x27],
])

/** No character reference that anybody writes is longer; longer ones are read the slow way. */
const LONGEST_NAME = 5

/**
 * Reads the reference whose `&` stands at `at`: one of the five entities, or a character.
 * @returns where it ends; negative when more bytes are needed to say
 * @throws Refused
 */
export function readReference(
  bytes: Buffer,
  at: number,
  limit: number,
  isLast: boolean,
  into: ReferenceText,
): number {
  const start = at + 1
  let end = start
  while (end < limit && IN_REFERENCE[bytes[end]!] === 1) end += 1
  if (end === limit && !isLast) return -1
  if (end === limit || bytes[end] !== 0x3b) throw new Refused(MALFORMED.ampersand, at)
  const code =
    bytes[start] === 0x23
      ? characterCode(bytes, start + 1, end)
      : end - start <= LONGEST_NAME
        ? NAMED.get(bytes.toString('latin1', start, end))
        : undefined
  if (code === undefined) throw new Refused(MALFORMED.entity, at)
  if (!isCharacter(code)) throw new Refused(MALFORMED.characterReference, at)
  into.length = writeUtf8(code, into.bytes)
  return end + 1
}

/** Undefined when it is no number; a number that is too large stays too large. */
function characterCode(bytes: Buffer, start: number, end: number): number | undefined {
  const isHexadecimal = bytes[start] === 0x78
  const first = isHexadecimal ? start + 1 : start
  if (first === end) return undefined
  let code = 0
  for (let at = first; at < end; at += 1) {
    const digit = DIGITS[bytes[at]!]!
    if (digit >= (isHexadecimal ? 16 : 10)) return undefined
    code = Math.min(code * (isHexadecimal ? 16 : 10) + digit, 0x11_0000)
  }
  return code
}

/** XML 1.0, production 2. */
function isCharacter(code: number): boolean {
  if (code < 0x20) return code === 0x09 || code === 0x0a || code === 0x0d
  return (
    code <= 0xd7ff || (code >= 0xe000 && code <= 0xfffd) || (code > 0xffff && code <= 0x10_ffff)
  )
}

function writeUtf8(code: number, bytes: Buffer): number {
  if (code >= 0x80) return bytes.write(String.fromCodePoint(code))
  bytes[0] = code
  return 1
}

const IN_REFERENCE = new Uint8Array(256)
const DIGITS = new Uint8Array(256).fill(255)
for (const character of '#-._0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ') {
  IN_REFERENCE[character.charCodeAt(0)] = 1
  const digit = Number.parseInt(character, 16)
  if (!Number.isNaN(digit)) DIGITS[character.charCodeAt(0)] = digit
}
