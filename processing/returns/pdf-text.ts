/**
 * Text as the standard fonts of PDF show it: WinAnsiEncoding (ISO 32000-1 annex D), and widths of
 * Helvetica in thousandths of the size (ISO 32000-1 §9.6.2.2, Adobe's font metrics).
 */

/** From U+0020 to U+007E. */
const ASCII_WIDTHS = [
  278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278, 556, 556, 556,
  556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667,
  611, 778, 722, 278, 500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667,
  667, 611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500,
  222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
]
/** Of what has no letter of ASCII in it: none of ours is wider. */
const OTHER_WIDTH = 1_000
/** Bold letters are wider, by less than this. */
const BOLD = 1.08

/** Characters of WinAnsiEncoding that are elsewhere in Unicode. */
const WIN_ANSI: Readonly<Record<string, number>> = {
  '€': 0x80,
  '…': 0x85,
  Œ: 0x8c,
  '‘': 0x91,
  '’': 0x92,
  '“': 0x93,
  '”': 0x94,
  '•': 0x95,
  '–': 0x96,
  '—': 0x97,
  œ: 0x9c,
  Ÿ: 0x9f,
}

/** As a string of PDF, brackets included; what the font does not have becomes a question mark. */
export function pdfString(text: string): string {
  let escaped = ''
  for (const character of text.normalize('NFC')) {
    const code = character.codePointAt(0)!
    const byte = WIN_ANSI[character] ?? (isLatin1(code) ? code : 0x3f)
    escaped +=
      byte < 0x80 && !'()\\'.includes(character)
        ? String.fromCharCode(byte)
        : `\\${byte.toString(8).padStart(3, '0')}`
  }
  return `(${escaped})`
}

const isLatin1 = (code: number): boolean =>
  (code >= 0x20 && code < 0x7f) || (code >= 0xa0 && code <= 0xff)

/** Of characters met before, in thousandths of the size. */
const widths = new Map<string, number>()
const MAX_KEPT_WIDTHS = 4_096

function characterWidth(character: string): number {
  const known = widths.get(character)
  if (known !== undefined) return known
  const base = character.normalize('NFD').codePointAt(0)!
  const width = ASCII_WIDTHS[base - 0x20] ?? OTHER_WIDTH
  if (widths.size < MAX_KEPT_WIDTHS) widths.set(character, width)
  return width
}

/** `text` in lines that are no wider than `points`; a word that is gets cut. */
export function wrapText(
  text: string,
  font: { readonly size: number; readonly isBold: boolean },
  points: number,
): string[] {
  const room = (points * 1_000) / (font.size * (font.isBold ? BOLD : 1))
  const blank = characterWidth(' ')
  const lines: string[] = []
  let line = ''
  let used = 0
  const endLine = (): void => {
    lines.push(line)
    line = ''
    used = 0
  }
  for (const word of text.split(/\s+/)) {
    if (word === '') continue
    const characters = Array.from(word)
    const width = characters.reduce((sum, character) => sum + characterWidth(character), 0)
    if (line !== '' && used + blank + width <= room) {
      line += ` ${word}`
      used += blank + width
      continue
    }
    if (line !== '') endLine()
    for (const character of characters) {
      const next = characterWidth(character)
      if (line !== '' && used + next > room) endLine()
      line += character
      used += next
    }
  }
  if (line !== '') endLine()
  return lines
}
