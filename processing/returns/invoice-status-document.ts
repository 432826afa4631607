import { parisDateTime } from '../paris-time.ts'
import { envelopeXml } from './envelope.ts'
import { dayOf, type LifeCycleDocument, type ToldStatus } from './told-status.ts'
import { escapeXml } from './xml-text.ts'

/** Longer codes of a service do not exist (reference chorus-pro-edi §10.3). */
const MAX_SERVICE_CHARACTERS = 100

/** `FEN1200A`: `CPPStatut` with `CPPFactureStatuts` (CPPStatut V1_19, reference §10.3). */
export function writeInvoiceStatuses(document: LifeCycleDocument): string {
  const { statuses, lastStatus } = document
  const last = statuses.length - 1
  const units = statuses.map((told, index) =>
    writeStatusUnit(
      index === last && lastStatus !== undefined ? { ...told, status: lastStatus } : told,
      index,
    ),
  )
  return `${writeStatusesHead(document, statuses.length)}${units.join('')}${STATUSES_TAIL}`
}

/** What stands before the units of such a document, which are written one by one. */
export function writeStatusesHead(
  flow: Omit<LifeCycleDocument, 'statuses' | 'lastStatus' | 'environment'>,
  count: number,
): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<CPPStatut Version="V1_19">
  ${envelopeXml(flow)}
  <CPPFactureStatuts compteur="${count}">
`
}

/** What stands behind them. */
export const STATUSES_TAIL = `  </CPPFactureStatuts>
</CPPStatut>
`

/** What one of them says. */
export type UnitStatus = Omit<
  ToldStatus,
  | 'status'
  | 'invoiceId'
  | 'typeCode'
  | 'engagement'
  | 'amountDue'
  | 'flowIdentifier'
  | 'protocol'
  | 'receivedAt'
> & {
  /** Two digits; under a fault on demand any text. */
  readonly status: string
}

/** One `CPPFactureStatutUnitaire`. */
export function writeStatusUnit(told: UnitStatus, index: number): string {
  const service = told.serviceCode ?? ''
  const debtor = [
    element('TypeIdentifiant', '1'),
    element('Identifiant', told.recipientId),
    optional('Nom', told.recipientName),
    Array.from(service).length > MAX_SERVICE_CHARACTERS ? '' : optional('CodeService', service),
  ]
  const data = [
    element('IdStatut', told.status),
    optional('Commentaire', told.comment),
    element('Horodatage', parisDateTime(told.at)),
    element('IdFacture', told.number),
    optional('DateFacture', dayOf(told.issueDate)),
  ]
  const supplier = [
    element('TypeIdentifiant', told.supplierType),
    element('Identifiant', told.supplierId),
    element('RaisonSociale', told.supplierName),
  ]
  return `    <CPPFactureStatutUnitaire NumOrdre="${index + 1}">
      <Fournisseur>${supplier.join('')}</Fournisseur>
      <Debiteur>${debtor.join('')}</Debiteur>
      <DonneesStatut>${data.join('')}</DonneesStatut>
    </CPPFactureStatutUnitaire>
`
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`
}

function optional(name: string, text: string | null | undefined): string {
  return text === null || text === undefined || text === '' ? '' : element(name, text)
}
