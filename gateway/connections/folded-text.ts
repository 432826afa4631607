/** Letters that have no accent to take away and that people type without. */
const LIGATURES: Readonly<Record<string, string>> = { œ: 'oe', æ: 'ae', ß: 'ss', ø: 'o', ł: 'l' }

/**
 * What is compared where case and accents do not count: "Société  ÉLYSÉE" and "societe elysee"
 * are one. Folded in the program, as no two databases fold alike.
 */
export function foldText(text: string): string {
  return text
    .normalize('NFKD')
    .replaceAll(/\p{M}/gu, '')
    .toLowerCase()
    .replaceAll(/[œæßøł]/g, (letter) => LIGATURES[letter]!)
    .replaceAll(/[’‘ʼ`´]/g, "'")
    .replaceAll(/[‐‑–—]/g, '-')
    .replaceAll(/\s+/g, ' ')
    .trim()
}
