import type { InvoiceFormatName } from '../../config/interface-codes.ts'
import type { BilingualText } from '../../gateway/flow.ts'
import type { Syntax } from './invoice-terms.ts'
import { path, type Path } from './xml/xml-document.ts'
import { NAMESPACES, nameId, type NameId } from './xml/xml-names.ts'

/** An XML format of invoices: how to know it, and where in a document its invoices stand. */
export interface InvoiceFormat {
  readonly name: Extract<InvoiceFormatName, Syntax>
  /** Root elements, by namespace and local name. */
  readonly roots: readonly NameId[]
  /** Below the root; empty: the root is the only invoice of the document. */
  readonly invoices: Path
}

/** Every XML format that is read. A new one is a folder and a line here; PDFs carry a CII document. */
export const FORMATS: readonly InvoiceFormat[] = [
  { name: 'ubl', roots: [nameId('ubl:Invoice'), nameId('cn:CreditNote')], invoices: [] },
  { name: 'cii', roots: [nameId('rsm:CrossIndustryInvoice')], invoices: [] },
  {
    name: 'cpp',
    roots: [nameId('CPPFactureMixte')],
    invoices: path('CPPFactures/CPPFactureMixteUnitaire'),
  },
]

/** A format that is known and not read under the code of the flow (reference invoices §1). */
interface KnownRoot {
  readonly matches: (root: { readonly uri: string; readonly local: string }) => boolean
  readonly rule: string
  readonly name: BilingualText
}

export const KNOWN_ROOTS: readonly KnownRoot[] = [
  {
    matches: ({ uri, local }) =>
      (uri === NAMESPACES.ubl && local === 'Invoice') ||
      (uri === NAMESPACES.cn && local === 'CreditNote'),
    rule: 'FMT-UBL',
    name: { en: 'a UBL invoice or credit note', fr: 'une facture ou un avoir UBL' },
  },
  {
    matches: ({ uri }) => uri.includes('xcbl'),
    rule: 'FMT-XCBL',
    name: {
      en: 'an xCBL invoice, a format that is no longer accepted',
      fr: 'une facture xCBL, un format qui n’est plus accepté',
    },
  },
  {
    matches: ({ uri }) =>
      uri.startsWith('urn:un:unece:uncefact:data:standard:CrossIndustryInvoice'),
    rule: 'FMT-CII',
    name: { en: 'a UN/CEFACT CII invoice', fr: 'une facture CII de l’UN/CEFACT' },
  },
  {
    matches: ({ uri, local }) => uri.startsWith('urn:ferd:') || local === 'CrossIndustryDocument',
    rule: 'FMT-ZUGFERD-1',
    name: {
      en: 'a ZUGFeRD 1.0 invoice, a format that is no longer accepted',
      fr: 'une facture ZUGFeRD 1.0, un format qui n’est plus accepté',
    },
  },
  {
    matches: ({ uri, local }) =>
      uri.startsWith('http://www.minefi.gouv.fr/') || local.startsWith('PES'),
    rule: 'FMT-PES',
    name: { en: 'a PES document (DGFiP)', fr: 'un document PES (DGFiP)' },
  },
  {
    matches: ({ local }) => local.startsWith('CPPFacture'),
    rule: 'FMT-CPP',
    name: {
      en: 'another document of the operator’s family (CPPFacture…)',
      fr: 'un autre document de la famille de l’opérateur (CPPFacture…)',
    },
  },
  {
    matches: ({ uri }) =>
      uri.startsWith('urn:oasis:names:specification:ubl:schema:xsd:Invoice-') ||
      uri.startsWith('urn:oasis:names:specification:ubl:schema:xsd:CreditNote-'),
    rule: 'FMT-UBL-VERSION',
    name: {
      en: 'a UBL document whose root element does not go with its namespace',
      fr: 'un document UBL dont l’élément racine ne correspond pas à son espace de noms',
    },
  },
  {
    matches: ({ uri }) => uri.startsWith('urn:oasis:names:specification:ubl:'),
    rule: 'FMT-UBL-OTHER',
    name: {
      en: 'a UBL document that is neither an invoice nor a credit note',
      fr: 'un document UBL qui n’est ni une facture ni un avoir',
    },
  },
  {
    matches: ({ local }) => local.toLowerCase() === 'html',
    rule: 'FMT-WEB-PAGE',
    name: { en: 'a web page', fr: 'une page web' },
  },
]
