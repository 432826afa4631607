import type { Content, Shape } from './shape.ts'
import { isBoolean, isDate, isDecimal } from './simple-types.ts'
import { NONE, type NodeId, type XmlDocument } from './xml/xml-document.ts'
import { XmlNode, type NodeDocument, type Place } from './xml-node.ts'

/** Something a schema forbids, found while reading. */
export interface StructureIssue {
  /** `XSD-<kind>`. */
  readonly kind: 'CARDINALITY' | 'DECIMAL' | 'DATE' | 'BOOLEAN' | 'BASE64'
  readonly place: Place
  /** The element concerned, with its prefix. */
  readonly name: string
  /** The value, when it is what is wrong. */
  readonly value?: string
}

/** More errors of structure than this in one file are not worth listing (reference §2). */
const MAX_ISSUES = 20

/** Builds the nodes that a shape names of the elements of a document. */
export function readTree(
  document: XmlDocument,
  shape: Shape,
): { readonly root: XmlNode; readonly issues: readonly StructureIssue[] } {
  const reader = new TreeReader(document)
  return { root: reader.read(0, shape, undefined), issues: reader.issues }
}

class TreeReader {
  readonly issues: StructureIssue[] = []
  readonly #document: XmlDocument
  readonly #places: NodeDocument

  constructor(document: XmlDocument) {
    this.#document = document
    this.#places = { locate: (node) => document.lineOf(node) }
  }

  read(id: NodeId, shape: Shape, parent: XmlNode | undefined): XmlNode {
    const document = this.#document
    const attributes: { uri: string; local: string; value: string }[] = []
    for (let at = document.firstAttribute(id); at < document.endAttribute(id); at += 1) {
      const { uri, local } = document.xmlName(document.attributeName(at))
      attributes.push({ uri, local, value: document.attributeValue(at) })
    }
    const node = new XmlNode(shape, parent, { document: this.#places, offset: id, attributes })
    if (parent?.adopt(node) === false) {
      this.#report({ kind: 'CARDINALITY', place: node, name: shape.name })
    }
    for (let child = document.firstChild(id); child !== NONE; child = document.nextSibling(child)) {
      const { uri, local } = document.nameOf(child)
      const of = shape.children.get(local)
      if (of?.uri === uri) this.read(child, of, node)
    }
    if (shape.content !== 'group') node.text = document.text(id)
    this.#checkContent(node, shape.content, id)
    return node
  }

  #checkContent(node: XmlNode, content: Content, id: NodeId): void {
    const wrong = (kind: StructureIssue['kind']): void => {
      this.#report({ kind, place: node, name: node.shape.name, value: node.text })
    }
    switch (content) {
      case 'decimal':
        if (!isDecimal(node.text)) wrong('DECIMAL')
        return
      case 'date':
        if (!isDate(node.text)) wrong('DATE')
        return
      case 'boolean':
        if (!isBoolean(node.text)) wrong('BOOLEAN')
        return
      case 'base64': {
        // The content is not kept: the number of bytes it decodes to stands for it, if any.
        const bytes = this.#document.binaryBytes(id) ?? -1
        node.text = bytes < 0 ? '' : String(bytes)
        if (bytes < 0) this.#report({ kind: 'BASE64', place: node, name: node.shape.name })
        return
      }
      case 'group':
      case 'text':
        return
    }
  }

  #report(issue: StructureIssue): void {
    if (this.issues.length < MAX_ISSUES) this.issues.push(issue)
  }
}
