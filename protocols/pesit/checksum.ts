/** Bytes that follow each FPDU when PI 1 = 1; its own length does not count them (reference §8.7). */
export const CHECKSUM_BYTES = 2

/** Sums stay below 2^53 for as many bytes as an FPDU can have, so the remainder is taken at the end. */
const MODULUS = 255

/**
 * The ISO 8073 class 4 checksum of one FPDU (Fletcher, modulo 255; reference §8.7).
 * @param fpdu header included
 */
export function fpduChecksum(fpdu: Uint8Array): Buffer {
  const { c0, c1 } = sums(fpdu, CHECKSUM_BYTES)
  return Buffer.from([remainder(c0 - c1), remainder(c1 - 2 * c0)])
}

/** @param bytes one FPDU with its two check bytes behind it */
export function isChecksumGood(bytes: Uint8Array): boolean {
  const { c0, c1 } = sums(bytes, 0)
  return c0 === 0 && c1 === 0
}

function sums(bytes: Uint8Array, zeroesBehind: number): { c0: number; c1: number } {
  let c0 = 0
  let c1 = 0
  for (const byte of bytes) {
    c0 += byte
    c1 += c0
  }
  c1 += zeroesBehind * c0
  return { c0: c0 % MODULUS, c1: c1 % MODULUS }
}

function remainder(value: number): number {
  return ((value % MODULUS) + MODULUS) % MODULUS
}
