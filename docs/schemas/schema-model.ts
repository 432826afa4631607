import { qname, type QName, type XsdNode } from './xsd-file.ts'

/** What may stand in an element: one name, a group of particles, or anything. */
export type Particle = { readonly min: number; readonly max: number } & (
  | { readonly kind: 'element'; readonly name: QName; readonly type: TypeRef }
  | { readonly kind: 'sequence' | 'choice'; readonly items: readonly Particle[] }
  | {
      readonly kind: 'any'
      /** Namespace whose elements may not stand there. */
      readonly except: string | undefined
      readonly isStrict: boolean
    }
)

/** A type by name, or where it is written without one. */
export type TypeRef = QName | XsdNode

export interface Attribute {
  readonly name: string
  /** A simple type of XML Schema, or a name of `SchemaModel.simples`. */
  readonly type: QName
  readonly required: boolean
  readonly fixed: string | undefined
}

export interface SimpleType {
  readonly base: QName
  readonly enumeration: readonly string[]
  readonly minLength: string | undefined
  readonly maxLength: string | undefined
}

export interface ComplexType {
  /** The simple type of its text; undefined = it holds elements. */
  readonly value: QName | undefined
  readonly content: readonly Particle[]
  readonly mixed: boolean
  readonly attributes: readonly Attribute[]
  readonly anyAttribute: boolean
  /** The complex type that it extends or restricts. */
  readonly base: QName | undefined
}

export const XSD_NAMESPACE = 'http://www.w3.org/2001/XMLSchema'
const ANY_TYPE = qname(XSD_NAMESPACE, 'anyType')

/** XML Schema files as a model: elements and types by name. */
export class SchemaModel {
  /** Global elements. */
  readonly elements = new Map<QName, TypeRef>()
  readonly #nodes = new Map<QName, XsdNode>()

  constructor(nodes: readonly XsdNode[]) {
    for (const node of nodes) {
      const name = qname(node.targetNamespace, node.attributes['name'] ?? '')
      if (node.local === 'element') this.elements.set(name, this.#typeOf(node))
      else if (node.local === 'complexType' || node.local === 'simpleType') {
        this.#nodes.set(name, node)
      }
    }
  }

  /** Undefined when the type is simple. */
  complex(type: TypeRef): ComplexType | undefined {
    const node = typeof type === 'string' ? this.#nodes.get(type) : type
    if (type === ANY_TYPE) return anyType()
    if (node === undefined || node.local === 'simpleType') return undefined
    const inner = node.children.find(({ local }) => /^(simple|complex)Content$/.test(local))
    const derived = inner?.children[0]
    const base = derived?.attributes['base']
    const parent = base === undefined ? undefined : derived?.resolve(base)
    const inherited = parent === undefined ? undefined : this.complex(parent)
    const holder = derived ?? node
    const own = holder.children.filter(({ local }) => PARTICLES.has(local))
    const isExtension = derived?.local === 'extension'
    return {
      value: inner?.local === 'simpleContent' ? (inherited?.value ?? parent) : undefined,
      content: [
        ...(isExtension ? (inherited?.content ?? []) : []),
        ...own.map((one) => this.#particle(one)),
      ],
      mixed: node.attributes['mixed'] === 'true' || inherited?.mixed === true,
      attributes: this.#attributes(holder, inherited?.attributes ?? []),
      anyAttribute:
        holder.children.some(({ local }) => local === 'anyAttribute') ||
        inherited?.anyAttribute === true,
      base: inherited === undefined ? undefined : parent,
    }
  }

  /** Undefined for the types of XML Schema itself. */
  simple(type: QName): SimpleType | undefined {
    const restriction = this.#nodes.get(type)?.children[0]
    if (restriction === undefined || restriction.local !== 'restriction') return undefined
    const facets = (name: string): string[] =>
      restriction.children
        .filter(({ local }) => local === name)
        .map(({ attributes }) => attributes['value'] ?? '')
    return {
      base: restriction.resolve(restriction.attributes['base'] ?? ''),
      enumeration: facets('enumeration'),
      minLength: facets('minLength')[0],
      maxLength: facets('maxLength')[0],
    }
  }

  #typeOf(element: XsdNode): TypeRef {
    const type = element.attributes['type']
    return type === undefined ? (element.children[0] ?? ANY_TYPE) : element.resolve(type)
  }

  #particle(node: XsdNode): Particle {
    const { minOccurs = '1', maxOccurs = '1' } = node.attributes
    const occurs = {
      min: Number(minOccurs),
      max: maxOccurs === 'unbounded' ? Number.POSITIVE_INFINITY : Number(maxOccurs),
    }
    if (node.local === 'any') {
      return {
        ...occurs,
        kind: 'any',
        except: node.attributes['namespace'] === '##other' ? node.targetNamespace : undefined,
        isStrict: node.attributes['processContents'] !== 'lax',
      }
    }
    if (node.local === 'element') {
      const ref = node.attributes['ref']
      const name =
        ref === undefined
          ? qname(node.targetNamespace, node.attributes['name'] ?? '')
          : node.resolve(ref)
      return {
        ...occurs,
        kind: 'element',
        name,
        type: ref === undefined ? this.#typeOf(node) : (this.elements.get(name) ?? name),
      }
    }
    if (node.local !== 'sequence' && node.local !== 'choice') {
      throw new Error(`xsd:${node.local} has no place in our tables.`)
    }
    const items = node.children.map((child) => this.#particle(child))
    return { ...occurs, kind: node.local, items }
  }

  #attributes(holder: XsdNode, inherited: readonly Attribute[]): Attribute[] {
    const attributes = new Map(inherited.map((one) => [one.name, one]))
    for (const { local, attributes: given, resolve } of holder.children) {
      if (local !== 'attribute') continue
      const name = given['name'] ?? ''
      attributes.set(name, {
        name,
        type: resolve(given['type'] ?? 'anySimpleType'),
        required: given['use'] === 'required',
        fixed: given['fixed'],
      })
    }
    return [...attributes.values()]
  }
}

const PARTICLES = new Set(['sequence', 'choice', 'any', 'all', 'group'])

/** Anything at all, checked where a declaration is known. */
function anyType(): ComplexType {
  return {
    value: undefined,
    content: [
      { kind: 'any', except: undefined, isStrict: false, min: 0, max: Number.POSITIVE_INFINITY },
    ],
    mixed: true,
    attributes: [],
    anyAttribute: true,
    base: undefined,
  }
}
