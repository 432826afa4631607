import { MALFORMED, Refused, versionFault } from './xml-faults.ts'
import type { XmlFault } from './xml-outcome.ts'

/** The XML declaration is short, and ASCII in every encoding read here but UTF-16. */
export const DECLARATION_BYTES = 1_024

const START = Buffer.from('<?xml')

/**
 * How long the XML declaration at the start of these bytes is; 0 = there is none.
 * @returns undefined when more bytes are needed to say
 * @throws Refused when it does not end
 */
export function declarationLength(bytes: Buffer, isLast: boolean): number | undefined {
  const length = Math.min(bytes.length, START.length)
  if (!bytes.subarray(0, length).equals(START.subarray(0, length))) return 0
  if (bytes.length <= START.length) return isLast ? 0 : undefined
  // A space, or ? where one is missing; anything else is another instruction: <?xml-stylesheet.
  if (!/[\s?]/.test(String.fromCharCode(bytes[START.length]!))) return 0
  const end = bytes.subarray(0, DECLARATION_BYTES).indexOf('?>')
  if (end >= 0) return end + 2
  if (bytes.length >= DECLARATION_BYTES) throw new Refused(MALFORMED.declaration, 0)
  if (isLast) throw new Refused(MALFORMED.cut, bytes.length)
  return undefined
}

const EQUALS = '[ \\t\\r\\n]*=[ \\t\\r\\n]*'
const SPACE = '[ \\t\\r\\n]+'
const quoted = (inner: string): string => `(?:"${inner}"|'${inner}')`

/** XML 1.0, productions 23 to 26, 32, 80 and 81. */
const DECLARATION = new RegExp(
  `^<\\?xml${SPACE}version${EQUALS}${quoted('1\\.([0-9]+)')}(?:${SPACE}encoding${EQUALS}${quoted('[A-Za-z][-A-Za-z0-9._]*')})?(?:${SPACE}standalone${EQUALS}${quoted('(?:yes|no)')})?[ \\t\\r\\n]*\\?>$`,
)

/** What is wrong with a whole XML declaration, in UTF-8. */
export function declarationFault(declaration: Buffer): XmlFault | undefined {
  const match = DECLARATION.exec(declaration.toString('latin1'))
  if (match === null) return MALFORMED.declaration
  const minor = match[1] ?? match[2] ?? ''
  return minor === '0' ? undefined : versionFault(`1.${minor.slice(0, 20)}`)
}
