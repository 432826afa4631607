import type { Finding } from '../../gateway/flow.ts'
import { readChunk } from '../archives/chunk-file.ts'
import { FURTHER_INVOICES } from '../check-invoices.ts'
import { Schema } from '../formats/structure/schema.ts'
import { StructureCheck } from '../formats/structure/structure-check.ts'
import { NONE, path, type NodeId, type XmlDocument } from '../formats/xml/xml-document.ts'
import { nameId } from '../formats/xml/xml-names.ts'
import { XmlReader } from '../formats/xml/xml-reader.ts'
import { motiveFinding } from '../motives.ts'
import type { InvoiceStatus } from '../returns/invoice-statuses.ts'
import { isInvoiceStatus } from '../returns/invoice-statuses.ts'
import { STATUS_INFO_OF } from '../returns/status-info-codes.ts'
import { STATUS_INFO_SCHEMA } from '../returns/status-info-schema.ts'
import { STATUT_SCHEMA } from '../returns/statut-schema.ts'

/** A status that a recipient gives to an invoice, as its flow says it. */
export interface ReceivedStatus {
  /** Ordinal in the flow: see `FURTHER_INVOICES`. */
  readonly part: number
  readonly file: string
  readonly status: InvoiceStatus | null
  readonly number: string
  readonly supplierId: string
  /** Empty where the format has none. */
  readonly recipientId: string
  readonly comment: string
  /** Why it cannot be taken, whatever the invoice is. */
  readonly findings: readonly Finding[]
}

export interface ReadStatusesTask {
  /** A chunk file on a local disk. */
  readonly path: string
}

const STATUT = new Schema(STATUT_SCHEMA)
const STATUS_INFO = new Schema(STATUS_INFO_SCHEMA)
const UNITS = path('CPPFactureStatuts/CPPFactureStatutUnitaire')
const DOCUMENTS = path('DocumentStatus')
const ID_TYPE = nameId('Type')
const CODE = nameId('Code')
const NOTE = nameId('Note')

/** The statuses in the files of a life-cycle flow, in either format, for a worker thread. */
export async function readStatuses(task: ReadStatusesTask): Promise<readonly ReceivedStatus[]> {
  const all: ReceivedStatus[] = []
  for await (const { part, file, bytes } of readChunk(task.path)) {
    for (const [index, status] of readFile(bytes, file).entries()) {
      const place = { part: part + index * FURTHER_INVOICES, file }
      const findings = status.findings.map((finding) => ({ ...finding, ...place }))
      all.push({ ...status, ...place, findings })
    }
  }
  return all
}

type Unplaced = Omit<ReceivedStatus, 'part' | 'file'>

function readFile(bytes: Uint8Array, file: string): readonly Unplaced[] {
  const reader = new XmlReader()
  const { document } = reader
  const isStatut = /<CPPStatut\b/.test(Buffer.from(bytes.subarray(0, 4_096)).toString('latin1'))
  const schema = isStatut ? STATUT : STATUS_INFO
  const check = new StructureCheck(schema, document)
  const { fault } = reader.read(bytes, check)
  if (fault !== undefined) {
    const { rule, ...place } = fault
    return [refused(motiveFinding('ERR_XSD_001', { rule, ...place, file }))]
  }
  const [issue] = check.issues
  if (!schema.roots.has(document.name(0)) || issue !== undefined) {
    return [refused(motiveFinding('ERR_XSD_001', { rule: 'CDV-STRUCTURE', ...issue?.place, file }))]
  }
  const read = isStatut
    ? document.all(0, UNITS).map((unit) => ofStatut(document, unit))
    : document.all(0, DOCUMENTS).map((unit) => ofStatusInfo(document, unit))
  return read.length > 0 ? read : [refused(NO_INVOICE)]
}

function ofStatut(document: XmlDocument, unit: NodeId): Unplaced {
  const text = (names: string): string => document.trimmed(document.first(unit, path(names)))
  const status = text('DonneesStatut/IdStatut')
  return {
    status: isInvoiceStatus(status) ? status : null,
    number: text('DonneesStatut/IdFacture'),
    supplierId: text('Fournisseur/Identifiant'),
    recipientId: text('Debiteur/Identifiant'),
    comment: text('DonneesStatut/Commentaire') || text('DonneesStatut/ComplementStatut'),
    findings: [],
  }
}

/** Statuses of that format, as ours; the last of those that are told alike. */
const STATUS_OF_INFO = new Map(
  Object.entries(STATUS_INFO_OF).map(([status, code]) => [code as string, status as InvoiceStatus]),
)

function ofStatusInfo(document: XmlDocument, unit: NodeId): Unplaced {
  const text = (names: string): string => document.trimmed(document.first(unit, path(names)))
  const ids = document.all(unit, path('Document/ID'))
  const number = ids.find((id) => document.attribute(id, ID_TYPE) === 'NUMERO DE DOCUMENT')
  const state = document.child(unit, nameId('Status'))
  const code = state === NONE ? '' : (document.attribute(state, CODE) ?? '')
  const status = STATUS_OF_INFO.get(code)
  return {
    status: status ?? null,
    number: number === undefined ? '' : document.trimmed(number),
    supplierId: text('Document/Sender/SIRET') || text('Document/Sender/VAT_ID'),
    recipientId: '',
    comment: state === NONE ? '' : (document.attribute(state, NOTE) ?? ''),
    findings: status === undefined ? [noCounterpart(code)] : [],
  }
}

function refused(finding: Finding): Unplaced {
  return {
    status: null,
    number: '',
    supplierId: '',
    recipientId: '',
    comment: '',
    findings: [finding],
  }
}

const NO_INVOICE = motiveFinding('ERR_XSD_001', {
  rule: 'CDV-STRUCTURE',
  message: {
    en: 'The document tells no status of an invoice (CPPFactureStatuts).',
    fr: 'Le document ne porte aucun statut de facture (CPPFactureStatuts).',
  },
})

const noCounterpart = (code: string): Finding =>
  motiveFinding('ERR_FCT_008', {
    rule: 'CDV-STATUS',
    message: {
      en: `${code} is no status that an invoice can be given.`,
      fr: `${code} n’est pas un statut applicable à une facture.`,
    },
  })
