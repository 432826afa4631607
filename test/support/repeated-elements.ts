import type { NodeId, XmlDocument } from '../../processing/formats/xml/xml-document.ts'
import { NAMESPACES } from '../../processing/formats/xml/xml-names.ts'
import { XmlReader } from '../../processing/formats/xml/xml-reader.ts'
import type { Random } from '../fuzz/random.ts'

/** Elements of one name at one place: all that examples show of them, put together. */
export interface ElementKind {
  /** With the prefix that our tables use. */
  readonly name: string
  /** As they were met: ` currencyID="EUR"`. */
  readonly attributes: string[]
  /** Escaped. */
  readonly texts: string[]
  readonly children: Map<string, ElementKind>
}

/** By the name of their root elements, everything that a set of invoices holds. */
export function mergeInvoices(files: Iterable<Uint8Array>): ReadonlyMap<string, ElementKind> {
  const roots = new Map<string, ElementKind>()
  const reader = new XmlReader()
  const { document } = reader
  for (const bytes of files) {
    const { fault } = reader.read(bytes)
    if (fault === undefined) learn(document, 0, roots)
  }
  return roots
}

function learn(document: XmlDocument, node: NodeId, beside: Map<string, ElementKind>): void {
  const { prefixed } = document.nameOf(node)
  // Of a namespace that no table mentions.
  if (prefixed.startsWith('{')) return
  let kind = beside.get(prefixed)
  if (kind === undefined) {
    kind = { name: prefixed, attributes: [], texts: [], children: new Map() }
    beside.set(prefixed, kind)
  }
  note(kind.texts, escaped(document.trimmed(node)))
  const attributes: string[] = []
  for (let at = document.firstAttribute(node); at < document.endAttribute(node); at += 1) {
    const { prefixed: name } = document.xmlName(document.attributeName(at))
    if (!/[:{]/.test(name)) attributes.push(` ${name}="${escaped(document.attributeValue(at))}"`)
  }
  note(kind.attributes, attributes.join(''))
  for (let child = document.firstChild(node); child >= 0; child = document.nextSibling(child)) {
    learn(document, child, kind.children)
  }
}

/** Of one kind of element; more of them say nothing new. */
const MOST_VALUES = 40

function note(values: string[], value: string): void {
  const isNew = value !== '' && value.length < 200 && !values.includes(value)
  if (isNew && values.length < MOST_VALUES) values.push(value)
}

const escaped = (text: string): string =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')

const DECLARATIONS = Object.entries(NAMESPACES)
  .map(([prefix, uri]) => ` xmlns:${prefix}="${uri}"`)
  .join('')

export interface Repetition {
  /** So many of each element, beside each other. */
  readonly times: number
  /** Those that are not the full one hold nothing: a rule that looks for the first value meets all. */
  readonly isEmpty: boolean
  /** The one that holds the repetitions comes last. */
  readonly isFullLast: boolean
}

/**
 * One invoice with every element that any example holds, each of them repeated: one of the siblings
 * holds repetitions of what is below it, the others one of each or nothing. So any two elements are
 * there many times at once, in a document whose size grows as the repetitions do.
 */
export function repeatElements(
  root: ElementKind,
  { times, isEmpty, isFullLast }: Repetition,
  random: Random,
): string {
  const pieces: string[] = []
  // Values depend on the place alone, not on how often it is repeated.
  const first = new Map<ElementKind, number>()
  const choose = (kind: ElementKind): void => {
    first.set(kind, random.below(MOST_VALUES))
    for (const child of kind.children.values()) choose(child)
  }
  choose(root)
  const write = (
    kind: ElementKind,
    index: number,
    more: string,
    below: (child: ElementKind) => void,
  ): void => {
    const { name, attributes, texts, children } = kind
    const value = first.get(kind)! + index
    pieces.push(`<${name}${more}${attributes[value % attributes.length] ?? ''}>`)
    if (children.size === 0) pieces.push(texts[value % texts.length] ?? '')
    for (const child of children.values()) below(child)
    pieces.push(`</${name}>`)
  }
  const repeat = (kind: ElementKind): void => {
    const full = isFullLast ? times - 1 : 0
    for (let index = 0; index < times; index += 1) {
      const once = (child: ElementKind): void => write(child, index + 1, '', once)
      if (index === full) write(kind, 0, '', repeat)
      else if (isEmpty) pieces.push(`<${kind.name}/>`)
      else write(kind, index + 1, '', once)
    }
  }
  write(root, 0, DECLARATIONS, repeat)
  return pieces.join('')
}
