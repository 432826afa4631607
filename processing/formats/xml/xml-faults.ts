import type { BilingualText } from '../../../gateway/flow.ts'
import type { XmlFault } from './xml-outcome.ts'

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

type Limit =
  | 'TEXT'
  | 'VALUE'
  | 'NAME'
  | 'DEPTH'
  | 'ELEMENTS'
  | 'ATTRIBUTES'
  | 'TAG'
  | 'NAMES'
  | 'INVOICES'

const LIMIT_NAMES: Readonly<Record<Limit, BilingualText>> = {
  TEXT: { en: 'bytes in one text', fr: 'octets dans un texte' },
  VALUE: { en: 'bytes in one attribute', fr: 'octets dans un attribut' },
  NAME: { en: 'characters in one name', fr: 'caractères dans un nom' },
  DEPTH: { en: 'levels of elements', fr: 'niveaux d’éléments' },
  ELEMENTS: { en: 'elements', fr: 'éléments' },
  ATTRIBUTES: { en: 'attributes on one element', fr: 'attributs sur un élément' },
  TAG: { en: 'bytes in one start tag', fr: 'octets dans une balise ouvrante' },
  NAMES: { en: 'different names', fr: 'noms différents' },
  INVOICES: { en: 'invoices in one document', fr: 'factures dans un document' },
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

/** What can be wrong with a document that is not well-formed (XML 1.0, Namespaces in XML 1.0). */
export const MALFORMED = {
  mismatch: notWellFormed(
    'an end tag does not match its start tag',
    'une balise fermante ne correspond pas à son ouvrante',
  ),
  cut: notWellFormed(
    'the file stops before the end of the document (cut?)',
    'le fichier s’arrête avant la fin du document (tronqué ?)',
  ),
  noElement: notWellFormed('there is no element at all', 'il n’y a aucun élément'),
  secondRoot: notWellFormed(
    'there is more than one root element',
    'il y a plus d’un élément racine',
  ),
  outsideText: notWellFormed(
    'there is text outside the root element',
    'il y a du texte hors de l’élément racine',
  ),
  unboundPrefix: notWellFormed(
    'a namespace prefix is not declared',
    'un préfixe d’espace de noms n’est pas déclaré',
  ),
  duplicateAttribute: notWellFormed('an attribute comes twice', 'un attribut figure deux fois'),
  entity: notWellFormed(
    'an entity is not one of the five built in',
    'une entité n’est pas une des cinq prédéfinies',
  ),
  ampersand: {
    ...notWellFormed('a bare & is in the text', 'un & isolé figure dans le texte'),
    remedy: { en: 'Write &amp; in place of &.', fr: 'Écrivez &amp; au lieu de &.' },
  },
  attributeWithoutValue: notWellFormed(
    'an attribute has no value',
    'un attribut n’a pas de valeur',
  ),
  unquotedValue: notWellFormed(
    'the value of an attribute is not quoted',
    'la valeur d’un attribut n’est pas entre guillemets',
  ),
  noSpaceBetween: notWellFormed(
    'a space is missing between two attributes',
    'il manque un espace entre deux attributs',
  ),
  comment: notWellFormed('a comment holds “--”', 'un commentaire contient « -- »'),
  name: notWellFormed('a name is wrong', 'un nom est incorrect'),
  prefix: notWellFormed(
    'a namespace declaration is wrong',
    'une déclaration d’espace de noms est incorrecte',
  ),
  instruction: notWellFormed(
    'a processing instruction is wrong',
    'une instruction de traitement est incorrecte',
  ),
  characterReference: notWellFormed(
    'a character reference names a character that XML forbids',
    'une référence de caractère désigne un caractère interdit en XML',
  ),
  declaration: notWellFormed('the XML declaration is wrong', 'la déclaration XML est incorrecte'),
  lateDeclaration: notWellFormed(
    'something stands in front of the XML declaration',
    'quelque chose précède la déclaration XML',
  ),
  sectionEnd: notWellFormed('the string ]]> is in the text', 'la chaîne ]]> figure dans le texte'),
  character: notWellFormed(
    'a character is not allowed there',
    'un caractère n’est pas permis à cet endroit',
  ),
  syntax: notWellFormed(
    'the syntax is wrong at this place',
    'la syntaxe est incorrecte à cet endroit',
  ),
} as const satisfies Record<string, XmlFault>

/** Leaves the scanner; never seen outside this folder. */
export class Refused extends Error {
  readonly fault: XmlFault
  /** In the bytes being scanned; undefined = where the open element starts. */
  readonly offset: number | undefined

  constructor(fault: XmlFault, offset: number | undefined) {
    super(fault.rule)
    this.fault = fault
    this.offset = offset
  }
}
