import type { InvoiceFormatName } from '../../config/interface-codes.ts'
import type { InvoiceFormat } from './format.ts'
import { FORMATS, KNOWN_ROOTS } from './formats.ts'
import type { Invoice } from './invoice.ts'
import { scanXml } from './saxes-scanner.ts'
import { TreeReader, type StructureIssue } from './tree-reader.ts'
import { XmlDocument } from './xml/xml-document.ts'
import { CONTENT, type XmlListener } from './xml/xml-listener.ts'
import { DocumentFiller } from './xml/document-filler.ts'
import { ElementStore, FOREIGN } from './xml/element-store.ts'
import { findNameId, type XmlName } from './xml/xml-names.ts'
import type { XmlElement, XmlEncoding, XmlFault, XmlHandler } from './xml/xml-scanner.ts'

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

/** Reads one invoice file. Never throws for what the bytes are. */
export function readInvoice(
  bytes: Uint8Array,
  expected: InvoiceFormatName,
  listener?: XmlListener,
): ReadResult {
  const fault = binaryFault(bytes)
  if (fault !== undefined) return { outcome: 'refused', fault }
  const document = { locate: (offset: number) => scan.locate(offset) }
  const store = new ElementStore()
  const filler = new DocumentFiller(store)
  const tree = new XmlDocument(store)
  const foreignNames: XmlName[] = []
  filler.begin(undefined, foreignNames)
  tree.reset(document.locate)
  const numberOf = (uri: string, local: string): number => {
    const known =
      findNameId(uri, local) ??
      FOREIGN + foreignNames.findIndex((name) => name.uri === uri && name.local === local)
    if (known >= FOREIGN || known < FOREIGN - 1) return known
    return FOREIGN - 1 + foreignNames.push({ prefixed: local, uri, local })
  }
  let reader: TreeReader | undefined
  let format: InvoiceFormat | undefined
  let foreign: { readonly root: XmlElement; readonly offset: number } | undefined
  const handler: XmlHandler = {
    open: (element, offset) => {
      const name = numberOf(element.uri, element.local)
      const node = filler.open(name, offset, 0)
      for (const { uri, local, value } of element.attributes) {
        const start = filler.keep(Buffer.from(value), 0, Buffer.byteLength(value))
        filler.addAttribute(numberOf(uri, local), start, store.arenaLength)
      }
      const content = listener?.open(node, name)
      if (content === CONTENT.binary) filler.beginBinary()
      if (reader !== undefined) return reader.open(element, offset)
      format = FORMATS.find((one) => one.name === expected && one.shapeOf(element) !== undefined)
      const shape = format?.shapeOf(element)
      if (shape === undefined) {
        foreign = { root: element, offset }
        return 'stop'
      }
      reader = new TreeReader(shape, element, offset, document)
      return 'read'
    },
    text: (text) => {
      const bytes = Buffer.from(text)
      if (/[^ \t\r\n]/.test(text)) filler.addText(bytes, 0, bytes.length)
      reader?.text(text)
    },
    close: () => {
      const node = filler.close()
      const [start, end] = [tree.textStart(node), tree.textEnd(node)]
      listener?.close(node, tree.name(node), tree.textBytes(node), start, end)
      reader?.close()
    },
  }
  const scan = scanXml(bytes, handler)
  if (foreign !== undefined) {
    const place = scan.locate(foreign.offset)
    return { outcome: 'refused', fault: { ...foreignFault(foreign.root, expected), ...place } }
  }
  if (scan.fault !== undefined) return { outcome: 'refused', fault: scan.fault }
  return {
    outcome: 'read',
    // A document without fault has a root, so both are there.
    document: tree,
    invoice: format!.toInvoice(reader!.root),
    issues: reader!.issues,
    encoding: scan.encoding,
  }
}

/** Names of the formats an interface code can announce. */
const FORMAT_NAMES: Readonly<Record<InvoiceFormatName, string>> = {
  ubl: 'UBL',
  cii: 'CII',
  facturx: 'Factur-X',
  cpp: 'CPP Facture',
  pes: 'PES Facture',
  xcbl: 'xCBL',
}

function foreignFault(root: XmlElement, expected: InvoiceFormatName): XmlFault {
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
