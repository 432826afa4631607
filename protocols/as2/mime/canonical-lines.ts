const CR = 0x0d
const LF = 0x0a

/**
 * The same text with lines that end in CR LF, piece by piece: what a signer hashed that sent them
 * with LF alone (RFC 8551 §3.1.1).
 */
export class CanonicalLines {
  #endsInCr = false

  update(piece: Buffer): Buffer {
    const parts: Buffer[] = []
    let from = 0
    for (let at = piece.indexOf(LF); at !== -1; at = piece.indexOf(LF, at + 1)) {
      const isWhole = at === 0 ? this.#endsInCr : piece[at - 1] === CR
      if (isWhole) continue
      parts.push(piece.subarray(from, at), CR_BYTE)
      from = at
    }
    if (piece.length > 0) this.#endsInCr = piece.at(-1) === CR
    return from === 0 && parts.length === 0
      ? piece
      : Buffer.concat([...parts, piece.subarray(from)])
  }
}

const CR_BYTE = Buffer.of(CR)

const TEXT = /^(?:text\/|application\/(?:edifact|edi-x12|edi-consent|xml)$)/

/** Text whose line ends may have been written anew on the way to its hash; never what says it is binary. */
export function isText(type: string, transferEncoding: string | undefined): boolean {
  return TEXT.test(type) && transferEncoding?.trim().toLowerCase() !== 'binary'
}
