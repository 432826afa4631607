import { describe, expect, test } from 'vitest'
import type { Party } from '../../formats/invoice.ts'
import type { Term } from '../../formats/xml-node.ts'
import { recipientIdentifier, supplierIdentity } from './supplier-identity.ts'

const term = (text: string, attributes: Readonly<Record<string, string>> = {}): Term => ({
  text,
  attribute: (name) => attributes[name],
  path: '/',
  line: 1,
  column: 1,
})

const party = (given: Partial<Party>, country = 'FR'): Party => ({
  names: [],
  identifiers: [],
  legalIdentifiers: [],
  vatIdentifiers: [],
  addresses: [{ place: term(''), country: term(country) }],
  ...given,
})

describe('a supplier', () => {
  test.each([
    ['0009', '00000000005719', '1'],
    ['0223', 'DE123456789', '2'],
    ['0227', 'US12345', '3'],
    ['0228', '123456001', '4'],
    ['0229', 'A12345001', '5'],
    ['0226', '1234567890DUPONT', '7'],
  ])('under scheme %s (%s) is of type %s', (schemeID, id, type) => {
    const found = supplierIdentity(party({ identifiers: [term(` ${id} `, { schemeID })] }))
    expect(found).toMatchObject({ type, id })
  })

  test('is known by its SIRET first, wherever it stands', () => {
    const given = {
      identifiers: [term('DE123456789', { schemeID: '0223' })],
      legalIdentifiers: [term('00000000005719', { schemeID: '0009' })],
    }
    expect(supplierIdentity(party(given))).toMatchObject({ type: '1', id: '00000000005719' })
  })

  test('is known by the platform’s own type number', () => {
    const identifiers = [term('EN COURS', { schemeName: '6' })]
    expect(supplierIdentity(party({ identifiers }))).toMatchObject({ type: '6', id: 'EN COURS' })
  })

  test('of the Union is known by its VAT number, a French one and one from elsewhere are not', () => {
    const given = { identifiers: [term('1')], vatIdentifiers: [term(' '), term('BE0123456749')] }
    expect(supplierIdentity(party(given, 'BE'))).toMatchObject({ type: '2', id: 'BE0123456749' })
    expect(supplierIdentity(party(given, 'FR'))).toBeUndefined()
    expect(supplierIdentity(party(given, 'US'))).toBeUndefined()
  })

  test('with a blank identifier is known by nothing', () => {
    expect(
      supplierIdentity(party({ identifiers: [term(' ', { schemeID: '0009' })] })),
    ).toBeUndefined()
  })
})

test('a recipient is known by its SIRET, under scheme 0009 or the platform’s type 1, and by nothing else', () => {
  const siren = term('000000000', { schemeID: '0002' })
  const typed = term('00000000005734', { schemeName: '1' })
  const siret = term('00000000005735', { schemeID: '0009' })
  expect(recipientIdentifier(party({ identifiers: [siren] }))).toBeUndefined()
  expect(recipientIdentifier(party({ identifiers: [siren, typed] }))).toBe(typed)
  expect(recipientIdentifier(party({ identifiers: [typed], legalIdentifiers: [siret] }))).toBe(
    siret,
  )
})
