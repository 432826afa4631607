import { createHash } from 'node:crypto'
import { envelopeXml } from '../../returns/envelope.ts'
import { dayOf } from '../../returns/told-status.ts'
import { escapeXml } from '../../returns/xml-text.ts'
import type { BusinessTermId } from '../business-terms.ts'
import type { InvoiceTerms } from '../invoice-terms.ts'
import type { NodeId } from '../xml/xml-document.ts'

/** What the journal knows of an invoice that goes to its recipient; it may have been recycled. */
export interface PivotInvoice {
  readonly invoiceId: string
  readonly number: string
  readonly supplierType: string
  readonly supplierId: string
  readonly supplierName: string
  readonly recipientId: string
  readonly recipientName: string | null
  readonly serviceCode: string | null
  readonly engagement: string | null
  /** Whether it comes again, and why. */
  readonly again: 'Non' | 'Complétée' | 'Recyclée'
  /** `YYYY-MM-DD`. */
  readonly receivedOn: string
}

/** The file that the invoice came in: it goes along as the invoice itself (type 01). */
export interface PivotFile {
  readonly name: string
  readonly bytes: Uint8Array
}

/** Larger ones are named only: a flow of many invoices stays in memory. */
const MAX_CONTENT_BYTES = 8 * 1024 * 1024
const MAX_REFERENCE = 50
const MAX_NUMBER = 20
const FRAMEWORK = /^A([1-9]|10|1[2-9]|2[0-5])$/
const PAYMENT_CODES = new Set(['10', '20', '30', '31', '42', '48', '49', '97'])
/** Of an invoice whose own is not one of the format [simulated]. */
const DEFAULT_PAYMENT = '30'
const DECIMAL = /^[+-]?(\d+(\.\d*)?|\.\d+)$/

/** One `CPPFacturePivotUnitaire`, out of the business terms of an invoice in any format. */
export function pivotUnit(terms: InvoiceTerms, invoice: PivotInvoice, file: PivotFile): string {
  const isCredit = terms.text('BT-3') === '381'
  const issued = dayOf(terms.text('BT-2')) ?? invoice.receivedOn
  const account = terms.text('BT-84')
  const country = terms.text('BT-40')
  const supplier = [
    element('TypeIdentifiant', invoice.supplierType),
    element('Identifiant', invoice.supplierId),
    element('RaisonSociale', invoice.supplierName),
    element('CodePays', /^[A-Z]{2}$/.test(country) ? country : 'FR'),
    account === ''
      ? ''
      : `<ReferenceBancaire Type="IBAN">${element('Compte', account)}</ReferenceBancaire>`,
    element('ModeEmission', 'flux'),
  ]
  const debtor = [
    element('TypeIdentifiant', '1'),
    element('Identifiant', invoice.recipientId),
    optional('Nom', invoice.recipientName),
    optional('CodeService', invoice.serviceCode, 100),
  ]
  const framework = terms.text('BT-23')
  const payment = terms.text('BT-81')
  const currency = terms.text('BT-5')
  const [origin] = terms.groups('BG-3').map((group) => terms.text('BT-25', group))
  const engagement = [
    optional('NumeroMarche', terms.text('BT-12'), MAX_REFERENCE),
    optional('NumeroEngagement', invoice.engagement, MAX_REFERENCE),
  ].join('')
  const data = [
    element('Id', invoice.number),
    element('IdCPRO', platformId(invoice.invoiceId)),
    element('Renvoi', invoice.again),
    isCredit ? optional('IdFactureOrigine', origin, MAX_NUMBER) : '',
    element('Type', isCredit ? '381' : '380'),
    element('Cadre', FRAMEWORK.test(framework) ? framework : 'A1'),
    element('DateEmissionFacture', issued),
    element('DateLivraison', dayOf(terms.text('BT-72')) ?? issued),
    `<ModePaiement>${element('Code', PAYMENT_CODES.has(payment) ? payment : DEFAULT_PAYMENT)}</ModePaiement>`,
    element('DateReception', invoice.receivedOn),
    element('Devise', /^[A-Z]{3}$/.test(currency) ? currency : 'EUR'),
    `<Montants>${amount('MontantHT', terms, 'BT-109')}${amount('MontantTTC', terms, 'BT-112')}${amount('MontantNetAPayer', terms, 'BT-115')}</Montants>`,
    `<TVAs>${terms
      .groups('BG-23')
      .map((group) => vatXml(terms, group))
      .join('')}</TVAs>`,
    engagement === '' ? '' : `<Engagement>${engagement}</Engagement>`,
    `<Lignes>${terms
      .groups('BG-25')
      .map((group, index) => lineXml(terms, group, index))
      .join('')}</Lignes>`,
  ]
  return `<Fournisseur>${supplier.join('')}</Fournisseur><Debiteur>${debtor.join('')}</Debiteur><DonneesFacture>${data.join('')}</DonneesFacture>${attachmentXml(file)}`
}

