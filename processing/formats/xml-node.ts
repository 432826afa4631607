import type { Shape } from './shape.ts'
import type { XmlAttribute } from './xml-scanner.ts'

/** A place in a file, worked out when it is asked for. */
export interface Place {
  /** XPath with positions: `/ubl:Invoice[1]/cac:InvoiceLine[3]`. */
  readonly path: string
  /** Of the element's start tag; both from 1. */
  readonly line: number
  readonly column: number
}

/** A business term as it was read: its text, as written, and its place. */
export interface Term extends Place {
  readonly text: string
  /** An attribute without namespace. */
  attribute(name: string): string | undefined
}

/** What the nodes of one document share. */
export interface NodeDocument {
  locate(offset: number): { readonly line: number; readonly column: number }
}

/** An element that its format reads; those it does not read have no node. */
export class XmlNode implements Term {
  readonly shape: Shape
  readonly parent: XmlNode | undefined
  readonly children: XmlNode[] = []
  text = ''
  readonly #document: NodeDocument
  readonly #offset: number
  readonly #attributes: readonly XmlAttribute[]

  constructor(
    shape: Shape,
    parent: XmlNode | undefined,
    source: {
      readonly document: NodeDocument
      readonly offset: number
      readonly attributes: readonly XmlAttribute[]
    },
  ) {
    this.shape = shape
    this.parent = parent
    this.#document = source.document
    this.#offset = source.offset
    this.#attributes = source.attributes
  }

  attribute(name: string): string | undefined {
    return this.#attributes.find(({ uri, local }) => uri === '' && local === name)?.value
  }

  /** The first child of that name. */
  child(name: string): XmlNode | undefined {
    return this.children.find(({ shape }) => shape.name === name)
  }

  all(name: string): XmlNode[] {
    return this.children.filter(({ shape }) => shape.name === name)
  }

  /** The first element at the end of these steps, whichever of their repetitions holds it. */
  first(...names: readonly string[]): XmlNode | undefined {
    const [name, ...rest] = names
    if (name === undefined) return this
    for (const child of this.children) {
      if (child.shape.name !== name) continue
      const found = child.first(...rest)
      if (found !== undefined) return found
    }
    return undefined
  }

  /** Every element at the end of these steps, in document order. */
  every(...names: readonly string[]): XmlNode[] {
    return names.reduce<XmlNode[]>((nodes, name) => nodes.flatMap((node) => node.all(name)), [this])
  }

  get path(): string {
    if (this.parent === undefined) return `/${this.shape.name}[1]`
    let position = 1
    for (const sibling of this.parent.children) {
      if (sibling === this) break
      if (sibling.shape === this.shape) position += 1
    }
    return `${this.parent.path}/${this.shape.name}[${position}]`
  }

  get line(): number {
    return this.#document.locate(this.#offset).line
  }

  get column(): number {
    return this.#document.locate(this.#offset).column
  }
}
