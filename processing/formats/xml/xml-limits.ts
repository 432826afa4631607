/**
 * Limits of one document, each with a fault of its own (reference invoices §9). The size of the
 * document is limited at extraction.
 */
export const XML_LIMITS = {
  depth: 64,
  elements: 2_000_000,
  attributes: 64,
  /** Of one text that is no attachment, and of one attribute. */
  textBytes: 1024 * 1024,
  /** Of a start tag with its attributes: what may have to wait for its end. */
  tagBytes: 2 * 1024 * 1024,
  nameCharacters: 256,
  /** Of a document that may hold several: each of them is a row of the journal. */
  invoices: 10_000,
  /** Different names of elements and attributes; UBL and CII together have some 2,000. */
  names: 10_000,
} as const
