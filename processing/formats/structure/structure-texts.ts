import type { BilingualText } from '../../../gateway/flow.ts'
import type { IssueKind, StructureIssue } from './structure-issue.ts'

/** What is wrong, and what to do. */
export interface StructureText {
  readonly detail: BilingualText
  readonly remedy: BilingualText
}

/** What an issue says, in both languages: a sentence, and what was expected there. */
export function structureText(issue: StructureIssue): StructureText {
  return TEXTS[issue.kind](issue)
}

/** More names than this are not read. */
const MAX_NAMES = 10

const text = (detail: BilingualText, remedy: BilingualText): StructureText => ({ detail, remedy })
const quoted = (value = ''): string => JSON.stringify(value.slice(0, 200))

/** `a, b or c`; what is too much to read is counted. */
function list(names: readonly string[], or: string, more: (count: number) => string): string {
  const shown = names.slice(0, MAX_NAMES).map((name) => (name === '*' ? '…' : name))
  const rest = names.length - shown.length
  if (rest > 0) return `${shown.join(', ')} ${more(rest)}`
  const last = shown.at(-1) ?? ''
  return shown.length < 2 ? last : `${shown.slice(0, -1).join(', ')} ${or} ${last}`
}

const english = (names: readonly string[]): string => list(names, 'or', (n) => `or ${n} others`)
const french = (names: readonly string[]): string => list(names, 'ou', (n) => `ou ${n} autres`)

/** What may stand at that place. */
function allowed({ expected = [] }: StructureIssue): BilingualText {
  if (expected.length === 0) {
    return { en: 'Nothing more may stand there.', fr: 'Plus rien ne peut y figurer.' }
  }
  return {
    en: `Allowed at that place: ${english(expected)}.`,
    fr: `Autorisé à cet endroit : ${french(expected)}.`,
  }
}

/** Of the element, or of its attribute. */
function holder({ name, attribute }: StructureIssue): BilingualText {
  return attribute === undefined
    ? { en: name, fr: name }
    : { en: `The attribute ${attribute} of ${name}`, fr: `L’attribut ${attribute} de ${name}` }
}

/** A value that is not of its type: what the type is, and how it is written. */
function wrongValue(
  what: BilingualText,
  form: BilingualText,
): (issue: StructureIssue) => StructureText {
  return (issue) => {
    const { en, fr } = holder(issue)
    const isEmpty = (issue.value ?? '').trim() === ''
    return text(
      isEmpty
        ? {
            en: `${en} is empty where ${what.en} is needed.`,
            fr: `${fr} est vide alors qu’il faut ${what.fr}.`,
          }
        : {
            en: `${en} holds ${quoted(issue.value)}, which is not ${what.en}.`,
            fr: `${fr} contient ${quoted(issue.value)}, qui n’est pas ${what.fr}.`,
          },
      form,
    )
  }
}

function unknownElement(issue: StructureIssue): StructureText {
  const { name, parent = '', expected, foreignUri } = issue
  if (foreignUri !== undefined) {
    const uri = foreignUri === '' ? '' : ` ${quoted(foreignUri)}`
    return text(
      foreignUri === ''
        ? {
            en: `${name} is given without its namespace.`,
            fr: `${name} figure sans son espace de noms.`,
          }
        : {
            en: `${name} is given in the namespace${uri}, which is not its own.`,
            fr: `${name} figure dans l’espace de noms${uri}, qui n’est pas le sien.`,
          },
      {
        en: `Give ${name} the prefix that your document declares for its namespace.`,
        fr: `Donnez à ${name} le préfixe que votre document déclare pour son espace de noms.`,
      },
    )
  }
  if (expected === undefined) {
    return text(
      {
        en: `${parent} holds the element ${name}, but may hold text only.`,
        fr: `${parent} contient l’élément ${name}, mais ne peut contenir que du texte.`,
      },
      {
        en: `Write the value of ${parent} without elements inside it.`,
        fr: `Écrivez la valeur de ${parent} sans élément à l’intérieur.`,
      },
    )
  }
  const { en, fr } = allowed(issue)
  return text(
    {
      en: `${parent} may not hold the element ${name}.`,
      fr: `${parent} ne peut pas contenir l’élément ${name}.`,
    },
    { en: `Remove ${name}. ${en}`, fr: `Supprimez ${name}. ${fr}` },
  )
}

