import type { Party } from '../../formats/invoice.ts'
import { trimXml } from '../../formats/simple-types.ts'
import type { Place, Term } from '../../formats/xml-node.ts'

/** 1 SIRET, 2 EU, 3 outside EU, 4 RIDET, 5 Tahiti, 6 being registered, 7 individual. */
export type SupplierType = '1' | '2' | '3' | '4' | '5' | '6' | '7'

export interface SupplierIdentity {
  readonly type: SupplierType
  readonly id: string
  readonly place: Place
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

/**
 * How Chorus Pro knows a supplier: by BT-29 or BT-30 under one of its schemes, or under its own
 * type number in `schemeName` [seen: public sample invoices]; a structure of the Union also by its
 * VAT number. Undefined = by nothing.
 */
export function supplierIdentity(seller: Party): SupplierIdentity | undefined {
  const identifiers = [...seller.identifiers, ...seller.legalIdentifiers].filter(
    ({ text }) => trimXml(text) !== '',
  )
  for (const [scheme, type] of TYPE_OF_SCHEME) {
    const found = identifiers.find((identifier) => schemeOf(identifier) === scheme)
    if (found !== undefined) return { type, id: trimXml(found.text), place: found }
  }
  for (const identifier of identifiers) {
    const type = trimXml(identifier.attribute('schemeName') ?? '')
    if (/^[1-7]$/.test(type)) {
      return { type: type as SupplierType, id: trimXml(identifier.text), place: identifier }
    }
  }
  const country = trimXml(seller.addresses[0]?.country?.text ?? '')
  if (country === 'FR' || !EU_COUNTRIES.has(country)) return undefined
  const vat = seller.vatIdentifiers.find(({ text }) => trimXml(text) !== '')
  return vat === undefined ? undefined : { type: '2', id: trimXml(vat.text), place: vat }
}

/** The buyer's SIRET: BT-46 or BT-47 under scheme 0009, or of Chorus Pro's type 1. */
export function recipientIdentifier(buyer: Party): Term | undefined {
  const identifiers = [...buyer.identifiers, ...buyer.legalIdentifiers]
  return (
    identifiers.find((identifier) => schemeOf(identifier) === '0009') ??
    identifiers.find((identifier) => trimXml(identifier.attribute('schemeName') ?? '') === '1')
  )
}

const schemeOf = (identifier: Term): string => trimXml(identifier.attribute('schemeID') ?? '')
