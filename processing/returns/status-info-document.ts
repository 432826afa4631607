import { parisDateTime } from '../paris-time.ts'
import { INVOICE_STATUSES } from './invoice-statuses.ts'
import { STATUS_INFO_OF, type StatusInfoCode } from './status-info-codes.ts'
import { dayOf, type LifeCycleDocument, type ToldStatus } from './told-status.ts'
import { escapeXml } from './xml-text.ts'

/** Longer text of `FileOrigin` does not validate (reference chorus-pro-edi §10.4). */
const MAX_ORIGIN_CHARACTERS = 25
const CREDIT_NOTE = '381'
const SIREN_CHARACTERS = 9

/**
 * `FEN1201A`: `AIFE_StatusInfo` v0.12, of the portal before this one (reference §10.4). Statuses
 * that have no counterpart there are not among those given.
 */
export function writeStatusInfo(document: LifeCycleDocument): string {
  const { producedAt, identifier, statuses, environment } = document
  const sequence = Number(identifier.slice(-15))
  const units = statuses.map((told) => unitXml(told, environment)).join('\n')
  return `<?xml version="1.0" encoding="UTF-8"?>
<AIFE_StatusInfo version="0.8" timestamp="${parisDateTime(producedAt)}" sequence="${sequence}">
${units}
</AIFE_StatusInfo>
`
}

function unitXml(told: ToldStatus, environment: LifeCycleDocument['environment']): string {
  const isSupplierSiret = told.supplierType === '1'
  const isCreditNote = told.typeCode === CREDIT_NOTE
  const code: StatusInfoCode = STATUS_INFO_OF[told.status] ?? 'RECU PAR LE CONCENTRATEUR'
  const note = told.comment === null ? '' : ` Note="${escapeXml(told.comment)}"`
  const received = parisDateTime(told.receivedAt)
  return `  <DocumentStatus>
    <Document>
      <ID Type="NUMERO DE DOCUMENT">${escapeXml(told.number)}</ID>
      <ID Type="NUMERO DE DP">${escapeXml(told.invoiceId)}</ID>
      <TypeOfDocument Code="${isCreditNote ? CREDIT_NOTE : '380'}">${isCreditNote ? 'AVOIR' : 'FACTURE'}</TypeOfDocument>
      <PartnershipType>EDI</PartnershipType>
      <FileOrigin>${escapeXml(told.flowIdentifier.slice(0, MAX_ORIGIN_CHARACTERS))}</FileOrigin>
      <Date>${dayOf(told.issueDate) ?? received.slice(0, 10)}</Date>
      <Sender>
        <VAT_ID>${isSupplierSiret ? '' : escapeXml(told.supplierId)}</VAT_ID>
        <SIRET>${isSupplierSiret ? escapeXml(told.supplierId) : ''}</SIRET>
        <Name>${escapeXml(told.supplierName)}</Name>
      </Sender>
      <AdditionalInfo>${indexesOf(told, received, environment).join('')}</AdditionalInfo>
    </Document>
    <Status Code="${code}" Date="${parisDateTime(told.at)}"${note}>${escapeXml(INVOICE_STATUSES[told.status].label.fr)}</Status>
  </DocumentStatus>`
}

function indexesOf(
  told: ToldStatus,
  received: string,
  environment: LifeCycleDocument['environment'],
): string[] {
  const values = [
    ['MONTANT TOTAL TTC', told.amountDue],
    ['ENGAGEMENT JURIDIQUE', told.engagement],
    ['SERVICE EXECUTANT', told.serviceCode],
    ['SIREN DU DESTINATAIRE', told.recipientId.slice(0, SIREN_CHARACTERS)],
    ['NOM DU DESTINATAIRE', told.recipientName],
    ['DATE DE RECEPTION', received],
    ['PROTOCOLE', told.protocol.toUpperCase()],
    // Nobody may take what a simulated gateway sends for the real portal's [simulated].
    ['SANDBOX', environment === 'qualification' ? 'true' : null],
  ] as const
  return values.flatMap(([name, value]) =>
    value === null || value === '' ? [] : [`<Index Name="${name}">${escapeXml(value)}</Index>`],
  )
}
