import type { InvoiceTerms } from './invoice-terms.ts'
import { NONE, type NodeId, type XmlDocument } from './xml/xml-document.ts'
import { nameId } from './xml/xml-names.ts'

/** A document that travels inside an invoice. */
export interface EmbeddedContent {
  readonly reference: string
  readonly description: string
  readonly fileName: string
  readonly mimeCode: string
  readonly base64: string
}

/** What EN 16931 lets an invoice carry (BR-CL-24). */
const CARRIED: ReadonlySet<string> = new Set([
  'application/pdf',
  'image/png',
  'image/jpeg',
  'text/csv',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/vnd.oasis.opendocument.spreadsheet',
])
const MIME = nameId('mimeCode')
const FILE_NAME = nameId('filename')
const CPP_MIME = nameId('MimeTypePJ')
const CPP_NAME = nameId('NomPJ')

/**
 * What one invoice carries of the kinds that EN 16931 knows. The document keeps no base64, so it is
 * taken from the file: the n-th element of its name is the n-th there.
 */
export function embeddedContents(
  terms: InvoiceTerms,
  bytes: Uint8Array,
): readonly EmbeddedContent[] {
  const { document } = terms
  const found = terms.groups('BG-24').flatMap((group) => {
    const node = terms.first('BT-125', group)
    if (node === NONE) return []
    const text = (name: number): string => document.trimmed(document.child(group, name))
    const isCpp = terms.syntax === 'cpp'
    const mimeCode = isCpp ? text(CPP_MIME) : (document.attribute(node, MIME) ?? '')
    const fileName = isCpp ? text(CPP_NAME) : (document.attribute(node, FILE_NAME) ?? '')
    if (!CARRIED.has(mimeCode) || fileName === '') return []
    const reference = terms.text('BT-122', group) || fileName
    return [{ node, reference, description: terms.text('BT-123', group), fileName, mimeCode }]
  })
  if (found.length === 0) return []
  const contents = base64Texts(bytes, localName(document, found[0]!.node))
  const nodes = sameNamed(document, found[0]!.node)
  // Something hides or looks like such an element: nothing is guessed.
  if (contents.length !== nodes.length) return []
  return found.map(({ node, ...rest }) => ({
    ...rest,
    base64: contents[nodes.indexOf(node)] ?? '',
  }))
}

/** A file that is a PDF, Factur-X, goes along as the readable invoice. */
export function wholePdf(fileName: string, bytes: Uint8Array): EmbeddedContent {
  return {
    reference: fileName,
    description: 'LISIBLE',
    fileName,
    mimeCode: 'application/pdf',
    base64: Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
  }
}

const localName = (document: XmlDocument, node: NodeId): string => document.nameOf(node).local

function sameNamed(document: XmlDocument, node: NodeId): NodeId[] {
  const name = document.name(node)
  return Array.from({ length: document.size }, (_, id) => id).filter(
    (id) => document.name(id) === name,
  )
}

function base64Texts(bytes: Uint8Array, local: string): string[] {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
  const elements = text.matchAll(new RegExp(`<(?:[\\w.-]+:)?${local}(?:\\s[^>]*)?>([^<]*)<`, 'g'))
  return [...elements].map(([, content = '']) => content.replace(/\s+/g, ''))
}