function missing(issue: StructureIssue): StructureText {
  const { name, parent = '', other } = issue
  const { en, fr } = allowed(issue)
  if (other === undefined) {
    return text(
      { en: `${name} is missing in ${parent}.`, fr: `${name} manque dans ${parent}.` },
      { en: `Add ${name}. ${en}`, fr: `Ajoutez ${name}. ${fr}` },
    )
  }
  return text(
    {
      en: `${name} is missing in ${parent}: it must stand before ${other}.`,
      fr: `${name} manque dans ${parent} : il doit précéder ${other}.`,
    },
    { en: `Add ${name} before ${other}. ${en}`, fr: `Ajoutez ${name} avant ${other}. ${fr}` },
  )
}

function order({ name, parent = '', other = '', lateLine }: StructureIssue): StructureText {
  const at =
    lateLine === undefined
      ? { en: '', fr: '' }
      : { en: ` (line ${lateLine})`, fr: ` (ligne ${lateLine})` }
  return text(
    {
      en: `In ${parent}, ${name}${at.en} comes too late: it must stand before ${other}.`,
      fr: `Dans ${parent}, ${name}${at.fr} vient trop tard : il doit précéder ${other}.`,
    },
    {
      en: `Move ${name}${at.en} before ${other}.`,
      fr: `Déplacez ${name}${at.fr} avant ${other}.`,
    },
  )
}

