/** The two check bytes that follow an FPDU when PI 1 = 1: ISO 8073 class 4 (reference §8.7). */
export function crcOf(fpdu: Buffer): Buffer {
  const [c0, c1] = sums(Buffer.concat([fpdu, Buffer.from([0, 0])]))
  return Buffer.from([modulo(c0 - c1), modulo(c1 - 2 * c0)])
}

/** @param bytes an FPDU and its two check bytes */
export function isCrcRight(bytes: Buffer): boolean {
  const [c0, c1] = sums(bytes)
  return c0 === 0 && c1 === 0
}

function sums(bytes: Buffer): [number, number] {
  let c0 = 0
  let c1 = 0
  for (const byte of bytes) {
    c0 = (c0 + byte) % 255
    c1 = (c1 + c0) % 255
  }
  return [c0, c1]
}

function modulo(value: number): number {
  return ((value % 255) + 255) % 255
}
