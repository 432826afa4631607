import type { InvoiceFormatName } from '../../config/interface-codes.ts'
import { FORMATS, KNOWN_ROOTS } from './formats.ts'
import type { Invoice } from './invoice.ts'
import { readTree, type StructureIssue } from './tree-reader.ts'
import { nameId, type NameId, type XmlName } from './xml/xml-names.ts'
import { CONTENT, type ContentAnswer, type XmlListener } from './xml/xml-listener.ts'
import { XmlReader } from './xml/xml-reader.ts'
import type { NodeId, XmlDocument } from './xml/xml-document.ts'
import type { XmlEncoding, XmlFault } from './xml/xml-outcome.ts'

export type ReadResult =
  | {
      readonly outcome: 'read'
      readonly invoice: Invoice
      readonly document: XmlDocument
      readonly issues: readonly StructureIssue[]
      readonly encoding: XmlEncoding
    }
  /** Not well-formed, not an invoice, or not of the format that the interface code announces. */
  | { readonly outcome: 'refused'; readonly fault: XmlFault }

/** One for all documents of a thread: what it read last is gone with the next. */
const READER = new XmlReader()

/** Reads one invoice file. Never throws for what the bytes are. */
export function readInvoice(
  bytes: Uint8Array,
  expected: InvoiceFormatName,
  listener?: XmlListener,
): ReadResult {
  const binary = binaryFault(bytes)
  if (binary !== undefined) return { outcome: 'refused', fault: binary }
  const { document } = READER
  const gate = new RootGate(document, expected, listener)
  const { fault, encoding } = READER.read(bytes, gate)
  const { format, foreignRoot } = gate
  if (foreignRoot !== undefined) {
    const place = document.lineOf(0)
    return { outcome: 'refused', fault: { ...foreignFault(foreignRoot, expected), ...place } }
  }
  if (fault !== undefined) return { outcome: 'refused', fault }
  // A document without fault has a root, hence a format.
  const { root, issues } = readTree(document, format!.shapeOf(document.nameOf(0))!)
  return { outcome: 'read', document, invoice: format!.toInvoice(root), issues, encoding }
}

/** Lets only documents of one format through. */
class RootGate implements XmlListener {
  format: (typeof FORMATS)[number] | undefined
  /** The root element is that of another format. */
  foreignRoot: XmlName | undefined
  readonly #document: XmlDocument
  readonly #expected: InvoiceFormatName
  readonly #next: XmlListener | undefined

  constructor(document: XmlDocument, expected: InvoiceFormatName, next: XmlListener | undefined) {
    this.#document = document
    this.#expected = expected
    this.#next = next
  }

  open(node: NodeId, name: NameId): ContentAnswer {
    if (node === 0) {
      const root = this.#document.nameOf(node)
      const isOfFormat = (one: (typeof FORMATS)[number]): boolean =>
        one.name === this.#expected && one.shapeOf(root) !== undefined
      this.format = FORMATS.find(isOfFormat)
      if (this.format === undefined) {
        this.foreignRoot = root
        return CONTENT.stop
      }
    }
    const answer = this.#next?.open(node, name) ?? CONTENT.keep
    return BINARY_NAMES.has(name) ? CONTENT.binary : answer
  }

  close(node: NodeId, name: NameId, bytes: Uint8Array, start: number, end: number): void {
    this.#next?.close(node, name, bytes, start, end)
  }
}

/** Elements that hold attachments, wherever they stand. */
const BINARY_NAMES: ReadonlySet<NameId> = new Set(
  ['cbc:EmbeddedDocumentBinaryObject', 'ram:AttachmentBinaryObject'].map(nameId),
)

/** Names of the formats an interface code can announce. */
const FORMAT_NAMES: Readonly<Record<InvoiceFormatName, string>> = {
  ubl: 'UBL',
  cii: 'CII',
  facturx: 'Factur-X',
  cpp: 'CPP Facture',
  pes: 'PES Facture',
  xcbl: 'xCBL',
}

function foreignFault(root: XmlName, expected: InvoiceFormatName): XmlFault {
  const known = KNOWN_ROOTS.find(({ matches }) => matches(root))
  const format = FORMAT_NAMES[expected]
  const name = JSON.stringify(`{${root.uri.slice(0, 120)}}${root.local.slice(0, 60)}`)
  return {
    rule: known?.rule ?? 'FMT-UNKNOWN-ROOT',
    detail:
      known === undefined
        ? {
            en: `The root element ${name} is that of no known invoice format; ${format} is expected.`,
            fr: `L’élément racine ${name} n’est celui d’aucun format de facture connu ; le format ${format} est attendu.`,
          }
        : {
            en: `It is ${known.name.en}; this interface code takes ${format}.`,
            fr: `C’est ${known.name.fr} ; ce code interface attend le format ${format}.`,
          },
    remedy: {
      en: `Send the invoice in ${format}, or under the interface code of its format.`,
      fr: `Envoyez la facture au format ${format}, ou sous le code interface de son format.`,
    },
  }
}

/** Files that are no XML at all, known by their first bytes. */
function binaryFault(bytes: Uint8Array): XmlFault | undefined {
  if (bytes.length === 0) {
    return {
      rule: 'XML-EMPTY',
      detail: { en: 'The file is empty.', fr: 'Le fichier est vide.' },
    }
  }
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, 1_024))
  const start = head.toString('latin1')
  const name = start.includes('%PDF-')
    ? (['FMT-PDF', 'a PDF', 'un PDF'] as const)
    : start.startsWith('PK\u0003\u0004')
      ? (['FMT-ZIP', 'a zip archive', 'une archive zip'] as const)
      : start.startsWith('\u001f\u008b')
        ? (['FMT-GZIP', 'a gzip archive', 'une archive gzip'] as const)
        : undefined
  if (name === undefined) return undefined
  const [rule, en, fr] = name
  return {
    rule,
    detail: {
      en: `The file is ${en}, not an XML invoice.`,
      fr: `Le fichier est ${fr}, pas une facture XML.`,
    },
  }
}