/** A whole document out of units. */
export function pivotDocument(
  flow: { readonly identifier: string; readonly receiver: string; readonly producedAt: number },
  units: readonly string[],
): string {
  const body = units.map(
    (unit, index) =>
      `<CPPFacturePivotUnitaire NumOrdre="${index + 1}">${unit}</CPPFacturePivotUnitaire>\n`,
  )
  return `<?xml version="1.0" encoding="UTF-8"?>
<CPPFacturePivot Version="V2_01">
  ${envelopeXml(flow)}
  <CPPFactures Compteur="${units.length}">
${body.join('')}  </CPPFactures>
</CPPFacturePivot>
`
}

function vatXml(terms: InvoiceTerms, group: NodeId): string {
  return `<TVA>${amount('Taux', terms, 'BT-119', group)}${amount('BaseHt', terms, 'BT-116', group)}${amount('MontantTVA', terms, 'BT-117', group)}</TVA>`
}

function lineXml(terms: InvoiceTerms, group: NodeId, index: number): string {
  const rate = terms.text('BT-152', group)
  return [
    `<Ligne NumOrdre="${index + 1}">`,
    amount('PrixUnitaire', terms, 'BT-146', group),
    amount('Quantite', terms, 'BT-129', group),
    amount('MontantHT', terms, 'BT-131', group),
    DECIMAL.test(rate) ? element('TauxTVA', rate) : '',
    '</Ligne>',
  ].join('')
}

function attachmentXml({ name, bytes }: PivotFile): string {
  const isPdf = name.toLowerCase().endsWith('.pdf')
  const content =
    bytes.length > MAX_CONTENT_BYTES
      ? ''
      : element(
          'Contenu',
          Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64'),
        )
  return [
    '<PJ NumOrdre="1">',
    content,
    element('NomPJ', Array.from(name).slice(-MAX_REFERENCE).join('')),
    element('TypePJ', '01'),
    element('MimeTypePJ', isPdf ? 'application/pdf' : 'application/xml'),
    '</PJ>',
  ].join('')
}

/** The platform's own number of an invoice: the same whenever it is sent [simulated]. */
function platformId(invoiceId: string): string {
  return String(createHash('sha256').update(invoiceId).digest().readUIntBE(0, 6))
}

function amount(name: string, terms: InvoiceTerms, term: BusinessTermId, group?: NodeId): string {
  const text = group === undefined ? terms.text(term) : terms.text(term, group)
  return element(name, DECIMAL.test(text) ? text : '0')
}

function element(name: string, text: string): string {
  return `<${name}>${escapeXml(text)}</${name}>`
}

function optional(
  name: string,
  text: string | null | undefined,
  max = Number.MAX_SAFE_INTEGER,
): string {
  if (text === null || text === undefined || text === '') return ''
  return Array.from(text).length > max ? '' : element(name, text)
}
