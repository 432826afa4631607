import { SaxesParser, type SaxesAttributeNS } from 'saxes'
import type { BilingualText } from '../../gateway/flow.ts'
import { LineIndex } from './line-index.ts'
import { decodeXml } from './xml-encoding.ts'
import {
  XML_LIMITS,
  type XmlAttribute,
  type XmlFault,
  type XmlHandler,
  type XmlScan,
} from './xml-scanner.ts'

const XMLNS = 'http://www.w3.org/2000/xmlns/'

/** The scanner on saxes: strict and namespace-aware; what it allows beyond ours is refused here. */
export function scanXml(bytes: Uint8Array, handler: XmlHandler): XmlScan {
  const decoded = decodeXml(bytes)
  const { encoding } = decoded
  if ('fault' in decoded) {
    return { fault: decoded.fault, encoding, locate: () => ({ line: 1, column: 1 }) }
  }
  const lines = new LineIndex(decoded.text)
  const locate = (offset: number): { line: number; column: number } => lines.locate(offset)
  try {
    parse(decoded.text, handler)
    return { encoding, locate }
  } catch (error) {
    if (error instanceof Stopped) return { encoding, locate }
    if (!(error instanceof Refused)) throw error
    return { fault: { ...error.fault, ...locate(error.offset) }, encoding, locate }
  }
}

/** Leaves the parser; never seen outside this file. */
class Stopped extends Error {}
class Refused extends Error {
  readonly fault: XmlFault
  readonly offset: number

  constructor(fault: XmlFault, offset: number) {
    super(fault.rule)
    this.fault = fault
    this.offset = offset
  }
}

function parse(text: string, handler: XmlHandler): void {
  const parser = new SaxesParser({ xmlns: true, position: false })
  let depth = 0
  let elements = 0
  let attributes = 0
  let startOffset = 0
  let mayBeLong = false
  let textCharacters = 0
  /** The position saxes is at, within the text. */
  const here = (): number => Math.max(0, Math.min(text.length, parser.position) - 1)
  const refuse = (fault: XmlFault, offset = here()): never => {
    throw new Refused(fault, offset)
  }
  const characters = (piece: string): void => {
    if (depth === 0) return
    textCharacters += piece.length
    if (textCharacters > XML_LIMITS.textCharacters && !mayBeLong) {
      refuse(limitFault('TEXT', XML_LIMITS.textCharacters))
    }
    handler.text(piece)
  }

  parser.on('error', (error) => refuse(malformed(error.message.replace(/^\d+:\d+: /, ''))))
  parser.on('doctype', () => refuse(DOCTYPE))
  parser.on('xmldecl', ({ version }) => {
    if (version !== undefined && version !== '1.0') refuse(versionFault(version))
  })
  parser.on('opentagstart', ({ name }) => {
    // saxes has consumed the name and one character more, which may be CR LF.
    const guess = parser.position - name.length - 2
    startOffset = text[guess] === '<' ? guess : guess - 1
    attributes = 0
    depth += 1
    elements += 1
    textCharacters = 0
    if (name.length > XML_LIMITS.nameCharacters) {
      refuse(limitFault('NAME', XML_LIMITS.nameCharacters), startOffset)
    }
    if (depth > XML_LIMITS.depth) refuse(limitFault('DEPTH', XML_LIMITS.depth), startOffset)
    if (elements > XML_LIMITS.elements) {
      refuse(limitFault('ELEMENTS', XML_LIMITS.elements), startOffset)
    }
  })
  parser.on('attribute', ({ name }) => {
    attributes += 1
    if (attributes > XML_LIMITS.attributes) {
      refuse(limitFault('ATTRIBUTES', XML_LIMITS.attributes), startOffset)
    }
    if (name.length > XML_LIMITS.nameCharacters) {
      refuse(limitFault('NAME', XML_LIMITS.nameCharacters), startOffset)
    }
  })
  parser.on('opentag', (tag) => {
    const element = { uri: tag.uri, local: tag.local, attributes: plainAttributes(tag.attributes) }
    const answer = handler.open(element, startOffset)
    if (answer === 'stop') throw new Stopped()
    mayBeLong = answer === 'long-text'
  })
  parser.on('text', characters)
  parser.on('cdata', characters)
  parser.on('closetag', () => {
    depth -= 1
    textCharacters = 0
    mayBeLong = false
    handler.close()
  })
  parser.write(text).close()
}

const NO_ATTRIBUTES: readonly XmlAttribute[] = []

