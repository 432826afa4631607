import { trimXml } from '../../formats/simple-types.ts'
import { F_CODES, type Rule } from '../rule.ts'
import { recipientIdentifier, supplierIdentity } from './supplier-identity.ts'

/** XSD and rule CPRO-02 of the platform: reference chorus-pro-edi §4.4. */
const MAX_NUMBER_CHARACTERS = 20

/** Rules `BR-FR-CPRO-…` on the header: reference chorus-pro-edi §8.5. */
export const HEADER_RULES: readonly Rule[] = [
  {
    id: 'BR-FR-CPRO-02',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-1', 'BT-25'],
    code: F_CODES.value,
    message: {
      en: 'The invoice number or a preceding invoice number is longer than 20 characters.',
      fr: 'Le numéro de facture ou de facture antérieure dépasse 20 caractères.',
    },
    remedy: {
      en: 'Number invoices within 20 characters.',
      fr: 'Numérotez les factures sur 20 caractères au plus.',
    },
    platformText: 'La valeur de {place} dépasse 20 caractères.',
    check: ({ invoice }, report) => {
      const { number, precedingNumbers } = invoice
      for (const term of number === undefined ? precedingNumbers : [number, ...precedingNumbers]) {
        const { length } = Array.from(trimXml(term.text).slice(0, 4 * MAX_NUMBER_CHARACTERS))
        if (length > MAX_NUMBER_CHARACTERS) report(term)
      }
    },
  },
  {
    id: 'BR-FR-CPRO-03',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-29', 'BT-30'],
    code: F_CODES.supplier,
    message: {
      en: 'The supplier has no identifier under scheme 0009 (SIRET), 0223, 0226, 0227, 0228 or 0229.',
      fr: 'Le fournisseur n’a pas d’identifiant de schéma 0009 (SIRET), 0223, 0226, 0227, 0228 ou 0229.',
    },
    remedy: {
      en: 'Give the SIRET of the supplier with schemeID="0009" in PartyIdentification/ID; a SIREN (0002) is not enough.',
      fr: 'Donnez le SIRET du fournisseur avec schemeID="0009" dans PartyIdentification/ID ; un SIREN (0002) ne suffit pas.',
    },
    platformText: 'L’identifiant du fournisseur est absent ou d’un type non autorisé ({place}).',
    check: ({ invoice }, report) => {
      if (supplierIdentity(invoice.seller) !== undefined) return
      const { identifiers, legalIdentifiers } = invoice.seller
      report(identifiers[0] ?? legalIdentifiers[0] ?? invoice.root)
    },
  },
  {
    id: 'BR-FR-CPRO-10',
    sets: ['chorus-pro'],
    severity: 'fatal',
    terms: ['BT-46', 'BT-47'],
    code: F_CODES.recipient,
    message: {
      en: 'The customer has no SIRET (14 digits, scheme 0009).',
      fr: 'Le client n’a pas de SIRET (14 chiffres, schéma 0009).',
    },
    remedy: {
      en: 'Give the SIRET of the public structure with schemeID="0009" in PartyIdentification/ID; a SIREN is refused.',
      fr: 'Donnez le SIRET de la structure publique avec schemeID="0009" dans PartyIdentification/ID ; un SIREN est refusé.',
    },
    platformText: 'Le SIRET du destinataire est absent ou invalide ({place}).',
    check: ({ invoice }, report) => {
      const identifier = recipientIdentifier(invoice.buyer)
      if (identifier !== undefined && /^\d{14}$/.test(trimXml(identifier.text))) return
      const { identifiers, legalIdentifiers } = invoice.buyer
      report(identifier ?? identifiers[0] ?? legalIdentifiers[0] ?? invoice.root)
    },
  },
]
