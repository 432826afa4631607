/** `attachment; filename="a.xml"`: a value and its parameters (RFC 2045 §5.1, RFC 2231). */
export interface ParameterisedValue {
  /** Lower case. */
  readonly value: string
  /** By lower-case name; quotes and escapes taken off. */
  readonly parameters: ReadonlyMap<string, string>
}

const MAX_PARAMETERS = 32
/** Quotes doubled by mistake, in quotes, or bare. */
const PARAMETER = /;\s*([^=;\s]+)\s*=\s*(?:""([^"]+)""|"((?:[^"\\]|\\.)*)"|([^;]*))/gy

/** Lenient where senders differ: no quotes, no blank after `;`, any case, a `;` at the end. */
export function parseParameterised(text: string): ParameterisedValue {
  const end = text.indexOf(';')
  const value = (end === -1 ? text : text.slice(0, end)).trim().toLowerCase()
  const parameters = new Map<string, string>()
  if (end === -1) return { value, parameters }
  PARAMETER.lastIndex = end
  for (let count = 0; count < MAX_PARAMETERS; count += 1) {
    const match = PARAMETER.exec(text)
    if (match === null) break
    const [, name, doubled, quoted, bare] = match
    // Paths of Windows stand in quotes unescaped: a backslash counts before what needs one.
    const unquoted = doubled ?? quoted?.replaceAll(/\\(["\\])/g, '$1') ?? bare!.trim()
    // Of a parameter that stands twice the first counts, for everybody who reads the message.
    if (!parameters.has(name!.toLowerCase())) parameters.set(name!.toLowerCase(), unquoted)
    while (/\s/.test(text[PARAMETER.lastIndex] ?? '')) PARAMETER.lastIndex += 1
  }
  return { value, parameters }
}

/** `filename*=UTF-8''caf%C3%A9.xml` (RFC 2231 §4). @returns undefined for what is none */
export function extendedValue(text: string): string | undefined {
  const match = /^([^']*)'[^']*'(.*)$/.exec(text)
  if (match === null || !/^(?:utf-8|us-ascii)$/i.test(match[1]!)) return undefined
  try {
    return decodeURIComponent(match[2]!)
  } catch {
    return undefined
  }
}

/** A parameter's value in quotes. */
export function quoted(text: string): string {
  return `"${text.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
