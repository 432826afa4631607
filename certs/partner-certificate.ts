import { createPublicKey, X509Certificate, type KeyObject } from 'node:crypto'
import type { BilingualText } from '../gateway/flow.ts'
import { certificateSha256, spkiSha256 } from './fingerprint.ts'
import { sshPublicKeyBlob } from './ssh-public-key.ts'

/** What a partner registers: one end-entity certificate, public part only. */
export interface PartnerCertificate {
  /** The certificate alone, freshly written: whatever stood around it in the file is gone. */
  readonly pem: string
  readonly publicKey: KeyObject
  /** `rsa`, `ec`, `ed25519`… */
  readonly keyType: string
  /** Of an RSA modulus; 0 for other keys. */
  readonly rsaBits: number
  /** The key as SSH carries it; undefined when SSH has no form for it. */
  readonly sshBlob: Buffer | undefined
  readonly subject: string
  readonly issuer: string
  /** Hexadecimal. */
  readonly serialNumber: string
  /** Milliseconds UTC, both included. */
  readonly notBefore: number
  readonly notAfter: number
  /** 64 lower-case hexadecimal characters each. */
  readonly sha256: string
  readonly spkiSha256: string
}

export type CertificateFileFault =
  | 'PRIVATE_KEY_IN_FILE'
  | 'CERTIFICATE_FILE_TOO_LARGE'
  | 'CERTIFICATE_NOT_FOUND'
  | 'CERTIFICATE_UNREADABLE'
  | 'CERTIFICATE_CHAIN_GIVEN'

/** Why a file is not taken: one row per fault. */
export const CERTIFICATE_FILE_FAULTS: Readonly<
  Record<CertificateFileFault, { readonly message: BilingualText; readonly remedy: BilingualText }>
> = {
  PRIVATE_KEY_IN_FILE: {
    message: {
      en: 'The file holds a private key: whoever has it can pass for the partner. It was neither kept nor recorded.',
      fr: 'Le fichier contient une clé privée : qui la détient peut se faire passer pour le partenaire. Elle n’a été ni conservée ni tracée.',
    },
    remedy: {
      en: 'Give the certificate only. If the key has left its machine by this way, make a new one.',
      fr: 'Ne déposez que le certificat. Si la clé est sortie ainsi de sa machine, créez-en une nouvelle.',
    },
  },
  CERTIFICATE_FILE_TOO_LARGE: {
    message: {
      en: 'The file is larger than a certificate can be (256 KiB).',
      fr: 'Le fichier dépasse la taille possible d’un certificat (256 Kio).',
    },
    remedy: {
      en: 'Give a file that holds the certificate and nothing else.',
      fr: 'Déposez un fichier qui ne contient que le certificat.',
    },
  },
  CERTIFICATE_NOT_FOUND: {
    message: {
      en: 'The file holds no certificate in PEM form (-----BEGIN CERTIFICATE-----).',
      fr: 'Le fichier ne contient aucun certificat au format PEM (-----BEGIN CERTIFICATE-----).',
    },
    remedy: {
      en: 'Convert it: openssl x509 -in FILE -out client.pem; for PKCS#7: openssl pkcs7 -print_certs -in FILE.',
      fr: 'Convertissez-le : openssl x509 -in FICHIER -out client.pem ; pour PKCS#7 : openssl pkcs7 -print_certs -in FICHIER.',
    },
  },
  CERTIFICATE_UNREADABLE: {
    message: {
      en: 'What stands between the PEM marks is not an X.509 certificate.',
      fr: 'Le contenu entre les marques PEM n’est pas un certificat X.509.',
    },
    remedy: {
      en: 'Copy the file again without changing it, or ask its issuer for it.',
      fr: 'Recopiez le fichier sans le modifier, ou redemandez-le à son émetteur.',
    },
  },
  CERTIFICATE_CHAIN_GIVEN: {
    message: {
      en: 'The file holds several certificates and none, or more than one, is not an authority’s.',
      fr: 'Le fichier contient plusieurs certificats, dont aucun ou plus d’un n’est pas celui d’une autorité.',
    },
    remedy: {
      en: 'Give a file with the partner’s own certificate once; its chain may follow.',
      fr: 'Déposez un fichier où figure une fois le certificat du partenaire ; sa chaîne peut suivre.',
    },
  },
}

/** Decisions C5: what a bundle may hold, looked at before anything is parsed. */
export const MAX_CERTIFICATE_FILE_BYTES = 256 * 1024
const MAX_CERTIFICATES = 32

const PRIVATE_KEY_MARK = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----|^PuTTY-User-Key-File-/m
const CERTIFICATE_BLOCK =
  /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

export type CertificateReading =
  | { readonly certificate: PartnerCertificate }
  | { readonly fault: CertificateFileFault }

/**
 * Reads a partner's certificate from the text of a PEM file. Where the chain stands in the same
 * file, the one certificate that is no authority's is taken.
 */
export function readPartnerCertificate(text: string): CertificateReading {
  if (PRIVATE_KEY_MARK.test(text)) return { fault: 'PRIVATE_KEY_IN_FILE' }
  if (Buffer.byteLength(text) > MAX_CERTIFICATE_FILE_BYTES) {
    return { fault: 'CERTIFICATE_FILE_TOO_LARGE' }
  }
  const blocks = [...text.matchAll(CERTIFICATE_BLOCK)]
  if (blocks.length === 0) return { fault: 'CERTIFICATE_NOT_FOUND' }
  if (blocks.length > MAX_CERTIFICATES) return { fault: 'CERTIFICATE_FILE_TOO_LARGE' }
  try {
    const found = blocks.map((block) => new X509Certificate(Buffer.from(block[1]!, 'base64')))
    const [leaf, ...others] = found.length === 1 ? found : found.filter((one) => !one.ca)
    if (leaf === undefined || others.some((other) => !other.raw.equals(leaf.raw))) {
      return { fault: 'CERTIFICATE_CHAIN_GIVEN' }
    }
    return { certificate: describe(leaf) }
  } catch {
    return { fault: 'CERTIFICATE_UNREADABLE' }
  }
}

function describe(leaf: X509Certificate): PartnerCertificate {
  // `leaf.publicKey` is lazy in what it refuses; importing its bytes again is not.
  const publicKey = createPublicKey({
    key: leaf.publicKey.export({ type: 'spki', format: 'der' }),
    format: 'der',
    type: 'spki',
  })
  return {
    pem: leaf.toString(),
    publicKey,
    keyType: publicKey.asymmetricKeyType ?? 'unknown',
    rsaBits: publicKey.asymmetricKeyDetails?.modulusLength ?? 0,
    sshBlob: sshPublicKeyBlob(publicKey),
    subject: leaf.subject,
    issuer: leaf.issuer,
    serialNumber: leaf.serialNumber,
    notBefore: leaf.validFromDate.getTime(),
    notAfter: leaf.validToDate.getTime(),
    sha256: certificateSha256(leaf),
    spkiSha256: spkiSha256(publicKey),
  }
}
