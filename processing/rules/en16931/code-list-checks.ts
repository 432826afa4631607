import type { BilingualText } from '../../../gateway/flow.ts'
import { nameId, type NameId } from '../../formats/xml/xml-names.ts'
import { F_CODES, type Check, type Rule } from '../rule.ts'
import { CodeList, type CodeListName } from './code-list.ts'
import { enRule, type Condition } from './en-rule.ts'

/** Where codes of a list are: texts, or attributes when the context ends with one. */
export interface Codes {
  readonly at: string
  readonly list: CodeListName
  readonly when?: Condition
}

const LISTS = new Map<CodeListName, CodeList>()
export function listOf(name: CodeListName): CodeList {
  let list = LISTS.get(name)
  if (list === undefined) LISTS.set(name, (list = new CodeList(name)))
  return list
}

export function inList({ at, list: name, when }: Codes): Check {
  const list = listOf(name)
  const attribute = attributeOf(at)
  return {
    at,
    check: (node, subject, report) => {
      const { document } = subject
      const isKnown =
        attribute === undefined
          ? list.hasText(document, node)
          : list.hasAttribute(document, node, attribute)
      if (isKnown || (when !== undefined && !when(node, subject))) return
      const text =
        attribute === undefined ? document.text(node) : (document.attribute(node, attribute) ?? '')
      report(node, { detail: quoted(text) })
    },
  }
}

function attributeOf(at: string): NameId | undefined {
  const last = at.split('/').at(-1) ?? ''
  return last.startsWith('@') ? nameId(last.slice(1)) : undefined
}

/** The code that is not in the list; no more of it than a message should hold. */
function quoted(text: string): BilingualText {
  const shown = JSON.stringify(text.slice(0, 60))
  return { en: `It is ${shown}.`, fr: `Il s’agit de ${shown}.` }
}

export function codes(
  id: string,
  terms: readonly string[],
  what: BilingualText,
  list: string,
  ubl: readonly Codes[],
  cii: readonly Codes[],
): Rule {
  return codeRule(id, terms, what, list, ubl.map(inList), cii.map(inList))
}

export function codeRule(
  id: string,
  terms: readonly string[],
  what: BilingualText,
  list: string,
  ubl: readonly Check[],
  cii: readonly Check[],
): Rule {
  return enRule({
    id,
    terms,
    code: F_CODES.value,
    message: {
      en: `${what.en} is not in the list ${list}.`,
      fr: `${what.fr} ne figure pas dans la liste ${list}.`,
    },
    remedy: {
      en: 'Use a code of that list, in the same case and without blanks inside.',
      fr: 'Utilisez un code de cette liste, avec la même casse et sans espace intérieur.',
    },
    platformText: 'Valeur non autorisée ({place}).',
    ubl,
    cii,
  })
}
