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

/** How a flow of ours arrived, as its recipient says. */
export interface ReceivedReport {
  /** Ordinal of the file in the flow. */
  readonly part: number
  readonly file: string
  /** 90–96: see flux-status-codes.ts. */
  readonly status: string
  readonly errors: readonly ReportedError[]
}

/** One line of its errors. */
export interface ReportedError {
  /** `numeroDP` of its description; empty = it is about the flow. */
  readonly number: string
  readonly text: string
}

export interface ReadStatusesTask {
  /** A chunk file on a local disk. */
  readonly path: string
  /** The flow is a report (`CEN…`): its documents may tell of a flow instead of invoices. */
  readonly isReport: boolean
}

/** What the files of a chunk tell. */
export interface ReceivedChunk {
  readonly statuses: readonly ReceivedStatus[]
  readonly reports: readonly ReceivedReport[]
}

const STATUT = new Schema(STATUT_SCHEMA)
const STATUS_INFO = new Schema(STATUS_INFO_SCHEMA)
const UNITS = path('CPPFactureStatuts/CPPFactureStatutUnitaire')
const DOCUMENTS = path('DocumentStatus')
const FLOW = path('CPPFluxStatuts/CPPFluxStatutUnitaire/DonneesStatut')
const LINES = path('Details/LigneErreurDetail')
const STATUS = nameId('IdStatut')
const DESCRIPTION = nameId('DescriptionErreur')
const LABEL = nameId('LibelleErreur')
const ID_TYPE = nameId('Type')
const CODE = nameId('Code')
const NOTE = nameId('Note')

/** What the files of a recipient's flow tell, in either format, for a worker thread. */
export async function readStatuses(task: ReadStatusesTask): Promise<ReceivedChunk> {
  const statuses: ReceivedStatus[] = []
  const reports: ReceivedReport[] = []
  for await (const { part, file, bytes } of readChunk(task.path)) {
    const read = readFile(bytes, file, task.isReport)
    if ('report' in read) {
      reports.push({ ...read.report, part, file })
      continue
    }
    for (const [index, status] of read.statuses.entries()) {
      const place = { part: part + index * FURTHER_INVOICES, file }
      const findings = status.findings.map((finding) => ({ ...finding, ...place }))
      statuses.push({ ...status, ...place, findings })
    }
  }
  return { statuses, reports }
}

type Unplaced = Omit<ReceivedStatus, 'part' | 'file'>

type ReadFile =
  | { readonly statuses: readonly Unplaced[] }
  | { readonly report: Omit<ReceivedReport, 'part' | 'file'> }

function readFile(bytes: Uint8Array, file: string, isReport: boolean): ReadFile {
  const reader = new XmlReader()
  const { document } = reader
  const isStatut = /<CPPStatut\b/.test(Buffer.from(bytes.subarray(0, 4_096)).toString('latin1'))
  const schema = isStatut ? STATUT : STATUS_INFO
  const check = new StructureCheck(schema, document)
  const { fault } = reader.read(bytes, check)
  if (fault !== undefined) {
    const { rule, ...place } = fault
    return { statuses: [refused(motiveFinding('ERR_XSD_001', { rule, ...place, file }))] }
  }
  const [issue] = check.issues
  if (!schema.roots.has(document.name(0)) || issue !== undefined) {
    const broken = { rule: 'CDV-STRUCTURE', ...issue?.place, file }
    return { statuses: [refused(motiveFinding('ERR_XSD_001', broken))] }
  }
  const read = isStatut
    ? document.all(0, UNITS).map((unit) => ofStatut(document, unit))
    : document.all(0, DOCUMENTS).map((unit) => ofStatusInfo(document, unit))
  if (read.length > 0) return { statuses: read }
  const flow = document.first(0, FLOW)
  if (isReport && flow !== NONE) return { report: ofFlow(document, flow) }
  return { statuses: [refused(NO_INVOICE)] }
}

function ofFlow(document: XmlDocument, data: NodeId): Omit<ReceivedReport, 'part' | 'file'> {
  return {
    status: document.trimmed(document.child(data, STATUS)),
    errors: document.all(data, LINES).map((line) => {
      const text = (name: number): string => document.trimmed(document.child(line, name))
      const number = /(?:^|;)numeroDP=([^;]*)/.exec(text(DESCRIPTION))?.[1] ?? ''
      return { number, text: text(LABEL) }
    }),
  }
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