const TEXTS: Readonly<Record<IssueKind, (issue: StructureIssue) => StructureText>> = {
  'UNKNOWN-ELEMENT': unknownElement,
  MISSING: missing,
  ORDER: order,
  CARDINALITY: ({ name, parent = '' }) =>
    text(
      {
        en: `${name} may come once only in ${parent}.`,
        fr: `${name} ne peut figurer qu’une fois dans ${parent}.`,
      },
      { en: `Keep one ${name}.`, fr: `Ne gardez qu’un ${name}.` },
    ),
  CHOICE: ({ name, other = '', parent = '' }) =>
    text(
      {
        en: `${parent} may hold ${name} or ${other}, not both.`,
        fr: `${parent} peut contenir ${name} ou ${other}, pas les deux.`,
      },
      { en: `Remove ${name} or ${other}.`, fr: `Supprimez ${name} ou ${other}.` },
    ),
  TEXT: ({ name, value }) =>
    text(
      {
        en: `${name} holds the text ${quoted(value)}, but may hold elements only.`,
        fr: `${name} contient le texte ${quoted(value)}, mais ne peut contenir que des éléments.`,
      },
      {
        en: `Remove the text, or put it into the element that is meant for it.`,
        fr: `Supprimez ce texte, ou placez-le dans l’élément prévu pour lui.`,
      },
    ),
  ATTRIBUTE: (issue) => {
    const { name, attribute = '', expected = [] } = issue
    return text(
      {
        en: `${name} has no attribute ${attribute}.`,
        fr: `${name} n’a pas d’attribut ${attribute}.`,
      },
      expected.length === 0
        ? {
            en: 'Remove the attribute; the element takes none.',
            fr: 'Supprimez l’attribut ; l’élément n’en prend aucun.',
          }
        : {
            en: `Remove the attribute, or use ${english(expected)}.`,
            fr: `Supprimez l’attribut, ou utilisez ${french(expected)}.`,
          },
    )
  },
  'ATTRIBUTE-MISSING': ({ name, attribute = '' }) =>
    text(
      {
        en: `${name} lacks its attribute ${attribute}.`,
        fr: `Il manque à ${name} son attribut ${attribute}.`,
      },
      { en: `Add ${attribute}="…" to ${name}.`, fr: `Ajoutez ${attribute}="…" à ${name}.` },
    ),
  FIXED: (issue) => {
    const { en, fr } = holder(issue)
    const value = quoted(issue.expected?.[0])
    return text(
      {
        en: `${en} holds ${quoted(issue.value)}; it can only be ${value}.`,
        fr: `${fr} contient ${quoted(issue.value)} ; seule la valeur ${value} est possible.`,
      },
      {
        en: `Write ${value}, or leave the attribute out.`,
        fr: `Écrivez ${value}, ou omettez l’attribut.`,
      },
    )
  },
  DECIMAL: wrongValue(
    { en: 'a decimal number', fr: 'un nombre décimal' },
    {
      en: 'Write digits with a dot before the decimals: no comma, no blank, no exponent.',
      fr: 'Écrivez des chiffres avec un point avant les décimales : ni virgule, ni espace, ni exposant.',
    },
  ),
  INTEGER: wrongValue(
    { en: 'a whole number', fr: 'un nombre entier' },
    { en: 'Write digits only.', fr: 'N’écrivez que des chiffres.' },
  ),
  DATE: wrongValue(
    {
      en: 'an existing date of the form YYYY-MM-DD',
      fr: 'une date existante de la forme AAAA-MM-JJ',
    },
    {
      en: 'Write the date as YYYY-MM-DD, without blanks or line breaks around it.',
      fr: 'Écrivez la date sous la forme AAAA-MM-JJ, sans espace ni saut de ligne autour.',
    },
  ),
  TIME: wrongValue(
    { en: 'a time of the form HH:MM:SS', fr: 'une heure de la forme HH:MM:SS' },
    {
      en: 'Write the time as HH:MM:SS, without blanks around it.',
      fr: 'Écrivez l’heure sous la forme HH:MM:SS, sans espace autour.',
    },
  ),
  DATETIME: wrongValue(
    {
      en: 'a date with time of the form YYYY-MM-DDTHH:MM:SS',
      fr: 'une date et heure de la forme AAAA-MM-JJTHH:MM:SS',
    },
    {
      en: 'Write it as YYYY-MM-DDTHH:MM:SS, without blanks.',
      fr: 'Écrivez-la sous la forme AAAA-MM-JJTHH:MM:SS, sans espace.',
    },
  ),
  BOOLEAN: wrongValue(
    { en: 'true or false', fr: 'true ou false' },
    { en: 'Write true or false, in small letters.', fr: 'Écrivez true ou false, en minuscules.' },
  ),
  BASE64: ({ name }) =>
    text(
      {
        en: `${name} does not hold valid base64.`,
        fr: `${name} ne contient pas de base64 valide.`,
      },
      {
        en: 'Encode the file in base64 (letters, digits, + and /, = at the end) and send it whole.',
        fr: 'Encodez le fichier en base64 (lettres, chiffres, + et /, = à la fin) et envoyez-le en entier.',
      },
    ),
  URI: wrongValue(
    { en: 'a URI', fr: 'un URI' },
    {
      en: 'Write a complete address, % only before two hexadecimal digits.',
      fr: 'Écrivez une adresse complète, % seulement devant deux chiffres hexadécimaux.',
    },
  ),
  LANGUAGE: wrongValue(
    { en: 'a language code', fr: 'un code de langue' },
    { en: 'Write a code such as fr or fr-FR.', fr: 'Écrivez un code comme fr ou fr-FR.' },
  ),
  ID: wrongValue(
    {
      en: 'an identifier that comes once in the document',
      fr: 'un identifiant unique dans le document',
    },
    {
      en: 'Begin it with a letter, use no blank and no colon, and give each one once.',
      fr: 'Commencez-le par une lettre, sans espace ni deux-points, et ne le donnez qu’une fois.',
    },
  ),
  ENUMERATION: (issue) => {
    const values = issue.expected ?? []
    return wrongValue(
      { en: 'one of the allowed values', fr: 'une des valeurs autorisées' },
      { en: `Write ${english(values)}.`, fr: `Écrivez ${french(values)}.` },
    )(issue)
  },
  LENGTH: (issue) => {
    const { min = 0, max = 0 } = issue.bounds ?? {}
    const { en, fr } = holder(issue)
    const bounds =
      min === max
        ? { en: `exactly ${max}`, fr: `exactement ${max}` }
        : min === 0
          ? { en: `at most ${max}`, fr: `au plus ${max}` }
          : { en: `${min} to ${max}`, fr: `de ${min} à ${max}` }
    const { length } = issue.value ?? ''
    return text(
      {
        en: `${en} has ${length} characters in place of ${bounds.en}.`,
        fr: `${fr} compte ${length} caractères au lieu de ${bounds.fr}.`,
      },
      { en: `Write ${bounds.en} characters.`, fr: `Écrivez ${bounds.fr} caractères.` },
    )
  },
  PATTERN: wrongValue(
    { en: 'a value of the form that is asked for', fr: 'une valeur de la forme demandée' },
    { en: 'Correct the value.', fr: 'Corrigez la valeur.' },
  ),
  NIL: ({ name }) =>
    text(
      {
        en: `${name} may not have the attribute xsi:nil.`,
        fr: `${name} ne peut pas porter l’attribut xsi:nil.`,
      },
      {
        en: 'Remove xsi:nil; leave the element out when it has no value.',
        fr: 'Supprimez xsi:nil ; omettez l’élément s’il n’a pas de valeur.',
      },
    ),
  TYPE: ({ name, value }) =>
    text(
      {
        en: `${name} may not be of the type ${quoted(value)} that xsi:type gives.`,
        fr: `${name} ne peut pas être du type ${quoted(value)} indiqué par xsi:type.`,
      },
      { en: 'Remove xsi:type.', fr: 'Supprimez xsi:type.' },
    ),
}
