import { createHash } from 'node:crypto'

/** Stands where the digest of a file goes, until it is known. */
export const UNSEALED = '0'.repeat(64)

/** Before the digest, in a page and in JSON. */
const MARKS = {
  html: '<script type="application/json" id="evidence" data-sha256="',
  json: '{"format":"raccord-evidence-2","seal":"',
} as const
export type SealedFormat = keyof typeof MARKS

/** What begins the record in a page that has no seal yet. */
export const HTML_RECORD = `${MARKS.html}${UNSEALED}">`

/** Writes the digest of the whole file, what is read as well as the record, into it. */
export function sealed(text: string, format: SealedFormat): string {
  const { before, after } = partsOf(text, format) ?? { before: '', after: '' }
  return `${before}${digestOf(text)}${after}`
}

/** Whether a file is as it was made; undefined: it has no seal. */
export function isAsMade(text: string, format: SealedFormat): boolean | undefined {
  const parts = partsOf(text, format)
  if (parts === undefined || !/^[0-9a-f]{64}$/.test(parts.digest)) return undefined
  return digestOf(`${parts.before}${UNSEALED}${parts.after}`) === parts.digest
}

/** The record inside a page or of a JSON file; undefined: there is none. */
export function recordIn(text: string, format: SealedFormat): string | undefined {
  if (format === 'json') return text
  const start = text.indexOf(MARKS.html)
  const from = text.indexOf('>', start) + 1
  const to = text.indexOf('</script>', from)
  return start === -1 || to === -1 ? undefined : text.slice(from, to)
}

function partsOf(text: string, format: SealedFormat) {
  const mark = text.indexOf(MARKS[format])
  if (mark === -1) return undefined
  const at = mark + MARKS[format].length
  return {
    before: text.slice(0, at),
    digest: text.slice(at, at + UNSEALED.length),
    after: text.slice(at + UNSEALED.length),
  }
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}
