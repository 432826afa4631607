import { DECLARATION_BYTES } from './xml-declaration.ts'
import type { XmlEncoding, XmlFault } from './xml-outcome.ts'

/** A mark and a declaration fit in. */
export const HEAD_BYTES = 3 + DECLARATION_BYTES

export type Label = (typeof ALL_LABELS)[number]

/** How the bytes of a document are to be read, or why they cannot be. */
export type ChosenEncoding =
  | { readonly label: Label; readonly encoding: XmlEncoding; readonly markBytes: number }
  | { readonly fault: XmlFault }

/**
 * Chooses by the byte order mark and the declaration, which must agree (XML 1.0 §4.3.3, appendix F).
 * @param head the first `HEAD_BYTES` of the document, or all of it when it is shorter
 */
export function chooseEncoding(head: Uint8Array): ChosenEncoding {
  const mark = byteOrderMark(head)
  const markBytes = mark?.bytes ?? 0
  const content = head.subarray(markBytes)
  const declared = declaredEncoding(content, mark?.label ?? 'utf-8')
  const label = mark?.label ?? (declared === undefined ? 'utf-8' : LABELS.get(declared))
  if (label === undefined) return { fault: unsupported(declared ?? '') }
  if (mark === undefined && content[0] === 0x4c && content[1] === 0x6f) return { fault: ebcdic() }
  if (mark === undefined && (content[0] === 0 || content[1] === 0)) return { fault: withoutMark() }
  if (declared !== undefined && !agrees(declared, label, mark !== undefined)) {
    return { fault: contradiction(declared, label) }
  }
  return { label, encoding: ENCODINGS[label], markBytes }
}

const ALL_LABELS = [
  'utf-8',
  'us-ascii',
  'utf-16le',
  'utf-16be',
  'iso-8859-1',
  'iso-8859-15',
] as const

const ENCODINGS: Readonly<Record<Label, XmlEncoding>> = {
  'utf-8': 'UTF-8',
  'us-ascii': 'UTF-8',
  'utf-16le': 'UTF-16',
  'utf-16be': 'UTF-16',
  'iso-8859-1': 'ISO-8859-1',
  'iso-8859-15': 'ISO-8859-15',
}

/** Declared names, in upper case, of documents without a mark. */
const LABELS: ReadonlyMap<string, Label> = new Map<string, Label>(
  Object.entries({
    'UTF-8': 'utf-8',
    UTF8: 'utf-8',
    'US-ASCII': 'us-ascii',
    ASCII: 'us-ascii',
    'ISO-8859-1': 'iso-8859-1',
    'ISO8859-1': 'iso-8859-1',
    LATIN1: 'iso-8859-1',
    'ISO-8859-15': 'iso-8859-15',
    'ISO8859-15': 'iso-8859-15',
    'LATIN-9': 'iso-8859-15',
    'UTF-16': 'utf-16be',
    'UTF-16LE': 'utf-16le',
    'UTF-16BE': 'utf-16be',
  } as const),
)

function byteOrderMark(bytes: Uint8Array): { label: Label; bytes: number } | undefined {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf)
    return { label: 'utf-8', bytes: 3 }
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return { label: 'utf-16le', bytes: 2 }
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return { label: 'utf-16be', bytes: 2 }
  return undefined
}

/** In upper case; undefined without a declaration, or one that says nothing of it. */
function declaredEncoding(content: Uint8Array, label: Label): string | undefined {
  const head = content.subarray(0, DECLARATION_BYTES)
  const isWide = label.startsWith('utf-16')
  if (!isWide && (head[0] !== 0x3c || head[1] !== 0x3f)) return undefined
  const text = isWide
    ? new TextDecoder(label).decode(head)
    : Buffer.from(head.buffer, head.byteOffset, head.length).toString('latin1')
  const declaration = /^<\?xml\s([^>]*)\?>/.exec(text)?.[1] ?? ''
  const match = /\sencoding\s*=\s*(?:"([^"]*)"|'([^']*)')/.exec(` ${declaration}`)
  return (match?.[1] ?? match?.[2])?.toUpperCase()
}

function agrees(declared: string, label: Label, hasMark: boolean): boolean {
  if (!hasMark) return !label.startsWith('utf-16')
  if (label === 'utf-8') return LABELS.get(declared) === 'utf-8'
  return declared === 'UTF-16' || LABELS.get(declared) === label
}

const REMEDY = {
  en: 'Write the file in UTF-8 and declare it so.',
  fr: 'Écrivez le fichier en UTF-8 et déclarez-le ainsi.',
}

const unsupported = (declared: string): XmlFault => ({
  rule: 'XML-ENCODING',
  detail: {
    en: `The encoding ${JSON.stringify(declared.slice(0, 40))} is not read here.`,
    fr: `L’encodage ${JSON.stringify(declared.slice(0, 40))} n’est pas lu ici.`,
  },
  remedy: REMEDY,
})

const ebcdic = (): XmlFault => ({
  rule: 'XML-EBCDIC',
  detail: {
    en: 'The file is in EBCDIC: it left a mainframe without translation.',
    fr: 'Le fichier est en EBCDIC : il a quitté un grand système sans traduction.',
  },
  remedy: REMEDY,
})

const withoutMark = (): XmlFault => ({
  rule: 'XML-ENCODING',
  detail: {
    en: 'The file is not text, or UTF-16 without its byte order mark.',
    fr: 'Le fichier n’est pas du texte, ou de l’UTF-16 sans marque d’ordre des octets.',
  },
  remedy: REMEDY,
})

const contradiction = (declared: string, label: Label): XmlFault => ({
  rule: 'XML-ENCODING',
  detail: {
    en: `The declaration says ${declared.slice(0, 40)}; the bytes are ${label.startsWith('utf-16') && declared.startsWith('UTF-16') ? 'not' : ENCODINGS[label]}.`,
    fr: `La déclaration dit ${declared.slice(0, 40)} ; les octets ${label.startsWith('utf-16') && declared.startsWith('UTF-16') ? 'n’en sont pas' : `sont en ${ENCODINGS[label]}`}.`,
  },
  remedy: REMEDY,
})

export const invalidBytes = (encoding: XmlEncoding): XmlFault => ({
  rule: 'XML-ENCODING',
  detail: {
    en: `Some bytes are not ${encoding}.`,
    fr: `Certains octets ne sont pas de l’${encoding}.`,
  },
  remedy: REMEDY,
})
