import type { ProtocolName } from '../gateway/flow.ts'
import type { CertificatePart } from './certificate-checks.ts'
import type { KeyUsage } from './certificate-extensions.ts'

/** What a certificate must be to serve one part of a protocol. */
export interface PartRequirement {
  readonly part: CertificatePart
  /** OID it must have when it names extended key usages at all, and its name. */
  readonly extendedKeyUsage: { readonly oid: string; readonly name: string }
  /** Its absence is worth a warning. */
  readonly advisedUsage?: { readonly oid: string; readonly name: string }
  /** Key usages it must have when it names any; the second list for RSA keys only. */
  readonly keyUsage: readonly KeyUsage[]
  readonly rsaKeyUsage: readonly KeyUsage[]
  /** How other keys than RSA are met. */
  readonly ec: 'accepted' | 'no-key-transport' | 'not-as-the-real-one'
}

const SERVER_AUTH = { oid: '1.3.6.1.5.5.7.3.1', name: 'serverAuth' }
const CLIENT_AUTH = { oid: '1.3.6.1.5.5.7.3.2', name: 'clientAuth' }
const EMAIL_PROTECTION = { oid: '1.3.6.1.5.5.7.3.4', name: 'emailProtection' }

/** Stands for every use (RFC 5280 §4.2.1.12). */
export const ANY_EXTENDED_KEY_USAGE = '2.5.29.37.0'

/**
 * Parts by protocol (reference chorus-pro-edi §6: which part, documented; usages, key types and
 * sizes, simulated), the form's order.
 */
export const REQUIREMENTS: Readonly<Record<ProtocolName, readonly PartRequirement[]>> = {
  sftp: [
    {
      part: 'client',
      extendedKeyUsage: CLIENT_AUTH,
      keyUsage: ['digitalSignature'],
      rsaKeyUsage: [],
      ec: 'not-as-the-real-one',
    },
  ],
  as2: [
    {
      part: 'server',
      extendedKeyUsage: SERVER_AUTH,
      advisedUsage: EMAIL_PROTECTION,
      keyUsage: ['digitalSignature'],
      rsaKeyUsage: ['keyEncipherment'],
      ec: 'no-key-transport',
    },
  ],
  pesit: [
    {
      part: 'client',
      extendedKeyUsage: CLIENT_AUTH,
      keyUsage: ['digitalSignature'],
      rsaKeyUsage: [],
      ec: 'accepted',
    },
    {
      part: 'server',
      extendedKeyUsage: SERVER_AUTH,
      keyUsage: ['digitalSignature'],
      rsaKeyUsage: [],
      ec: 'accepted',
    },
  ],
}

/** Decisions C4. */
export const MIN_RSA_BITS = 2_048
export const ADVISED_RSA_BITS = 3_072
/** OpenSSL's and OpenSSH's own bound. */
export const MAX_RSA_BITS = 16_384
export const MIN_EC_BITS = 256
/** Curves that TLS, SSH and S/MIME programs all know. */
export const USUAL_CURVES: ReadonlySet<string> = new Set(['prime256v1', 'secp384r1', 'secp521r1'])
/** A certificate that ends sooner is worth a warning (reference §6). */
export const SOON_DAYS = 30

/** The parts a connection of this protocol needs a certificate for. */
export function certificateParts(protocol: ProtocolName): readonly CertificatePart[] {
  return REQUIREMENTS[protocol].map((requirement) => requirement.part)
}

/** What is asked of this part; of the protocol's first where it has no such part. */
export function requirementOf(protocol: ProtocolName, part?: CertificatePart): PartRequirement {
  const rows = REQUIREMENTS[protocol]
  return rows.find((row) => row.part === part) ?? rows[0]!
}

/** Names of extended key usages, for messages. */
export const USAGE_NAMES: Readonly<Record<string, string>> = {
  [SERVER_AUTH.oid]: SERVER_AUTH.name,
  [CLIENT_AUTH.oid]: CLIENT_AUTH.name,
  [EMAIL_PROTECTION.oid]: EMAIL_PROTECTION.name,
  [ANY_EXTENDED_KEY_USAGE]: 'anyExtendedKeyUsage',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
}
