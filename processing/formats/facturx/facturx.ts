import { embeddedFiles, type EmbeddedFile } from './embedded-files.ts'
import type { FacturXFaultId, FacturXWarningId } from './facturx-faults.ts'
import { PdfFile } from './pdf-file.ts'
import {
  isDictionary,
  PdfDamage,
  PdfName,
  PdfStream,
  PdfTooLarge,
  type PdfDictionary,
  type PdfValue,
} from './pdf-syntax.ts'
import { profileOf } from './profiles.ts'
import { readMetadata, type FacturXMetadata } from './xmp.ts'

/** The invoice inside a PDF. */
export interface FacturXContent {
  /** The CII document. */
  readonly xml: Buffer
  /** As it is called in the PDF. */
  readonly name: string
  /** Other files that travel with it. */
  readonly others: readonly { readonly name: string }[]
  readonly metadata: FacturXMetadata | undefined
  readonly warnings: readonly FacturXWarningId[]
}

export type FacturXResult =
  | ({ readonly outcome: 'read' } & FacturXContent)
  | { readonly outcome: 'refused'; readonly fault: FacturXFaultId }

/** Names that the invoice had over the years: reference invoices §7. */
const INVOICE_NAMES: ReadonlySet<string> = new Set([
  'factur-x.xml',
  'zugferd-invoice.xml',
  'xrechnung.xml',
])
const RELATIONSHIPS: ReadonlySet<string> = new Set(['Alternative', 'Data', 'Source'])

/** Takes the invoice out of a Factur-X file. Never throws for what the bytes are. */
export function readFacturX(bytes: Uint8Array): FacturXResult {
  try {
    return extract(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length))
  } catch (error) {
    if (error instanceof PdfTooLarge) return { outcome: 'refused', fault: 'PDF-TOO-LARGE' }
    if (error instanceof PdfDamage) return { outcome: 'refused', fault: 'PDF-DAMAGED' }
    throw error
  }
}

function extract(bytes: Buffer): FacturXResult {
  const pdf = PdfFile.open(bytes)
  if (pdf.trailer.has('Encrypt')) return { outcome: 'refused', fault: 'PDF-ENCRYPTED' }
  const catalog = pdf.dictionary(pdf.trailer.get('Root'))
  if (catalog === undefined) throw new PdfDamage('no catalog')
  if (hasActions(pdf)) return { outcome: 'refused', fault: 'PDF-ACTION' }
  const files = embeddedFiles(pdf, catalog)
  const isInvoice = ({ name }: EmbeddedFile): boolean => INVOICE_NAMES.has(name.toLowerCase())
  const [invoice, second] = files.filter(isInvoice)
  if (invoice === undefined) return { outcome: 'refused', fault: 'PDF-NO-INVOICE' }
  if (second !== undefined) return { outcome: 'refused', fault: 'PDF-AMBIGUOUS' }
  const metadata = metadataOf(pdf, catalog)
  return {
    outcome: 'read',
    xml: pdf.content(invoice.stream),
    name: invoice.name,
    others: files.filter((file) => file !== invoice).map(({ name }) => ({ name })),
    metadata,
    warnings: warningsOf(invoice, metadata),
  }
}

/** JavaScript, or an action that starts a program, anywhere in the file. */
function hasActions(pdf: PdfFile): boolean {
  for (const value of pdf.objects()) {
    if (value instanceof PdfStream ? isAction(value.dictionary) : holdsAction(value)) return true
  }
  return false
}

/** Dictionaries may stand directly in one another; their depth is limited when they are read. */
function holdsAction(value: PdfValue | undefined): boolean {
  if (Array.isArray(value)) return (value as readonly PdfValue[]).some(holdsAction)
  if (!isDictionary(value)) return false
  return isAction(value) || [...value.values()].some(holdsAction)
}

function isAction(dictionary: PdfDictionary): boolean {
  if (dictionary.has('JS') || dictionary.has('JavaScript')) return true
  const kind = dictionary.get('S')
  return kind instanceof PdfName && (kind.name === 'JavaScript' || kind.name === 'Launch')
}

function metadataOf(pdf: PdfFile, catalog: PdfDictionary): FacturXMetadata | undefined {
  const stream = pdf.resolve(catalog.get('Metadata'))
  return stream instanceof PdfStream ? readMetadata(pdf.content(stream)) : undefined
}

function warningsOf(
  { name, relationship, isAssociated, isNamed }: EmbeddedFile,
  metadata: FacturXMetadata | undefined,
): FacturXWarningId[] {
  const warnings: FacturXWarningId[] = []
  if (!isAssociated) warnings.push('PDF-AF')
  if (!isNamed) warnings.push('PDF-NAMES')
  if (relationship === undefined || !RELATIONSHIPS.has(relationship)) {
    warnings.push('PDF-RELATIONSHIP')
  }
  if (metadata?.level === undefined || metadata.fileName === undefined) warnings.push('PDF-XMP')
  else if (metadata.fileName.toLowerCase() !== name.toLowerCase()) warnings.push('PDF-XMP-FILE')
  if (metadata !== undefined && metadata.pdfaPart !== '3') warnings.push('PDF-A')
  return warnings
}

/** What the invoice says against its metadata. */
export function profileWarnings(
  specification: string,
  metadata: FacturXMetadata | undefined,
): FacturXWarningId[] {
  const profile = profileOf(specification)
  if (profile === undefined) return ['PDF-PROFILE']
  const level = metadata?.level
  return level === undefined || level.toUpperCase() === profile.level ? [] : ['PDF-XMP-LEVEL']
}
