/** AS2-From and AS2-To (RFC 4130 §6.2): 1 to 128 printable characters of ASCII, compared decoded. */

const MAX_CHARACTERS = 128
const ATOM = /^[!#-[\]-~]+$/
const PRINTABLE = /^[ -~]+$/
const QUOTED = /^"((?:[^"\\]|\\["\\])*)"$/

/**
 * The values that a header may mean, the likeliest first: a name with blanks and without quotes is
 * the whole of it, or (an old consensus) what stands before the first blank.
 * @returns none for what is no name
 */
export function parseAs2Name(header: string): readonly string[] {
  const text = header.trim()
  const quoted = QUOTED.exec(text)?.[1]?.replaceAll(/\\(.)/g, '$1')
  const names = quoted === undefined ? [text, text.split(' ')[0]!] : [quoted]
  return [...new Set(names)].filter((name) => isAs2Name(name))
}

export function isAs2Name(name: string): boolean {
  return name.length > 0 && name.length <= MAX_CHARACTERS && PRINTABLE.test(name)
}

/** As a header has it: in quotes only when they are needed. */
export function writeAs2Name(name: string): string {
  return ATOM.test(name) ? name : `"${name.replaceAll(/["\\]/g, String.raw`\$&`)}"`
}
