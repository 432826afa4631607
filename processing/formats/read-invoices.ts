import type { InvoiceFormatName } from '../../config/interface-codes.ts'
import { readFacturX, type FacturXContent } from './facturx/facturx.ts'
import type { FacturXFaultId } from './facturx/facturx-faults.ts'
import { binaryFault, EMPTY_FAULT, foreignFault } from './format-faults.ts'
import { FORMATS, type InvoiceFormat } from './formats.ts'
import { schemaOf } from './structure/schemas.ts'
import type { Schema } from './structure/schema.ts'
import { StructureCheck } from './structure/structure-check.ts'
import type { StructureIssue } from './structure/structure-issue.ts'
import type { NodeId, XmlDocument } from './xml/xml-document.ts'
import { CONTENT, type ContentAnswer, type XmlListener } from './xml/xml-listener.ts'
import type { NameId, XmlName } from './xml/xml-names.ts'
import type { XmlEncoding, XmlFault, XmlOutcome } from './xml/xml-outcome.ts'
import { limitFault } from './xml/xml-faults.ts'
import { XML_LIMITS } from './xml/xml-limits.ts'
import { XmlReader } from './xml/xml-reader.ts'
import { XmlStream } from './xml/xml-stream.ts'

/** A file of more bytes than this is better read in pieces: it need not be held. */
export const WHOLE_FILE_BYTES = 4 * 1024 ** 2

/** One file as it was read; when it was read whole, valid until the next one is. */
export interface ReadInvoices {
  readonly outcome: 'read'
  /** Of the XML document, the one inside when the file is a PDF. */
  readonly format: InvoiceFormat
  readonly document: XmlDocument
  /** The root element of each invoice, in document order. */
  readonly invoices: readonly NodeId[]
  /** What the schema of the format forbids. */
  readonly issues: readonly StructureIssue[]
  readonly encoding: XmlEncoding
  /** The PDF around it, for Factur-X. */
  readonly container?: FacturXContent
}

export type ReadResult =
  | ReadInvoices
  /** Not well-formed, not an invoice, or not of the format that the interface code announces. */
  | {
      readonly outcome: 'refused'
      readonly fault: XmlFault
      readonly format: InvoiceFormatName | null
    }
  | { readonly outcome: 'refused-pdf'; readonly fault: FacturXFaultId }

/** One for all documents of a thread: what it read last is gone with the next. */
const READER = new XmlReader()
/** One for each format, over the reader's document. */
const CHECKS = new Map<Schema, StructureCheck>()

/**
 * Reads one file of invoices. Never throws for what the bytes are.
 * @param expected what the interface code announces; null = whatever it is
 */
export function readInvoices(bytes: Uint8Array, expected: InvoiceFormatName | null): ReadResult {
  const start = startOf(bytes)
  if (start.includes('%PDF-') && (expected === 'facturx' || expected === null)) {
    const container = readFacturX(bytes)
    if (container.outcome === 'refused') return { outcome: 'refused-pdf', fault: container.fault }
    const inside = readXml(container.xml, 'cii')
    return inside.outcome === 'read' ? { ...inside, container } : { ...inside, format: 'facturx' }
  }
  const binary = bytes.length === 0 ? EMPTY_FAULT : binaryFault(start)
  if (binary !== undefined) return { outcome: 'refused', fault: binary, format: null }
  return readXml(bytes, expected)
}

/** `%PDF-` may stand a little behind the start (reference invoices §1). */
const START_BYTES = 1_024

function startOf(bytes: Uint8Array): string {
  const head = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.length, START_BYTES))
  return head.toString('latin1')
}

/**
 * The same of a file that comes in pieces: of an XML document what its elements hold is kept, no
 * attachments; a PDF is put together, since its parts may stand anywhere in it.
 */
export async function readInvoicesInPieces(
  pieces: AsyncIterable<Uint8Array>,
  expected: InvoiceFormatName | null,
): Promise<ReadResult> {
  const input = pieces[Symbol.asyncIterator]()
  const head: Uint8Array[] = []
  let headBytes = 0
  while (headBytes < START_BYTES) {
    const next = await input.next()
    if (next.done === true) return readInvoices(Buffer.concat(head), expected)
    // The memory of a piece may be used again for the next one.
    head.push(Uint8Array.from(next.value))
    headBytes += next.value.length
  }
  const start = startOf(Buffer.concat(head))
  if (start.includes('%PDF-') && (expected === 'facturx' || expected === null)) {
    for await (const piece of rest(input)) head.push(Uint8Array.from(piece))
    return readInvoices(Buffer.concat(head), expected)
  }
  const binary = binaryFault(start)
  if (binary !== undefined) return { outcome: 'refused', fault: binary, format: null }
  let gate: RootGate | undefined
  const stream = new XmlStream((document) => (gate = new RootGate(document, expected)))
  for (const piece of head) stream.write(piece)
  for await (const piece of rest(input)) stream.write(piece)
  const outcome = stream.end()
  if (outcome.fault !== undefined && stream.isInvalid) {
    return { outcome: 'refused', fault: outcome.fault, format: null }
  }
  return resultOf(stream.document, gate!, outcome)
}

