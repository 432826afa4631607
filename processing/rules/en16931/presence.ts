import type { RuleSetName } from '../../../config/interface-codes.ts'
import type { BilingualText } from '../../../gateway/flow.ts'
import type { Invoice, Totals } from '../../formats/invoice.ts'
import { trimXml } from '../../formats/simple-types.ts'
import type { Place, Term } from '../../formats/xml-node.ts'
import { F_CODES, type Rule } from '../rule.ts'

/**
 * BR-01 to BR-16: what an invoice must give. `text` rules want a character that is no space,
 * `element` rules an element, blank or not (reference invoices §4, ARTEFACT).
 */
const COMPLETE: readonly RuleSetName[] = ['en16931']
const COMPLETE_AND_MINIMAL: readonly RuleSetName[] = ['en16931', 'chorus-minimal']

interface Row {
  readonly id: string
  readonly sets?: readonly RuleSetName[]
  readonly terms: readonly string[]
  /** What is missing, with its article, in the middle of a sentence. */
  readonly what: BilingualText
  /** The UBL element, below the place reported. */
  readonly element: string
  /** What a credit note has in its place. */
  readonly creditNoteElement?: string
  /** Places where it is missing. */
  readonly missingAt: (invoice: Invoice) => readonly Place[]
}

const hasText = (term: Term | undefined): boolean => term !== undefined && trimXml(term.text) !== ''

/** Missing at the root unless `isThere`. */
const atRoot =
  (isThere: (invoice: Invoice) => boolean) =>
  (invoice: Invoice): readonly Place[] =>
    isThere(invoice) ? [] : [invoice.root]

/** Missing on each group of totals that lacks the element; no group, no finding. */
const onTotals =
  (term: (totals: Totals) => Term | undefined) =>
  (invoice: Invoice): readonly Place[] =>
    invoice.totals.filter((totals) => term(totals) === undefined).map(({ place }) => place)