function plainAttributes(
  attributes: Readonly<Record<string, SaxesAttributeNS>>,
): readonly XmlAttribute[] {
  let found: XmlAttribute[] | undefined
  for (const name in attributes) {
    const { uri, local, value } = attributes[name]!
    if (uri !== XMLNS) (found ??= []).push({ uri, local, value })
  }
  return found ?? NO_ATTRIBUTES
}

const DOCTYPE: XmlFault = {
  rule: 'XML-DOCTYPE',
  detail: {
    en: 'A document type declaration (DOCTYPE) is never accepted.',
    fr: 'Une déclaration de type de document (DOCTYPE) n’est jamais acceptée.',
  },
  remedy: { en: 'Remove the DOCTYPE line.', fr: 'Supprimez la ligne DOCTYPE.' },
}

const versionFault = (version: string): XmlFault => ({
  rule: 'XML-VERSION',
  detail: {
    en: `XML ${version} is not read, only 1.0.`,
    fr: `Le XML ${version} n’est pas lu, seulement le 1.0.`,
  },
})

type Limit = 'TEXT' | 'NAME' | 'DEPTH' | 'ELEMENTS' | 'ATTRIBUTES'

const LIMIT_NAMES: Readonly<Record<Limit, BilingualText>> = {
  TEXT: { en: 'characters in one text', fr: 'caractères dans un texte' },
  NAME: { en: 'characters in one name', fr: 'caractères dans un nom' },
  DEPTH: { en: 'levels of elements', fr: 'niveaux d’éléments' },
  ELEMENTS: { en: 'elements', fr: 'éléments' },
  ATTRIBUTES: { en: 'attributes on one element', fr: 'attributs sur un élément' },
}

const limitFault = (limit: Limit, most: number): XmlFault => ({
  rule: `XML-LIMIT-${limit}`,
  detail: {
    en: `More than ${most} ${LIMIT_NAMES[limit].en}.`,
    fr: `Plus de ${most} ${LIMIT_NAMES[limit].fr}.`,
  },
})

/** What saxes says, by the start of its message, in two languages. */
const MALFORMED: readonly (readonly [start: string, text: BilingualText])[] = [
  [
    'unexpected close tag',
    {
      en: 'an end tag does not match its start tag',
      fr: 'une balise fermante ne correspond pas à son ouvrante',
    },
  ],
  [
    'unmatched closing tag',
    {
      en: 'an end tag does not match its start tag',
      fr: 'une balise fermante ne correspond pas à son ouvrante',
    },
  ],
  [
    'unclosed tag',
    {
      en: 'the file stops before the end of the document (cut?)',
      fr: 'le fichier s’arrête avant la fin du document (tronqué ?)',
    },
  ],
  [
    'unexpected end',
    {
      en: 'the file stops before the end of the document (cut?)',
      fr: 'le fichier s’arrête avant la fin du document (tronqué ?)',
    },
  ],
  ['document must contain', { en: 'there is no element at all', fr: 'il n’y a aucun élément' }],
  [
    'documents may contain only one root',
    { en: 'there is more than one root element', fr: 'il y a plus d’un élément racine' },
  ],
  [
    'text data outside',
    {
      en: 'there is text outside the root element',
      fr: 'il y a du texte hors de l’élément racine',
    },
  ],
  [
    'unbound namespace prefix',
    {
      en: 'a namespace prefix is not declared',
      fr: 'un préfixe d’espace de noms n’est pas déclaré',
    },
  ],
  ['duplicate attribute', { en: 'an attribute comes twice', fr: 'un attribut figure deux fois' }],
  [
    'undefined entity',
    {
      en: 'an entity is not one of the five built in',
      fr: 'une entité n’est pas une des cinq prédéfinies',
    },
  ],
  [
    'malformed character entity',
    {
      en: 'a character reference names a character that XML forbids',
      fr: 'une référence de caractère désigne un caractère interdit en XML',
    },
  ],
  [
    'an XML declaration must be',
    {
      en: 'something stands in front of the XML declaration',
      fr: 'quelque chose précède la déclaration XML',
    },
  ],
  [
    'the XML declaration must appear',
    {
      en: 'something stands in front of the XML declaration',
      fr: 'quelque chose précède la déclaration XML',
    },
  ],
  [
    'disallowed character',
    {
      en: 'a character is not allowed there',
      fr: 'un caractère n’est pas permis à cet endroit',
    },
  ],
]

function malformed(message: string): XmlFault {
  const known = MALFORMED.find(([start]) => message.startsWith(start))?.[1]
  const quoted = message.slice(0, 200).replace(/\.$/, '')
  return {
    rule: 'XML-MALFORMED',
    detail: {
      en: `The XML is not well-formed: ${known?.en ?? quoted}.`,
      fr: `Le XML est mal formé : ${known?.fr ?? quoted}.`,
    },
  }
}
