import type { ErrorDetail } from '../errors.ts'
import type { RequestPart } from './request-faults.ts'

/** PEM (with PGP's), SSH.com's and PuTTY's; certificates come as files, which are read closely. */
const PRIVATE_KEY = /-{4,5} ?BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY|PuTTY-User-Key-File-\d/

const FAULTS = {
  private_key: {
    en: 'It holds a private key: whoever has it can pass for the partner. It was neither kept nor recorded; make a new key.',
    fr: 'Il contient une clé privée : qui la détient peut se faire passer pour le partenaire. Elle n’a été ni conservée ni tracée ; créez-en une nouvelle.',
  },
  unreadable_text: {
    en: 'It holds a NUL or half a character, which no store keeps',
    fr: 'Il contient un NUL ou une moitié de caractère, qu’aucun stockage ne conserve',
  },
} as const

/**
 * What is wrong with the texts of a part of a request, names of members too, before its shape is
 * looked at: so that no schema has to think of it, and no fault repeats what must not be.
 */
export function textFaults(part: RequestPart, value: unknown): readonly ErrorDetail[] {
  // Not by recursion: a document may be nested as deep as it is long.
  const waiting: { readonly path: string; readonly value: unknown }[] = [{ path: '', value }]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    const { path, value: found } = next
    if (typeof found === 'string') {
      const code = faultOf(found)
      if (code !== undefined) {
        return [{ field: path === '' ? part : path.slice(0, 200), code, message: FAULTS[code] }]
      }
    } else if (typeof found === 'object' && found !== null) {
      for (const [name, member] of Object.entries(found)) {
        const code = faultOf(name)
        // The name is what is wrong: the fault is that of what has it.
        if (code !== undefined) waiting.push({ path, value: name })
        else waiting.push({ path: path === '' ? name : `${path}.${name}`, value: member })
      }
    }
  }
  return []
}

function faultOf(text: string): keyof typeof FAULTS | undefined {
  if (PRIVATE_KEY.test(text)) return 'private_key'
  return text.includes('\0') || !text.isWellFormed() ? 'unreadable_text' : undefined
}
