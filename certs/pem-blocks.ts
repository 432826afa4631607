/** One `-----BEGIN LABEL-----` block of a PEM text (RFC 7468). */
export interface PemBlock {
  readonly label: string
  /** Undefined when what stands in it is not base64. */
  readonly bytes: Buffer | undefined
}

export interface PemReading {
  readonly blocks: readonly PemBlock[]
  /** A block starts and does not end. */
  readonly isCut: boolean
}

const BEGIN = '-----BEGIN '
const DASHES = '-----'
const MAX_LABEL_CHARACTERS = 40
/** `Proc-Type: …`, `Bag Attributes`: lines before the base64 of old-style blocks. */
const HEADER_LINE = /^[A-Za-z][\w-]*:.*$/gm
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/

/** Finds the blocks of a text in one pass; what stands between them is left alone. */
export function readPemBlocks(text: string): PemReading {
  const blocks: PemBlock[] = []
  for (let at = text.indexOf(BEGIN); at !== -1; at = text.indexOf(BEGIN, at)) {
    const labelStart = at + BEGIN.length
    const labelEnd = text.indexOf(DASHES, labelStart)
    if (labelEnd === -1) return { blocks, isCut: true }
    at = labelEnd
    if (labelEnd - labelStart > MAX_LABEL_CHARACTERS) continue
    const label = text.slice(labelStart, labelEnd)
    const bodyStart = labelEnd + DASHES.length
    const bodyEnd = text.indexOf(DASHES, bodyStart)
    const endMark = `-----END ${label}-----`
    if (bodyEnd === -1 || !text.startsWith(endMark, bodyEnd)) return { blocks, isCut: true }
    blocks.push({ label, bytes: decodeBase64(text.slice(bodyStart, bodyEnd)) })
    at = bodyEnd + endMark.length
  }
  return { blocks, isCut: false }
}

/** The bytes of base64 text with any white space; undefined when it is something else, or empty. */
export function decodeBase64(text: string): Buffer | undefined {
  const plain = text.replaceAll(HEADER_LINE, '').replaceAll(/\s+/g, '')
  return plain !== '' && BASE64.test(plain) ? Buffer.from(plain, 'base64') : undefined
}
