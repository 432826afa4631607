import type { BilingualText } from '../gateway/flow.ts'
import type { Certificate } from './certificate.ts'

/**
 * Levels the platform asks for: RGS one star at least, or an eIDAS qualified website certificate
 * (reference chorus-pro-edi §6, documented). The policies of qualified website certificates are
 * common to Europe; those of RGS are each issuer's own, published in its certification policy,
 * and come from the setting `certs.rgsPolicies`.
 */
export interface AssuranceLevel {
  readonly oid: string
  readonly label: BilingualText
  /** Where the OID is given its meaning. */
  readonly source: string
}

export const WEBSITE_LEVELS: readonly AssuranceLevel[] = [
  {
    oid: '0.4.0.194112.1.4',
    label: {
      en: 'Qualified website certificate, extended validation (QEVCP-w)',
      fr: 'Certificat qualifié de site web, validation étendue (QEVCP-w)',
    },
    source: 'ETSI EN 319 411-2 §5.3',
  },
  {
    oid: '0.4.0.194112.1.5',
    label: {
      en: 'Qualified website certificate (QNCP-w)',
      fr: 'Certificat qualifié de site web (QNCP-w)',
    },
    source: 'ETSI EN 319 411-2 §5.3',
  },
  {
    oid: '0.4.0.194112.1.6',
    label: {
      en: 'Qualified website certificate, general purpose (QNCP-w-gen)',
      fr: 'Certificat qualifié de site web, usage général (QNCP-w-gen)',
    },
    source: 'ETSI EN 319 411-2 §5.3',
  },
]

const QUALIFIED_WEBSITE: BilingualText = {
  en: 'Qualified website certificate, by its own statement (ETSI EN 319 412-5)',
  fr: 'Certificat qualifié de site web, d’après sa propre déclaration (ETSI EN 319 412-5)',
}

const RGS: BilingualText = {
  en: 'RGS one star or better, by its policy',
  fr: 'RGS une étoile au moins, d’après sa politique',
}

/** The level that a certificate claims; undefined when none is known. Its issuer is not asked. */
export function assuranceLevel(
  certificate: Certificate,
  rgsPolicies: readonly string[],
): BilingualText | undefined {
  const { policies } = certificate
  const website = WEBSITE_LEVELS.find((level) => policies.includes(level.oid))
  if (website !== undefined) return website.label
  const rgs = policies.find((policy) => rgsPolicies.includes(policy))
  if (rgs !== undefined) return { en: `${RGS.en} ${rgs}`, fr: `${RGS.fr} ${rgs}` }
  return certificate.isQualifiedWebsite ? QUALIFIED_WEBSITE : undefined
}
