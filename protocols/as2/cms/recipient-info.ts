import { TAG, type DerElement } from '../../../certs/der.ts'
import {
  bitStringOf,
  integerBytes,
  octetStringOf,
  partsOf,
  smallInteger,
} from '../../../certs/der-values.ts'
import { readName } from '../../../certs/distinguished-name.ts'
import type { Certificate } from '../../../certs/certificate.ts'
import { readAlgorithm, type AlgorithmIdentifier } from './algorithm-identifier.ts'

/** How CMS names a certificate: issuer and serial number, or the identifier of its key. */
export type CertificateReference =
  | {
      readonly by: 'issuer'
      /** Equal for equal names. */
      readonly issuerKey: string
      readonly issuer: string
      /** Two's complement, as it stands. */
      readonly serial: Buffer
    }
  | { readonly by: 'key'; readonly keyId: Buffer }

/** One copy of the content's key (RFC 5652 §6.2), not yet opened. */
export type RecipientInfo =
  | {
      readonly type: 'transport'
      readonly reference: CertificateReference
      readonly algorithm: AlgorithmIdentifier
      readonly encryptedKey: Buffer
    }
  | {
      readonly type: 'agreement'
      readonly reference: CertificateReference
      readonly algorithm: AlgorithmIdentifier
      readonly algorithmElement: DerElement
      /** The sender's point for this message. */
      readonly originatorPoint: Buffer
      readonly keyingMaterial: Buffer | undefined
      readonly encryptedKey: Buffer
    }
  /** A password, a shared key, a type to come: nothing that AS2 uses. */
  | { readonly type: 'other' }

/**
 * Reads one RecipientInfo; an agreement has one entry for each certificate.
 * @throws DerError
 */
export function readRecipientInfo(element: DerElement): readonly RecipientInfo[] {
  if (element.is(TAG.sequence)) {
    const [version, reference, algorithm, key] = partsOf(element, TAG.sequence, 4, 'a recipient')
    smallInteger(version!)
    return [
      {
        type: 'transport',
        reference: readReference(reference!),
        algorithm: readAlgorithm(algorithm!),
        encryptedKey: octetStringOf(key!),
      },
    ]
  }
  return element.isContext(1) ? readAgreement(element) : [{ type: 'other' }]
}

/** `IssuerAndSerialNumber`, or `[0]` SubjectKeyIdentifier. @throws DerError */
export function readReference(element: DerElement): CertificateReference {
  if (element.isContext(0)) {
    return {
      by: 'key',
      keyId: element.isConstructed ? octetStringOf(element.children()[0]!) : element.content,
    }
  }
  const [issuer, serial] = partsOf(element, TAG.sequence, 2, 'an issuer and serial number')
  const name = readName(issuer!)
  return { by: 'issuer', issuerKey: name.key, issuer: name.text, serial: integerBytes(serial!) }
}

/** True when the reference is to this certificate. */
export function isReferenceTo(reference: CertificateReference, certificate: Certificate): boolean {
  if (reference.by === 'key') {
    return certificate.subjectKeyId === reference.keyId.toString('hex')
  }
  return (
    reference.serial.equals(certificate.serialBytes) &&
    reference.issuerKey === certificate.issuerKey
  )
}

/** For the operator: `serial 4F12 of C=FR, CN=…`. */
export function describeReference(reference: CertificateReference): string {
  return reference.by === 'key'
    ? `key ${reference.keyId.toString('hex').toUpperCase()}`
    : `serial ${reference.serial.toString('hex').toUpperCase()} of ${reference.issuer}`
}

/** RFC 5753 §3.1; only a key made for the message is taken as originator. */
function readAgreement(element: DerElement): readonly RecipientInfo[] {
  const parts = [...element.children()]
  const [version, originator] = parts.splice(0, 2)
  if (version === undefined || originator === undefined) throw element.unexpected('a recipient')
  smallInteger(version)
  const [material] = parts[0]?.isContext(1) === true ? parts.splice(0, 1) : []
  const [algorithm, keys] = parts
  const [key] = originator.isContext(0) ? originator.children() : []
  if (algorithm === undefined || keys === undefined) throw element.unexpected('a recipient')
  if (key?.isContext(1) !== true) return [{ type: 'other' }]
  const [, point] = key.children()
  if (point === undefined) throw key.unexpected('a public key')
  const [keyingMaterial] = material?.children() ?? []
  const shared = {
    type: 'agreement',
    algorithm: readAlgorithm(algorithm),
    algorithmElement: algorithm,
    originatorPoint: bitStringOf(point).bytes,
    keyingMaterial: keyingMaterial === undefined ? undefined : octetStringOf(keyingMaterial),
  } as const
  return keys
    .as(TAG.sequence, 'the keys of recipients')
    .children()
    .map((entry) => {
      const [reference, encryptedKey] = partsOf(entry, TAG.sequence, 2, 'the key of a recipient')
      return {
        ...shared,
        reference: readKeyReference(reference!),
        encryptedKey: octetStringOf(encryptedKey!),
      }
    })
}

/** KeyAgreeRecipientIdentifier: its `[0]` is a SEQUENCE that starts with the key's identifier. */
function readKeyReference(element: DerElement): CertificateReference {
  if (!element.isContext(0)) return readReference(element)
  const [keyId] = element.children()
  if (keyId === undefined) throw element.unexpected('a key identifier')
  return { by: 'key', keyId: octetStringOf(keyId) }
}
