import type { BilingualText } from '../../gateway/flow.ts'
import type { XmlFault } from './xml/xml-scanner.ts'

export const DOCTYPE_FAULT: XmlFault = {
  rule: 'XML-DOCTYPE',
  detail: {
    en: 'A document type declaration (DOCTYPE) is never accepted.',
    fr: 'Une déclaration de type de document (DOCTYPE) n’est jamais acceptée.',
  },
  remedy: { en: 'Remove the DOCTYPE line.', fr: 'Supprimez la ligne DOCTYPE.' },
}

export const versionFault = (version: string): XmlFault => ({
  rule: 'XML-VERSION',
  detail: {
    en: `XML ${version} is not read, only 1.0.`,
    fr: `Le XML ${version} n’est pas lu, seulement le 1.0.`,
  },
})

type Limit = 'TEXT' | 'VALUE' | 'NAME' | 'DEPTH' | 'ELEMENTS' | 'ATTRIBUTES'

const LIMIT_NAMES: Readonly<Record<Limit, BilingualText>> = {
  TEXT: { en: 'characters in one text', fr: 'caractères dans un texte' },
  VALUE: { en: 'characters in one attribute', fr: 'caractères dans un attribut' },
  NAME: { en: 'characters in one name', fr: 'caractères dans un nom' },
  DEPTH: { en: 'levels of elements', fr: 'niveaux d’éléments' },
  ELEMENTS: { en: 'elements', fr: 'éléments' },
  ATTRIBUTES: { en: 'attributes on one element', fr: 'attributs sur un élément' },
}

export const limitFault = (limit: Limit, most: number): XmlFault => ({
  rule: `XML-LIMIT-${limit}`,
  detail: {
    en: `More than ${most} ${LIMIT_NAMES[limit].en}.`,
    fr: `Plus de ${most} ${LIMIT_NAMES[limit].fr}.`,
  },
})

const notWellFormed = (en: string, fr: string): XmlFault => ({
  rule: 'XML-MALFORMED',
  detail: {
    en: `The XML is not well-formed: ${en}.`,
    fr: `Le XML est mal formé : ${fr}.`,
  },
})

const MISMATCH = notWellFormed(
  'an end tag does not match its start tag',
  'une balise fermante ne correspond pas à son ouvrante',
)
const CUT = notWellFormed(
  'the file stops before the end of the document (cut?)',
  'le fichier s’arrête avant la fin du document (tronqué ?)',
)
const ENTITY = notWellFormed(
  'an entity is not one of the five built in',
  'une entité n’est pas une des cinq prédéfinies',
)
const DECLARATION = notWellFormed(
  'the XML declaration is wrong',
  'la déclaration XML est incorrecte',
)
const INSTRUCTION = notWellFormed(
  'a processing instruction is wrong',
  'une instruction de traitement est incorrecte',
)
const PREFIX = notWellFormed(
  'a namespace declaration is wrong',
  'une déclaration d’espace de noms est incorrecte',
)
const NAME = notWellFormed('a name is wrong', 'un nom est incorrect')
const LATE_DECLARATION = notWellFormed(
  'something stands in front of the XML declaration',
  'quelque chose précède la déclaration XML',
)
const AMPERSAND: XmlFault = {
  ...notWellFormed('a bare & is in the text', 'un & isolé figure dans le texte'),
  remedy: { en: 'Write &amp; in place of &.', fr: 'Écrivez &amp; au lieu de &.' },
}

/** What saxes says, by the start of its message. */
const MALFORMED: readonly (readonly [start: string, fault: XmlFault])[] = [
  ['unexpected close tag', MISMATCH],
  ['unmatched closing tag', MISMATCH],
  ['unclosed tag', CUT],
  ['unexpected end', CUT],
  ['document must contain', notWellFormed('there is no element at all', 'il n’y a aucun élément')],
  [
    'documents may contain only one root',
    notWellFormed('there is more than one root element', 'il y a plus d’un élément racine'),
  ],
  [
    'text data outside',
    notWellFormed(
      'there is text outside the root element',
      'il y a du texte hors de l’élément racine',
    ),
  ],
  [
    'unbound namespace prefix',
    notWellFormed(
      'a namespace prefix is not declared',
      'un préfixe d’espace de noms n’est pas déclaré',
    ),
  ],
  [
    'duplicate attribute',
    notWellFormed('an attribute comes twice', 'un attribut figure deux fois'),
  ],
  ['undefined entity', ENTITY],
  ['empty entity name', ENTITY],
  [
    'attribute without value',
    notWellFormed('an attribute has no value', 'un attribut n’a pas de valeur'),
  ],
  [
    'unquoted attribute value',
    notWellFormed(
      'the value of an attribute is not quoted',
      'la valeur d’un attribut n’est pas entre guillemets',
    ),
  ],
  [
    'no whitespace between attributes',
    notWellFormed(
      'a space is missing between two attributes',
      'il manque un espace entre deux attributs',
    ),
  ],
  ['malformed comment', notWellFormed('a comment holds “--”', 'un commentaire contient « -- »')],
  ['malformed name', NAME],
  ['tags may not have', NAME],
  ['xml prefix must be', PREFIX],
  ['xmlns prefix must be', PREFIX],
  ['the default namespace may not', PREFIX],
  ['may not assign the xml namespace', PREFIX],
  ['invalid attempt to undefine prefix', PREFIX],
  ['disallowed character in processing instruction', INSTRUCTION],
  ['processing instruction without a target', INSTRUCTION],
  ['processing instructions are not allowed', INSTRUCTION],
  [
    'malformed character entity',
    notWellFormed(
      'a character reference names a character that XML forbids',
      'une référence de caractère désigne un caractère interdit en XML',
    ),
  ],
  ['an XML declaration must be', LATE_DECLARATION],
  ['the XML declaration must appear', LATE_DECLARATION],
  ['XML declaration', DECLARATION],
  ['The character ? is disallowed anywhere in XML', DECLARATION],
  ['did not expect any more name/value', DECLARATION],
  ['expected ', DECLARATION],
  ['value required', DECLARATION],
  ['value must be quoted', DECLARATION],
  ['version number must', DECLARATION],
  ['encoding value must', DECLARATION],
  ['standalone value must', DECLARATION],
  [
    'the string "]]>"',
    notWellFormed('the string ]]> is in the text', 'la chaîne ]]> figure dans le texte'),
  ],
  [
    'disallowed character',
    notWellFormed(
      'a character is not allowed there',
      'un caractère n’est pas permis à cet endroit',
    ),
  ],
]

/**
 * The fault that a message of saxes stands for.
 * @returns with an offset, when the place is another than where saxes stopped
 */
export function malformedFault(
  message: string,
  text: string,
): { readonly fault: XmlFault; readonly offset?: number } {
  const plain = message.replace(/^\d+:\d+: /, '')
  const known = MALFORMED.find(([start]) => plain.startsWith(start))?.[1]
  if (known === CUT) {
    const offset = bareAmpersand(text)
    if (offset >= 0) return { fault: AMPERSAND, offset }
  }
  if (known !== undefined) return { fault: known }
  const reason = plain.slice(0, 200).replace(/\.$/, '')
  return { fault: notWellFormed(reason, 'la syntaxe est incorrecte à cet endroit') }
}

/**
 * saxes looks for the end of an entity up to the end of the file, so that a bare & looks like a
 * cut. -1 when there is none, or where & may be literal.
 */
function bareAmpersand(text: string): number {
  if (text.includes('<![CDATA[') || text.includes('<!--')) return -1
  return text.search(/&(?!#?[A-Za-z0-9._-]{1,40};)/)
}
