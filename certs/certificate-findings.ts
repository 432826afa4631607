import type { BilingualText } from '../gateway/flow.ts'
import type { CertificateCheckName, CertificateOutcome } from './certificate-checks.ts'
import { CHAIN_FINDINGS } from './chain-findings.ts'
import { FILE_FINDINGS } from './file-findings.ts'
import { FITNESS_FINDINGS } from './fitness-findings.ts'

/**
 * One thing that can be said of a partner's file. `{name}` stands for a value. docs/certificate-checks.md
 * lists the same rows.
 */
export interface FindingRow {
  /** The line it belongs to; `any`: where an earlier line keeps this one from being looked at. */
  readonly check: CertificateCheckName | 'any'
  readonly outcome: CertificateOutcome
  readonly reason: BilingualText
  readonly remedy?: BilingualText
}

const NOT_LOOKED_AT = {
  check: 'any',
  outcome: 'not-checked',
  reason: {
    en: 'Not looked at: correct what is above first.',
    fr: 'Non examiné : corrigez d’abord ce qui précède.',
  },
} as const satisfies FindingRow

/** Every row: the only place where reasons and remedies stand. */
export const CERTIFICATE_FINDINGS = {
  ...FILE_FINDINGS,
  ...CHAIN_FINDINGS,
  ...FITNESS_FINDINGS,
  NOT_LOOKED_AT,
} as const satisfies Record<string, FindingRow>

export type CertificateFindingCode = keyof typeof CERTIFICATE_FINDINGS

/** Names of the lines. */
export const CHECK_LABELS: Readonly<Record<CertificateCheckName, BilingualText>> = {
  parse: { en: 'File', fr: 'Fichier' },
  count: { en: 'Number of certificates', fr: 'Nombre de certificats' },
  'end-entity': { en: 'Partner’s certificate', fr: 'Certificat du partenaire' },
  chain: { en: 'Certificate chain', fr: 'Chaîne de certification' },
  root: { en: 'Trusted root', fr: 'Racine de confiance' },
  validity: { en: 'Validity', fr: 'Validité' },
  purpose: { en: 'Purpose', fr: 'Usage' },
  key: { en: 'Key', fr: 'Clé' },
  signature: { en: 'Signature algorithm', fr: 'Algorithme de signature' },
  level: { en: 'Assurance level', fr: 'Niveau d’assurance' },
  uniqueness: { en: 'One certificate, one connection', fr: 'Un certificat, un raccordement' },
  revocation: { en: 'Revocation', fr: 'Révocation' },
}
