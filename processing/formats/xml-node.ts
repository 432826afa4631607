import type { Shape } from './shape.ts'

/** Namespace declarations are not among the attributes. */
interface XmlAttribute {
  readonly uri: string
  readonly local: string
  readonly value: string
}

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
  /** Children that may come once, so few that looking through them costs nothing; then the rest. */
  readonly #singles: XmlNode[] = []
  readonly #others: XmlNode[] = []
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

  /**
   * Takes a child in.
   * @returns false when it may come once only and is there already; it is kept all the same
   */
  adopt(child: XmlNode): boolean {
    const { max } = child.shape
    const isSecond = max === 1 && this.#singles.some(({ shape }) => shape === child.shape)
    if (max === 1 && !isSecond) this.#singles.push(child)
    else this.#others.push(child)
    return !isSecond
  }

  /** The first child of that name. */
  child(name: string): XmlNode | undefined {
    const isNamed = ({ shape }: XmlNode): boolean => shape.name === name
    return this.#singles.find(isNamed) ?? this.#others.find(isNamed)
  }

  all(name: string): XmlNode[] {
    const isNamed = ({ shape }: XmlNode): boolean => shape.name === name
    return [...this.#singles.filter(isNamed), ...this.#others.filter(isNamed)]
  }

  /** The first element at the end of these steps, whichever of their repetitions holds it. */
  first(...names: readonly string[]): XmlNode | undefined {
    const [name, ...rest] = names
    if (name === undefined) return this
    for (const child of this.all(name)) {
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
    return `${this.parent.path}/${this.shape.name}[${this.parent.#positionOf(this)}]`
  }

  /** Among the children of its name, from 1. */
  #positionOf(child: XmlNode): number {
    let position = 1
    for (const one of this.#singles) {
      if (one === child) return position
      if (one.shape === child.shape) position += 1
    }
    for (const one of this.#others) {
      if (one === child) break
      if (one.shape === child.shape) position += 1
    }
    return position
  }

  get line(): number {
    return this.#document.locate(this.#offset).line
  }

  get column(): number {
    return this.#document.locate(this.#offset).column
  }
}
