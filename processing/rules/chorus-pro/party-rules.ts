import type { BilingualText } from '../../../gateway/flow.ts'
import { NONE, type NodeId } from '../../formats/xml/xml-document.ts'
import type { MotiveCode } from '../../motives.ts'
import { F_CODES, type Rule, type RuleSubject } from '../rule.ts'
import {
  identifiersOf,
  recipientIdentifier,
  schemeOf,
  supplierIdentity,
} from './supplier-identity.ts'

/** Shapes of identifiers by their scheme: rules 04 to 08 [numbers within the range simulated]. */
const SHAPES: readonly {
  readonly id: string
  readonly scheme: string
  readonly what: string
  readonly en: string
  readonly fr: string
  readonly isRight: (text: string) => boolean
}[] = [
  {
    id: 'BR-FR-CPRO-04',
    scheme: '0223',
    what: 'VAT',
    en: 'fewer than 18 characters',
    fr: 'moins de 18 caractères',
    isRight: ({ length }) => length < 18,
  },
  {
    id: 'BR-FR-CPRO-05',
    scheme: '0227',
    what: 'non-EU',
    en: 'fewer than 18 characters',
    fr: 'moins de 18 caractères',
    isRight: ({ length }) => length < 18,
  },
  {
    id: 'BR-FR-CPRO-06',
    scheme: '0228',
    what: 'RIDET',
    en: '9 or 10 digits',
    fr: '9 ou 10 chiffres',
    isRight: (text) => /^\d{9,10}$/.test(text),
  },
  {
    id: 'BR-FR-CPRO-07',
    scheme: '0229',
    what: 'TAHITI',
    en: '9 or 10 letters and digits',
    fr: '9 ou 10 lettres et chiffres',
    isRight: (text) => /^[A-Za-z0-9]{9,10}$/.test(text),
  },
  {
    id: 'BR-FR-CPRO-08',
    scheme: '0226',
    what: 'individual',
    en: 'ten digits, then at most 70 characters',
    fr: 'dix chiffres, puis 70 caractères au plus',
    isRight: (text) => /^\d{10}/.test(text) && text.length <= 80,
  },
]

const row = (
  id: string,
  terms: readonly string[],
  code: MotiveCode,
  message: BilingualText,
  remedy: BilingualText,
  platformText: string,
  check: (subject: RuleSubject, report: (node: NodeId) => void) => void,
): Rule => ({
  id,
  sets: ['chorus-pro'],
  severity: 'fatal',
  terms,
  code,
  message,
  remedy,
  platformText,
  check,
})

/** A party known by a SIREN must give its SIRET too. */
const sirenAlone =
  (...ids: Parameters<typeof identifiersOf> extends [unknown, ...infer Ids] ? Ids : never) =>
  ({ terms }: RuleSubject, report: (node: NodeId) => void): void => {
    const identifiers = identifiersOf(terms, ...ids)
    const siren = identifiers.find((node) => schemeOf(terms, node) === '0002')
    const hasSiret = identifiers.some((node) => schemeOf(terms, node) === '0009')
    if (siren !== undefined && !hasSiret) report(siren)
  }

/** Rules `BR-FR-CPRO-…` on who sells, buys and is paid: reference chorus-pro-edi §8.5. */
export const PARTY_RULES: readonly Rule[] = [
  row(
    'BR-FR-CPRO-03',
    ['BT-29', 'BT-30'],
    F_CODES.supplier,
    {
      en: 'The supplier has no identifier under scheme 0009 (SIRET), 0223, 0226, 0227, 0228 or 0229.',
      fr: 'Le fournisseur n’a pas d’identifiant de schéma 0009 (SIRET), 0223, 0226, 0227, 0228 ou 0229.',
    },
    {
      en: 'Give the SIRET of the supplier with schemeID="0009" (BT-29); a SIREN (0002) is not enough.',
      fr: 'Donnez le SIRET du fournisseur avec schemeID="0009" (BT-29) ; un SIREN (0002) ne suffit pas.',
    },
    'L’identifiant du fournisseur est absent ou d’un type non autorisé ({place}).',
    ({ terms, root }, report) => {
      if (supplierIdentity(terms) !== undefined) return
      report([...terms.all('BT-29'), ...terms.all('BT-30')][0] ?? root)
    },
  ),
  ...SHAPES.map(({ id, scheme, what, en, fr, isRight }) =>
    row(
      id,
      ['BT-29', 'BT-30'],
      F_CODES.supplier,
      {
        en: `The supplier’s identifier under scheme ${scheme} (${what}) is not made of ${en}.`,
        fr: `L’identifiant du fournisseur de schéma ${scheme} (${what}) n’est pas fait de ${fr}.`,
      },
      {
        en: `Give the identifier as ${en}, or the scheme that it belongs to.`,
        fr: `Donnez l’identifiant sur ${fr}, ou le schéma dont il relève.`,
      },
      'L’identifiant du fournisseur n’a pas le format attendu ({place}).',
      ({ terms }, report) => {
        for (const node of identifiersOf(terms, 'BT-29', 'BT-30')) {
          if (schemeOf(terms, node) === scheme && !isRight(terms.document.trimmed(node)))
            report(node)
        }
      },
    ),
  ),
  row(
    'BR-FR-CPRO-09',
    ['BT-29', 'BT-30'],
    F_CODES.supplier,
    {
      en: 'The supplier gives a SIREN (0002) without a SIRET (0009).',
      fr: 'Le fournisseur donne un SIREN (0002) sans SIRET (0009).',
    },
    {
      en: 'Add the SIRET of the establishment with schemeID="0009".',
      fr: 'Ajoutez le SIRET de l’établissement avec schemeID="0009".',
    },
    'Le SIRET du fournisseur est obligatoire ({place}).',
    sirenAlone('BT-29', 'BT-30'),
  ),
  row(
    'BR-FR-CPRO-17',
    ['BT-60', 'BT-61'],
    F_CODES.supplier,
    {
      en: 'The payee gives a SIREN (0002) without a SIRET (0009).',
      fr: 'Le bénéficiaire donne un SIREN (0002) sans SIRET (0009).',
    },
    {
      en: 'Add the SIRET of the payee with schemeID="0009".',
      fr: 'Ajoutez le SIRET du bénéficiaire avec schemeID="0009".',
    },
    'Le SIRET du bénéficiaire est obligatoire ({place}).',
    sirenAlone('BT-60', 'BT-61'),
  ),
  row(
    'BR-FR-CPRO-10',
    ['BT-46', 'BT-47'],
    F_CODES.recipient,
    {
      en: 'The customer has no SIRET (14 digits, scheme 0009).',
      fr: 'Le client n’a pas de SIRET (14 chiffres, schéma 0009).',
    },
    {
      en: 'Give the SIRET of the public structure with schemeID="0009" (BT-46); a SIREN is refused.',
      fr: 'Donnez le SIRET de la structure publique avec schemeID="0009" (BT-46) ; un SIREN est refusé.',
    },
    'Le SIRET du destinataire est absent ou invalide ({place}).',
    ({ terms, root }, report) => {
      const identifier = recipientIdentifier(terms)
      if (identifier !== NONE && /^\d{14}$/.test(terms.document.trimmed(identifier))) return
      const others = [...terms.all('BT-46'), ...terms.all('BT-47')]
      report(identifier !== NONE ? identifier : (others[0] ?? root))
    },
  ),
]
