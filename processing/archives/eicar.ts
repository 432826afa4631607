/**
 * The EICAR test file, which every antivirus recognises as if it were one. Kept in two pieces so
 * that no scanner objects to this source.
 * @see https://www.eicar.org/download-anti-malware-testfile/
 */
export const EICAR_TEST_STRING = [
  'X5O!P%@AP[4\\PZX54(P^)7CC)7}$',
  'EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*',
].join('')

const NEEDLE = Buffer.from(EICAR_TEST_STRING, 'latin1')

/**
 * Looks for the EICAR string in bytes that come in pieces: what is recognised without a clamd
 * (decisions B10).
 */
export class EicarMatcher {
  #tail: Buffer = Buffer.alloc(0)

  /** @returns whether the string has shown by the end of this piece */
  push(bytes: Uint8Array): boolean {
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
    if (piece.includes(NEEDLE)) return true
    const seam = Buffer.concat([this.#tail, piece.subarray(0, NEEDLE.length - 1)])
    if (seam.includes(NEEDLE)) return true
    this.#tail =
      piece.length >= NEEDLE.length - 1
        ? Buffer.from(piece.subarray(piece.length - NEEDLE.length + 1))
        : Buffer.from(seam.subarray(Math.max(0, seam.length - NEEDLE.length + 1)))
    return false
  }
}

/** Whether a content holds the EICAR test string. Stops reading as soon as it does. */
export async function containsEicar(source: AsyncIterable<Uint8Array>): Promise<boolean> {
  const matcher = new EicarMatcher()
  for await (const bytes of source) if (matcher.push(bytes)) return true
  return false
}