function rest(input: AsyncIterator<Uint8Array>): AsyncIterable<Uint8Array> {
  return { [Symbol.asyncIterator]: () => input }
}

function readXml(
  bytes: Uint8Array,
  expected: InvoiceFormatName | null,
): Exclude<ReadResult, { outcome: 'refused-pdf' }> {
  const { document } = READER
  const gate = new RootGate(document, expected)
  return resultOf(document, gate, READER.read(bytes, gate))
}

function resultOf(
  document: XmlDocument,
  { format, foreignRoot, issues, expected }: RootGate,
  { fault, encoding }: XmlOutcome,
): Exclude<ReadResult, { outcome: 'refused-pdf' }> {
  if (foreignRoot !== undefined) {
    const place = document.lineOf(0)
    const foreign = { ...foreignFault(foreignRoot, expected), ...place }
    return { outcome: 'refused', fault: foreign, format: null }
  }
  if (fault !== undefined) return { outcome: 'refused', fault, format: format?.name ?? null }
  // A document without fault has a root, hence a format; one without its invoices has issues.
  const found = document.all(0, format!.invoices)
  if (found.length > XML_LIMITS.invoices) {
    const tooMany = limitFault('INVOICES', XML_LIMITS.invoices)
    return { outcome: 'refused', fault: tooMany, format: format!.name }
  }
  const invoices = found.length === 0 ? [0] : found
  return { outcome: 'read', format: format!, document, invoices, issues, encoding }
}

/** Lets only documents of one format through, and has them checked against its schema. */
class RootGate implements XmlListener {
  format: InvoiceFormat | undefined
  /** The root element is that of another format. */
  foreignRoot: XmlName | undefined
  readonly #document: XmlDocument
  readonly expected: InvoiceFormatName | null
  #check: StructureCheck | undefined

  constructor(document: XmlDocument, expected: InvoiceFormatName | null) {
    this.#document = document
    this.expected = expected
  }

  get issues(): readonly StructureIssue[] {
    return this.#check?.issues ?? []
  }

  open(node: NodeId, name: NameId): ContentAnswer {
    if (node === 0) {
      this.format = FORMATS.find(
        (one) => (this.expected === null || one.name === this.expected) && one.roots.includes(name),
      )
      if (this.format === undefined) {
        this.foreignRoot = this.#document.nameOf(node)
        return CONTENT.stop
      }
      this.#check = checkOf(name, this.#document, this.format.invoices.at(-1))
    }
    return this.#check?.open(node, name) ?? CONTENT.keep
  }

  close(node: NodeId, name: NameId, bytes: Uint8Array, start: number, end: number): void {
    this.#check?.close(node, name, bytes, start, end)
  }
}

/** Ready for a document with this root element. */
function checkOf(
  root: NameId,
  document: XmlDocument,
  invoice: NameId | undefined,
): StructureCheck | undefined {
  const schema = schemaOf(root)
  if (schema === undefined) return undefined
  if (document !== READER.document) return new StructureCheck(schema, document, invoice)
  let check = CHECKS.get(schema)
  if (check === undefined) {
    check = new StructureCheck(schema, document, invoice)
    CHECKS.set(schema, check)
  }
  check.reset()
  return check
}

/**
 * Issues that stand in one invoice of a document of several; those outside all of them count with
 * the first.
 */
export function issuesOf(
  { document, invoices, issues }: ReadInvoices,
  root: NodeId,
): readonly StructureIssue[] {
  if (invoices.length === 1 || issues.length === 0) return issues
  let byInvoice = ISSUES_BY_INVOICE.get(issues)
  if (byInvoice === undefined) {
    const paths = new Map(invoices.map((invoice) => [document.path(invoice), invoice]))
    const { length } = document.path(root).split('/')
    byInvoice = Map.groupBy(issues, ({ place }) => {
      const above = place.path.split('/').slice(0, length).join('/')
      return paths.get(above) ?? invoices[0]!
    })
    ISSUES_BY_INVOICE.set(issues, byInvoice)
  }
  return byInvoice.get(root) ?? []
}

/** Sorted once for all invoices of a document. */
const ISSUES_BY_INVOICE = new WeakMap<
  readonly StructureIssue[],
  ReadonlyMap<NodeId, readonly StructureIssue[]>
>()