const ROWS: readonly Row[] = [
  {
    id: 'BR-01',
    sets: COMPLETE,
    terms: ['BT-24'],
    what: { en: 'the specification identifier', fr: 'l’identifiant de spécification' },
    element: 'CustomizationID',
    missingAt: atRoot(({ specification }) => hasText(specification)),
  },
  {
    id: 'BR-02',
    terms: ['BT-1'],
    what: { en: 'the invoice number', fr: 'le numéro de facture' },
    element: 'ID',
    missingAt: atRoot(({ number }) => hasText(number)),
  },
  {
    id: 'BR-03',
    terms: ['BT-2'],
    what: { en: 'the issue date', fr: 'la date d’émission' },
    element: 'IssueDate',
    missingAt: atRoot(({ issueDate }) => hasText(issueDate)),
  },
  {
    id: 'BR-04',
    terms: ['BT-3'],
    what: { en: 'the invoice type code', fr: 'le code de type de facture' },
    element: 'InvoiceTypeCode',
    creditNoteElement: 'CreditNoteTypeCode',
    missingAt: atRoot(({ typeCode }) => hasText(typeCode)),
  },
  {
    id: 'BR-05',
    terms: ['BT-5'],
    what: { en: 'the currency code', fr: 'le code de devise' },
    element: 'DocumentCurrencyCode',
    missingAt: atRoot(({ currency }) => hasText(currency)),
  },
  {
    id: 'BR-06',
    terms: ['BT-27'],
    what: { en: 'the name of the seller', fr: 'le nom du vendeur' },
    element: 'AccountingSupplierParty.Party.PartyLegalEntity.RegistrationName',
    missingAt: atRoot(({ seller }) => seller.names.some(hasText)),
  },
  {
    id: 'BR-07',
    terms: ['BT-44'],
    what: { en: 'the name of the buyer', fr: 'le nom de l’acheteur' },
    element: 'AccountingCustomerParty.Party.PartyLegalEntity.RegistrationName',
    missingAt: atRoot(({ buyer }) => buyer.names.some(hasText)),
  },
  {
    id: 'BR-08',
    terms: ['BG-5'],
    what: { en: 'the postal address of the seller', fr: 'l’adresse postale du vendeur' },
    element: 'AccountingSupplierParty.Party.PostalAddress',
    missingAt: atRoot(({ seller }) => seller.addresses.length > 0),
  },
  {
    id: 'BR-09',
    terms: ['BG-5', 'BT-40'],
    what: {
      en: 'the country code of the seller’s address',
      fr: 'le code pays de l’adresse du vendeur',
    },
    element: 'Country.IdentificationCode',
    missingAt: ({ seller }) =>
      seller.addresses.filter(({ country }) => !hasText(country)).map(({ place }) => place),
  },
  {
    id: 'BR-10',
    terms: ['BG-8'],
    what: { en: 'the postal address of the buyer', fr: 'l’adresse postale de l’acheteur' },
    element: 'AccountingCustomerParty.Party.PostalAddress',
    missingAt: atRoot(({ buyer }) => buyer.addresses.length > 0),
  },
  {
    id: 'BR-11',
    terms: ['BT-55'],
    what: {
      en: 'the country code of the buyer’s address',
      fr: 'le code pays de l’adresse de l’acheteur',
    },
    element: 'Country.IdentificationCode',
    missingAt: ({ buyer }) =>
      buyer.addresses.filter(({ country }) => !hasText(country)).map(({ place }) => place),
  },
  {
    id: 'BR-12',
    terms: ['BT-106'],
    what: { en: 'the sum of the line net amounts', fr: 'la somme des montants nets de ligne' },
    element: 'LineExtensionAmount',
    missingAt: onTotals(({ lines }) => lines),
  },
  {
    id: 'BR-13',
    terms: ['BT-109'],
    what: { en: 'the total without VAT', fr: 'le montant total hors TVA' },
    element: 'TaxExclusiveAmount',
    missingAt: onTotals(({ withoutVat }) => withoutVat),
  },
  {
    id: 'BR-14',
    terms: ['BT-112'],
    what: { en: 'the total with VAT', fr: 'le montant total TVA comprise' },
    element: 'TaxInclusiveAmount',
    missingAt: onTotals(({ withVat }) => withVat),
  },
  {
    id: 'BR-15',
    terms: ['BT-115'],
    what: { en: 'the amount due for payment', fr: 'le montant à payer' },
    element: 'PayableAmount',
    missingAt: onTotals(({ due }) => due),
  },
  {
    id: 'BR-16',
    terms: ['BG-25'],
    what: { en: 'at least one invoice line', fr: 'au moins une ligne de facture' },
    element: 'InvoiceLine',
    creditNoteElement: 'CreditNoteLine',
    missingAt: atRoot(({ lines }) => lines.length > 0),
  },
]

export const PRESENCE_RULES: readonly Rule[] = ROWS.map((row) => ({
  id: row.id,
  sets: row.sets ?? COMPLETE_AND_MINIMAL,
  severity: 'fatal',
  terms: row.terms,
  code: F_CODES.missing,
  message: {
    en: `The invoice lacks ${row.what.en} (${row.terms.at(-1)}).`,
    fr: `Il manque à la facture ${row.what.fr} (${row.terms.at(-1)}).`,
  },
  ...textsAbout(row, row.element),
  check: ({ invoice }, report) => {
    const isNote = invoice.documentType === 'credit-note'
    const texts = isNote ? textsAbout(row, row.creditNoteElement ?? row.element) : undefined
    for (const place of row.missingAt(invoice)) report(place, texts)
  },
}))

function textsAbout(
  { what }: Row,
  element: string,
): { readonly remedy: BilingualText; readonly platformText: string } {
  return {
    remedy: {
      en: `Give ${what.en} (${element} in UBL).`,
      fr: `Indiquez ${what.fr} (${element} en UBL).`,
    },
    platformText: `L’élément {place}.${element} est obligatoire.`,
  }
}
