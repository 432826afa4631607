import type { BilingualText } from '../../../gateway/flow.ts'

/**
 * Reads an XML document once, from its bytes, as events. What every scanner holds to (reference
 * invoices §1, §9): XML 1.0 with namespaces, well-formed; no DOCTYPE, no entity but the five built
 * in; UTF-8, UTF-16 with its mark, ISO-8859-1 and -15; nothing outside the document is ever read.
 */
export type XmlScanner = (bytes: Uint8Array, handler: XmlHandler) => XmlScan

/** Told of the document in order. */
export interface XmlHandler {
  /** An element starts; `offset` is opaque, see `XmlScan.locate`. */
  open(element: XmlElement, offset: number): OpenAnswer
  /** Character data of the element that is open; several calls make one text. */
  text(text: string): void
  close(): void
}

/** `long-text`: this element may hold an attachment. `stop`: nothing more is wanted. */
export type OpenAnswer = 'read' | 'long-text' | 'stop'

export interface XmlElement {
  readonly uri: string
  readonly local: string
  readonly attributes: readonly XmlAttribute[]
}

/** Namespace declarations are not among the attributes. */
export interface XmlAttribute {
  readonly uri: string
  readonly local: string
  readonly value: string
}

export interface XmlScan {
  /** Why reading ended early; undefined = well-formed, or stopped by the handler. */
  readonly fault?: XmlFault
  readonly encoding: XmlEncoding
  /** Line and column, from 1, of an offset that was given with an element. */
  locate(offset: number): { readonly line: number; readonly column: number }
}

export type XmlEncoding = 'UTF-8' | 'UTF-16' | 'ISO-8859-1' | 'ISO-8859-15' | 'unknown'

export interface XmlFault {
  /** Id of ours: `XML-DOCTYPE`. */
  readonly rule: string
  readonly detail: BilingualText
  readonly remedy?: BilingualText
  readonly line?: number
  readonly column?: number
}

/** Reference invoices §9. The size of the document is limited at extraction. */
export const XML_LIMITS = {
  depth: 64,
  elements: 2_000_000,
  attributes: 64,
  textCharacters: 1024 * 1024,
  nameCharacters: 256,
} as const
