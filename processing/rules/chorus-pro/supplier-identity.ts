import type { BusinessTermId } from '../../formats/business-terms.ts'
import type { InvoiceTerms } from '../../formats/invoice-terms.ts'
import { NONE, type NodeId } from '../../formats/xml/xml-document.ts'
import { nameId } from '../../formats/xml/xml-names.ts'

/** 1 SIRET, 2 EU, 3 outside EU, 4 RIDET, 5 Tahiti, 6 being registered, 7 individual. */
export type SupplierType = '1' | '2' | '3' | '4' | '5' | '6' | '7'

export interface SupplierIdentity {
  readonly type: SupplierType
  readonly id: string
  readonly node: NodeId
}

/** Schemes of the standard (XP Z12-012) and Chorus Pro's types: reference invoices §5, §8. */
const TYPE_OF_SCHEME: ReadonlyMap<string, SupplierType> = new Map([
  ['0009', '1'],
  ['0223', '2'],
  ['0227', '3'],
  ['0228', '4'],
  ['0229', '5'],
  ['0226', '7'],
])

const EU_COUNTRIES: ReadonlySet<string> = new Set(
  'AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK'.split(' '),
)

const PARTY_TYPE = nameId('TypeIdentifiant')
const SCHEME_ID = nameId('schemeID')
const SCHEME_NAME = nameId('schemeName')

/** What an identifier says of its kind: `0009`, `0002` …; '' = nothing. */
export function schemeOf(terms: InvoiceTerms, node: NodeId): string {
  return (terms.document.attribute(node, SCHEME_ID) ?? '').trim()
}

/** Identifiers that hold some text, those of the first term first. */
export function identifiersOf(terms: InvoiceTerms, ...ids: readonly BusinessTermId[]): NodeId[] {
  const found: NodeId[] = []
  for (const id of ids) {
    for (const node of terms.all(id)) if (terms.document.hasText(node)) found.push(node)
  }
  return found
}

/**
 * How Chorus Pro knows a supplier: by BT-29 or BT-30 under one of its schemes, or under its own
 * type number in `schemeName` [seen: public sample invoices]; a structure of the Union also by its
 * VAT number. Undefined = by nothing.
 */
export function supplierIdentity(terms: InvoiceTerms): SupplierIdentity | undefined {
  const { document } = terms
  if (terms.syntax === 'cpp') return cppSupplier(terms)
  const identifiers = identifiersOf(terms, 'BT-29', 'BT-30')
  for (const [scheme, type] of TYPE_OF_SCHEME) {
    const node = identifiers.find((identifier) => schemeOf(terms, identifier) === scheme)
    if (node !== undefined) return { type, id: document.trimmed(node), node }
  }
  for (const node of identifiers) {
    const type = (document.attribute(node, SCHEME_NAME) ?? '').trim()
    if (/^[1-7]$/.test(type))
      return { type: type as SupplierType, id: document.trimmed(node), node }
  }
  const country = terms.text('BT-40')
  if (country === 'FR' || !EU_COUNTRIES.has(country)) return undefined
  const vat = identifiersOf(terms, 'BT-31')[0]
  return vat === undefined ? undefined : { type: '2', id: document.trimmed(vat), node: vat }
}

/** CPPFactureMixte says the type in an element beside the identifier. */
function cppSupplier(terms: InvoiceTerms): SupplierIdentity | undefined {
  const { document } = terms
  const node = identifiersOf(terms, 'BT-29')[0]
  if (node === undefined) return undefined
  const type = document.trimmed(document.child(document.parent(node), PARTY_TYPE))
  return /^[1-6]$/.test(type)
    ? { type: type as SupplierType, id: document.trimmed(node), node }
    : undefined
}

/** The buyer's SIRET: BT-46 or BT-47 under scheme 0009, or of Chorus Pro's type 1; NONE = not given. */
export function recipientIdentifier(terms: InvoiceTerms): NodeId {
  if (terms.syntax === 'cpp') return terms.first('BT-46')
  const identifiers = [...terms.all('BT-46'), ...terms.all('BT-47')]
  return (
    identifiers.find((node) => schemeOf(terms, node) === '0009') ??
    identifiers.find(
      (node) => (terms.document.attribute(node, SCHEME_NAME) ?? '').trim() === '1',
    ) ??
    NONE
  )
}

/** Chorus Pro's service code: BT-46 under scheme 0224, else BT-10; NONE = not given. */
export function serviceCode(terms: InvoiceTerms): NodeId {
  const routed = identifiersOf(terms, 'BT-46').find((node) => schemeOf(terms, node) === '0224')
  return routed ?? terms.first('BT-10')
}
