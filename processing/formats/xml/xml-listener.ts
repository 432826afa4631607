import type { NodeId } from './xml-document.ts'
import type { NameId } from './xml-names.ts'

/**
 * Is told of a document while it is scanned: the structure check hangs here. Everything is a
 * number; names, attributes and texts are read from the document that is being filled.
 */
export interface XmlListener {
  /**
   * The start tag of an element has been read: name, parent and attributes are in the document,
   * its text is not yet.
   * @returns one of `CONTENT`: what becomes of the element's own text
   */
  open(node: NodeId, name: NameId): ContentAnswer
  /**
   * The element ends. `bytes` from `start` to before `end` are its own text in UTF-8, entities
   * resolved, pieces joined; white space alone that stands beside child elements is left out. Empty
   * for a binary element: `document.binaryBytes(node)` says what it held.
   */
  close(node: NodeId, name: NameId, bytes: Uint8Array, start: number, end: number): void
}

export const CONTENT = {
  /** The text is kept, up to the limit of a text. */
  keep: 0,
  /** Base64 of any length: checked and counted on the fly, never kept. */
  binary: 1,
  /** Nothing more of the document is wanted. */
  stop: 2,
} as const

export type ContentAnswer = (typeof CONTENT)[keyof typeof CONTENT]
