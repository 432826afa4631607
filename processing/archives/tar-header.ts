import { ArchiveFault } from './archive-fault.ts'

/** POSIX ustar (IEEE 1003.1 pax, "ustar Interchange Format"): a block is 512 bytes. */
export const TAR_BLOCK_BYTES = 512

/** One header block: what reading the archive needs of it. */
export interface TarHeader {
  /** Undecoded name, the ustar prefix joined with `/`. */
  readonly name: Uint8Array
  readonly size: number
  /** One character; NUL of old archives is given as `0`. */
  readonly type: string
}

/**
 * Reads a header block that is not all zero.
 * @throws ArchiveFault ARC-TAR-HEADER (checksum, shape of a number)
 */
export function decodeTarHeader(block: Uint8Array): TarHeader {
  if (!hasRightChecksum(block)) {
    throw headerFault('its checksum is wrong', 'sa somme de contrôle est fausse')
  }
  const magic = latin1(block, 257, 8)
  const name = untilNul(block, 0, 100)
  // Only POSIX headers have a prefix there; GNU's "ustar  " keeps times at that place.
  const prefix = magic.startsWith('ustar\0') ? untilNul(block, 345, 155) : new Uint8Array(0)
  const type = block[156] === 0 ? '0' : String.fromCharCode(block[156]!)
  return {
    name: prefix.length === 0 ? name : Buffer.concat([prefix, Buffer.from('/'), name]),
    size: decodeNumber(block.subarray(124, 136)),
    type,
  }
}

/** Sum of the block's bytes with its own field as spaces; some writers sum signed bytes. */
function hasRightChecksum(block: Uint8Array): boolean {
  const stated = parseOctal(latin1(block, 148, 8))
  if (stated === undefined) return false
  let unsigned = 8 * 0x20
  let signed = unsigned
  for (let index = 0; index < TAR_BLOCK_BYTES; index += 1) {
    if (index === 148) index = 156
    const byte = block[index]!
    unsigned += byte
    signed += byte > 127 ? byte - 256 : byte
  }
  return stated === unsigned || stated === signed
}

/** Octal text, or base-256 when the first bit is set (GNU, for more than 8 GiB). */
function decodeNumber(field: Uint8Array): number {
  const first = field[0]!
  if ((first & 0x80) === 0) {
    const value = parseOctal(latin1(field, 0, field.length))
    if (value === undefined)
      throw headerFault('its size is no number', 'sa taille n’est pas un nombre')
    return value
  }
  if ((first & 0x40) !== 0) throw headerFault('its size is negative', 'sa taille est négative')
  let value = BigInt(first & 0x3f)
  for (const byte of field.subarray(1)) value = (value << 8n) | BigInt(byte)
  if (value > BigInt(Number.MAX_SAFE_INTEGER)) {
    throw headerFault('its size is out of range', 'sa taille est hors limites')
  }
  return Number(value)
}

function parseOctal(text: string): number | undefined {
  const digits = /^ *([0-7]{0,21})[ \0]*$/.exec(text)?.[1]
  if (digits === undefined) return undefined
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}

function untilNul(block: Uint8Array, start: number, length: number): Uint8Array {
  const field = block.subarray(start, start + length)
  const end = field.indexOf(0)
  return end < 0 ? field : field.subarray(0, end)
}

const latin1 = (bytes: Uint8Array, start: number, length: number): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset + start, length).toString('latin1')

function headerFault(en: string, fr: string): ArchiveFault {
  return new ArchiveFault({
    code: 'ERR_ARC_001',
    rule: 'ARC-TAR-HEADER',
    detail: {
      en: `A tar header is not readable: ${en}.`,
      fr: `Un en-tête tar n’est pas lisible : ${fr}.`,
    },
  })
}
