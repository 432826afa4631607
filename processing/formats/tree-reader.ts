import type { Content, Shape } from './shape.ts'
import { base64Bytes, isBoolean, isDate, isDecimal } from './simple-types.ts'
import { XmlNode, type NodeDocument, type Place } from './xml-node.ts'
import type { OpenAnswer, XmlElement, XmlHandler } from './xml/xml-scanner.ts'

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

/** Builds the nodes of one document while it is scanned. */
export class TreeReader implements XmlHandler {
  readonly root: XmlNode
  readonly issues: StructureIssue[] = []
  readonly #document: NodeDocument
  #current: XmlNode | undefined
  /** Elements open that nobody reads, below the current one. */
  #skipped = 0
  #base64: string[] = []

  constructor(shape: Shape, root: XmlElement, offset: number, document: NodeDocument) {
    this.#document = document
    this.root = new XmlNode(shape, undefined, { document, offset, attributes: root.attributes })
    this.#current = this.root
  }

  open(element: XmlElement, offset: number): OpenAnswer {
    const parent = this.#current
    const shape = this.#skipped === 0 ? parent?.shape.children.get(element.local) : undefined
    if (parent === undefined || shape === undefined || shape.uri !== element.uri) {
      this.#skipped += 1
      // A long text that nobody reads may still be an attachment.
      return element.local === 'EmbeddedDocumentBinaryObject' ? 'long-text' : 'read'
    }
    const source = { document: this.#document, offset, attributes: element.attributes }
    const node = new XmlNode(shape, parent, source)
    if (!parent.adopt(node)) {
      this.#report({ kind: 'CARDINALITY', place: node, name: shape.name })
    }
    this.#current = node
    return shape.content === 'base64' ? 'long-text' : 'read'
  }

  text(text: string): void {
    const node = this.#current
    if (this.#skipped > 0 || node === undefined || node.shape.content === 'group') return
    if (node.shape.content === 'base64') this.#base64.push(text)
    else node.text += text
  }

  close(): void {
    if (this.#skipped > 0) {
      this.#skipped -= 1
      return
    }
    const node = this.#current
    if (node === undefined) return
    this.#checkContent(node, node.shape.content)
    this.#current = node.parent
  }

  #checkContent(node: XmlNode, content: Content): void {
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
        const bytes = base64Bytes(this.#base64)
        this.#base64 = []
        node.text = bytes === undefined ? '' : String(bytes)
        if (bytes === undefined) {
          this.#report({ kind: 'BASE64', place: node, name: node.shape.name })
        }
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
