import { escapeXml } from '../../returns/xml-text.ts'
import type { ElementType } from '../structure/schema.ts'
import { schemaOf } from '../structure/schemas.ts'
import { NAMESPACES, findNameId, nameId, type NameId } from '../xml/xml-names.ts'

/** Attributes of an element, in the order in which they are written. */
export type Attributes = Readonly<Record<string, string>>

/** Names are known while modules load; the schema is read when a document is written. */
const ROOTS = {
  Invoice: { name: nameId('ubl:Invoice'), namespace: NAMESPACES.ubl },
  CreditNote: { name: nameId('cn:CreditNote'), namespace: NAMESPACES.cn },
} as const
const CURRENCY = nameId('currencyID')

export type UblRootName = keyof typeof ROOTS

/**
 * An element of a UBL document to be. Children come in any order: they are written in that of the
 * schema. Paths are those of business-terms.ts: `cac:A[cbc:B=v]/cbc:C`.
 */
export class UblElement {
  readonly name: string
  /** What the step that made it asks of it: another one of the same name is another element. */
  readonly condition: string | undefined
  text: string | undefined
  attributes: Attributes = {}
  readonly #children: UblElement[] = []

  constructor(name: string, condition?: string) {
    this.name = name
    this.condition = condition
  }

  /** The element at a path, made as far as it is not there. */
  at(path: string): UblElement {
    return stepsOf(path).reduce<UblElement>(
      (element, step) => element.#child(step) ?? element.#make(step),
      this,
    )
  }

  /** A new element at the end of a path, whatever is there already. */
  add(path: string): UblElement {
    const steps = stepsOf(path)
    const last = steps.pop()
    if (last === undefined) return this
    const parent = steps.reduce<UblElement>(
      (element, step) => element.#child(step) ?? element.#make(step),
      this,
    )
    return parent.#make(last)
  }

  /** Gives the element at a path its text, unless it has one, or there is none to give. */
  put(path: string, text: string | null | undefined, attributes: Attributes = {}): void {
    if (text === null || text === undefined || text === '') return
    const element = this.at(path)
    if (element.text !== undefined) return
    element.text = text
    element.attributes = attributes
  }

  has(path: string): boolean {
    const found = stepsOf(path).reduce<UblElement | undefined>(
      (element, step) => (element === undefined ? undefined : element.#child(step)),
      this,
    )
    return found !== undefined
  }

  /** Every element of a name, at any depth. */
  *named(name: string): Generator<UblElement> {
    for (const child of this.#children) {
      if (child.name === name) yield child
      yield* child.named(name)
    }
  }

  /** As XML, the children in the order of `type`; amounts without a currency are in `currency`. */
  write(type: ElementType | undefined, currency: string): string {
    const attributes = Object.entries(this.attributes).map(
      ([name, value]) => ` ${name}="${escapeXml(value)}"`,
    )
    const isAmount = type?.attributes.some(
      ({ name, isRequired }) => name === CURRENCY && isRequired,
    )
    if (isAmount === true && this.attributes['currencyID'] === undefined) {
      attributes.push(` currencyID="${escapeXml(currency)}"`)
    }
    const content = this.text === undefined ? this.#content(type, currency) : escapeXml(this.text)
    return content === '' ? '' : `<${this.name}${attributes.join('')}>${content}</${this.name}>`
  }

  #content(type: ElementType | undefined, currency: string): string {
    const names = type?.content.names ?? []
    const place = ({ name }: UblElement): number => names.indexOf(nameOf(name))
    return this.#children
      .toSorted((one, other) => place(one) - place(other))
      .map((child) => child.write(SCHEMA()?.typeOf(nameOf(child.name)), currency))
      .join('')
  }

  #child({ name, condition }: Step): UblElement | undefined {
    return this.#children.find((one) => one.name === name && one.condition === condition)
  }

  #make({ name, condition }: Step): UblElement {
    const made = new UblElement(name, condition)
    this.#children.push(made)
    const [, path, value] = /^([^!=]+)=(.*)$/.exec(condition ?? '') ?? []
    if (path !== undefined) made.put(path, value)
    return made
  }
}

/** A whole document. */
export function writeUbl(root: UblRootName, content: UblElement, currency: string): string {
  const { name, namespace } = ROOTS[root]
  content.attributes = {
    xmlns: namespace,
    'xmlns:cac': NAMESPACES.cac,
    'xmlns:cbc': NAMESPACES.cbc,
  }
  const xml = content.write(SCHEMA()?.typeOf(name), currency)
  return `<?xml version="1.0" encoding="UTF-8"?>\n${xml}\n`
}

interface Step {
  readonly name: string
  readonly condition: string | undefined
}

const STEPS = new Map<string, readonly Step[]>()

function stepsOf(path: string): Step[] {
  let steps = STEPS.get(path)
  if (steps === undefined) {
    steps = [...path.matchAll(/([^/[.]+)(?:\[([^\]]+)\])?(?:\/|$)/g)].map(
      ([, name = '', condition]) => ({ name, condition }),
    )
    STEPS.set(path, steps)
  }
  return [...steps]
}

/** Every name of UBL is known by its schema; -1 = of another format. */
function nameOf(prefixed: string): NameId {
  const [prefix = '', local = ''] = prefixed.split(':')
  return findNameId((NAMESPACES as Record<string, string>)[prefix] ?? '', local) ?? -1
}

const SCHEMA = () => schemaOf(ROOTS.Invoice.name)
