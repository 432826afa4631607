import { MessageFault } from '../message-fault.ts'

/** Header fields of a MIME entity or of the HTTP request, in their order. */
export class HeaderFields {
  readonly #fields: readonly (readonly [name: string, value: string])[]

  constructor(fields: readonly (readonly [name: string, value: string])[]) {
    this.#fields = fields
  }

  /** The first value of that name, whatever its case. */
  get(name: string): string | undefined {
    const wanted = name.toLowerCase()
    return this.#fields.find(([one]) => one.toLowerCase() === wanted)?.[1]
  }

  get all(): readonly (readonly [name: string, value: string])[] {
    return this.#fields
  }
}

/** Fields of one block; more is nobody's message. */
const MAX_FIELDS = 100
/** A token (RFC 9110 §5.6.2), then the colon. */
const FIELD = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)[ \t]*:[ \t]*(.*)$/s

/**
 * Parses the lines of a header block, without the blank line behind it. Lines folded with a blank
 * or tab, which MIME allows inside a message, are joined by one blank; the octets themselves stay
 * with who hashes them.
 * @returns undefined when a line is no field: these bytes are no header block
 * @throws MessageFault `limit`
 */
export function parseHeaderFields(block: Buffer): HeaderFields | undefined {
  const fields: (readonly [string, string])[] = []
  const text = block.toString('latin1')
  if (text.includes('\0')) return undefined
  for (const line of text.split(/\r?\n(?![ \t])/)) {
    if (line !== '') {
      const match = FIELD.exec(line)
      if (match === null) return undefined
      const value = match[2]!.replaceAll(/\r?\n[ \t]+/g, ' ').trim()
      if (value.includes('\r') || value.includes('\n')) return undefined
      fields.push([match[1]!, value])
      if (fields.length > MAX_FIELDS) throw new MessageFault('limit', 'Too many header fields')
    }
  }
  return new HeaderFields(fields)
}

/** A field as one line that nobody folds. @throws MessageFault for a value that would end the line */
export function writeHeaderField(name: string, value: string): string {
  // oxlint-disable-next-line no-control-regex -- what ends or corrupts a line is what is looked for
  if (/[\0-\x08\n-\x1f\x7f]/.test(value)) {
    throw new MessageFault('malformed', `Control characters in the header ${name}`)
  }
  return `${name}: ${value}\r\n`
}
