import { constants, publicEncrypt } from 'node:crypto'
import type { Certificate } from '../../../certs/certificate.ts'
import { derElement, derOid } from '../../../certs/write-der.ts'
import { EC_PUBLIC_KEY, KEY_AGREEMENTS, KEY_WRAPS, RSA_PKCS1, type HashName } from './algorithms.ts'
import { writeReference } from './certificate-reference.ts'
import { wrapForAgreement } from './key-agreement.ts'
import { writeOaepAlgorithm } from './rsa-oaep.ts'
import { BYTE } from './tags.ts'

/** Somebody who shall be able to read a message. */
export interface Recipient {
  readonly certificate: Certificate
  /** RSA keys: OAEP with this hash, else PKCS#1 v1.5, which every product reads. */
  readonly oaep?: HashName
}

const NULL = derElement(BYTE.null)
const RSA_ALGORITHM = derElement(BYTE.sequence, derOid(RSA_PKCS1), NULL)

/**
 * The content's key encrypted for one recipient (RFC 5652 §6.2): transport for RSA keys, ECDH for
 * those on a curve.
 * @throws TypeError for a key of another kind
 */
export function writeRecipient({ certificate, oaep }: Recipient, contentKey: Buffer): Buffer {
  const { publicKey: key } = certificate
  switch (key?.asymmetricKeyType) {
    case 'rsa': {
      const algorithm = oaep === undefined ? RSA_ALGORITHM : writeOaepAlgorithm(oaep)
      const block =
        oaep === undefined
          ? publicEncrypt({ key, padding: constants.RSA_PKCS1_PADDING }, contentKey)
          : publicEncrypt(
              { key, padding: constants.RSA_PKCS1_OAEP_PADDING, oaepHash: oaep },
              contentKey,
            )
      return derElement(
        BYTE.sequence,
        derElement(BYTE.integer, Buffer.of(0)),
        writeReference(certificate),
        algorithm,
        derElement(BYTE.octetString, block),
      )
    }
    case 'ec':
      return writeAgreement(certificate, contentKey)
    default:
      throw new TypeError(
        `Nothing can be encrypted for a ${key?.asymmetricKeyType ?? 'strange'} key.`,
      )
  }
}

/** RFC 5753 §3.1: a wrap as long as the key it wraps, SHA-256 for the derivation. */
function writeAgreement(certificate: Certificate, contentKey: Buffer): Buffer {
  const hash = 'sha256'
  const wrap = KEY_WRAPS.find((row) => row.keyBytes === contentKey.length)!
  const wrapAlgorithm = derElement(BYTE.sequence, derOid(wrap.oid))
  const agreement = { hash, wrap, wrapAlgorithm, keyingMaterial: undefined } as const
  const { point, wrapped } = wrapForAgreement(certificate.publicKey!, agreement, contentKey)
  const [scheme] = [...KEY_AGREEMENTS].find(([, name]) => name === hash)!
  const originatorKey = derElement(
    BYTE.explicit1,
    derElement(BYTE.sequence, derOid(EC_PUBLIC_KEY)),
    derElement(BYTE.bitString, Buffer.of(0), point),
  )
  return derElement(
    BYTE.explicit1,
    derElement(BYTE.integer, Buffer.of(3)),
    derElement(BYTE.explicit0, originatorKey),
    derElement(BYTE.sequence, derOid(scheme), wrapAlgorithm),
    derElement(
      BYTE.sequence,
      derElement(BYTE.sequence, writeReference(certificate), derElement(BYTE.octetString, wrapped)),
    ),
  )
}
