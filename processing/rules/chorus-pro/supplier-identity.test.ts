import { describe, expect, test } from 'vitest'
import { ublTerms } from '../../../test/support/invoice-terms.ts'
import { NONE } from '../../formats/xml/xml-document.ts'
import { recipientIdentifier, serviceCode, supplierIdentity } from './supplier-identity.ts'

const attributesOf = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${value}"`)
    .join('')

const id = (text: string, attributes: Readonly<Record<string, string>> = {}): string =>
  `<cac:PartyIdentification><cbc:ID${attributesOf(attributes)}>${text}</cbc:ID></cac:PartyIdentification>`
const address = (country: string): string =>
  `<cac:PostalAddress><cac:Country><cbc:IdentificationCode>${country}</cbc:IdentificationCode></cac:Country></cac:PostalAddress>`
const vat = (text: string): string =>
  `<cac:PartyTaxScheme><cbc:CompanyID>${text}</cbc:CompanyID><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme></cac:PartyTaxScheme>`
const legal = (text: string, schemeID: string): string =>
  `<cac:PartyLegalEntity><cbc:CompanyID schemeID="${schemeID}">${text}</cbc:CompanyID></cac:PartyLegalEntity>`

const supplier = (party: string, country = 'FR') =>
  supplierIdentity(
    ublTerms(
      `<cac:AccountingSupplierParty><cac:Party>${party.replace('@', address(country))}</cac:Party></cac:AccountingSupplierParty>`,
    ),
  )
const buyer = (party: string) =>
  ublTerms(
    `<cac:AccountingCustomerParty><cac:Party>${party}</cac:Party></cac:AccountingCustomerParty>`,
  )

describe('a supplier', () => {
  test.each([
    ['0009', '00000000005719', '1'],
    ['0223', 'DE123456789', '2'],
    ['0227', 'US12345', '3'],
    ['0228', '123456001', '4'],
    ['0229', 'A12345001', '5'],
    ['0226', '1234567890DUPONT', '7'],
  ])('under scheme %s (%s) is of type %s', (schemeID, text, type) => {
    expect(supplier(id(` ${text} `, { schemeID }))).toMatchObject({ type, id: text })
  })

  test('is known by its SIRET first, wherever it stands', () => {
    const party = id('DE123456789', { schemeID: '0223' }) + legal('00000000005719', '0009')
    expect(supplier(party)).toMatchObject({ type: '1', id: '00000000005719' })
  })

  test('is known by the platform’s own type number', () => {
    const party = id('EN COURS', { schemeName: '6' })
    expect(supplier(party)).toMatchObject({ type: '6', id: 'EN COURS' })
  })

  test('of the Union is known by its VAT number, a French one and one from elsewhere are not', () => {
    const party = `${id('1')}@${vat(' ')}${vat('BE0123456749')}`
    expect(supplier(party, 'BE')).toMatchObject({ type: '2', id: 'BE0123456749' })
    expect(supplier(party, 'FR')).toBeUndefined()
    expect(supplier(party, 'US')).toBeUndefined()
  })

  test('with a blank identifier is known by nothing', () => {
    expect(supplier(id(' ', { schemeID: '0009' }))).toBeUndefined()
  })
})

test('a recipient is known by its SIRET, under scheme 0009 or the platform’s type 1, and by nothing else', () => {
  const siren = id('000000000', { schemeID: '0002' })
  const typed = id('00000000005734', { schemeName: '1' })
  expect(recipientIdentifier(buyer(siren))).toBe(NONE)
  const both = buyer(siren + typed)
  expect(both.document.text(recipientIdentifier(both))).toBe('00000000005734')
  const all = buyer(typed + legal('00000000005735', '0009'))
  expect(all.document.text(recipientIdentifier(all))).toBe('00000000005735')
})

test('a service code stands under scheme 0224 of the recipient, else it is BT-10', () => {
  const plain = ublTerms('<cbc:BuyerReference>S-1</cbc:BuyerReference>')
  expect(plain.document.text(serviceCode(plain))).toBe('S-1')
  const routed = ublTerms(
    `<cbc:BuyerReference>S-1</cbc:BuyerReference><cac:AccountingCustomerParty><cac:Party>${id('S-2', { schemeID: '0224' })}</cac:Party></cac:AccountingCustomerParty>`,
  )
  expect(routed.document.text(serviceCode(routed))).toBe('S-2')
})
