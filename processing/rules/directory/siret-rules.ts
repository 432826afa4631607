import { NONE } from '../../formats/xml/xml-document.ts'
import { isSiret } from '../../../gateway/siret.ts'
import { recipientIdentifier, supplierIdentity } from '../chorus-pro/supplier-identity.ts'
import { F_CODES, type Rule } from '../rule.ts'

/** What can be said of identifiers without the directory itself [simulated]. */
export const SIRET_RULES: readonly Rule[] = [
  {
    id: 'DIR-01',
    sets: ['directory'],
    severity: 'warning',
    terms: ['BT-46', 'BT-47'],
    code: F_CODES.recipient,
    message: {
      en: 'The SIRET of the recipient has wrong check digits: no directory can hold it.',
      fr: 'Le SIRET du destinataire a une clé fausse : aucun annuaire ne peut le contenir.',
    },
    remedy: { en: 'Correct the SIRET of the recipient.', fr: 'Corrigez le SIRET du destinataire.' },
    platformText: 'Destinataire inconnu ou inactif ({place}).',
    check: ({ terms, settings }, report) => {
      const identifier = recipientIdentifier(terms)
      const siret = terms.document.trimmed(identifier)
      // Another shape than 14 digits is the affair of BR-FR-CPRO-10.
      if (identifier === NONE || !/^\d{14}$/.test(siret)) return
      if (isSiret(siret, settings.environment)) return
      report(identifier, { severity: SEVERITIES[settings.unknownRecipient] })
    },
  },
  {
    id: 'DIR-02',
    sets: ['directory'],
    severity: 'warning',
    terms: ['BT-29', 'BT-30'],
    code: F_CODES.supplier,
    message: {
      en: 'The SIRET of the supplier is not 14 digits with the right check digits.',
      fr: 'Le SIRET du fournisseur n’a pas 14 chiffres avec la bonne clé.',
    },
    remedy: { en: 'Correct the SIRET of the supplier.', fr: 'Corrigez le SIRET du fournisseur.' },
    platformText: 'L’identifiant du fournisseur n’est pas référencé ({place}).',
    check: ({ terms, settings }, report) => {
      const identity = supplierIdentity(terms)
      if (identity?.type !== '1' || isSiret(identity.id, settings.environment)) return
      report(identity.node)
    },
  },
]

const SEVERITIES = { refuse: 'fatal', warn: 'warning', learn: 'information' } as const
