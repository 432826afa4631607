import {
  createCipheriv,
  createDecipheriv,
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { derElement, derOid } from '../../../certs/write-der.ts'
import { hashRow, type HashName, type KeyWrapRow } from './algorithms.ts'
import { BYTE } from './tags.ts'

/** ECDH between a key made for one message and the recipient's (RFC 5753, X9.63 derivation). */

/** RFC 3394 §2.2.3.1 */
const WRAP_IV = Buffer.alloc(8, 0xa6)

export interface Agreement {
  readonly hash: HashName
  readonly wrap: KeyWrapRow
  /** The key-wrap AlgorithmIdentifier as it stands in the message. */
  readonly wrapAlgorithm: Buffer
  readonly keyingMaterial: Buffer | undefined
}

/** Opens a wrapped key. @throws Error for a point off the curve or a key that does not open */
export function unwrapAgreedKey(
  privateKey: KeyObject,
  point: Buffer,
  agreement: Agreement,
  wrapped: Buffer,
): Buffer {
  const secret = diffieHellman({ privateKey, publicKey: pointOnCurveOf(privateKey, point) })
  const { node } = agreement.wrap
  const opener = createDecipheriv(node, deriveKey(secret, agreement), WRAP_IV)
  return Buffer.concat([opener.update(wrapped), opener.final()])
}

export interface AgreedKey {
  /** Of the key made for this message. */
  readonly point: Buffer
  readonly wrapped: Buffer
}

/** Wraps `contentKey` for the holder of `publicKey`, an EC key. */
export function wrapForAgreement(
  publicKey: KeyObject,
  agreement: Agreement,
  contentKey: Buffer,
): AgreedKey {
  const namedCurve = publicKey.asymmetricKeyDetails?.namedCurve ?? ''
  const own = generateKeyPairSync('ec', { namedCurve })
  const secret = diffieHellman({ privateKey: own.privateKey, publicKey })
  const wrapper = createCipheriv(agreement.wrap.node, deriveKey(secret, agreement), WRAP_IV)
  const spki = own.publicKey.export({ type: 'spki', format: 'der' })
  const pointBytes = 1 + 2 * Math.ceil(fieldBits(namedCurve) / 8)
  return {
    point: spki.subarray(-pointBytes),
    wrapped: Buffer.concat([wrapper.update(contentKey), wrapper.final()]),
  }
}

/** RFC 5753 §7.2: ECC-CMS-SharedInfo, through the X9.63 derivation (SEC 1 §3.6.1). */
function deriveKey(secret: Buffer, agreement: Agreement): Buffer {
  const { wrap, wrapAlgorithm, keyingMaterial, hash } = agreement
  const bits = Buffer.alloc(4)
  bits.writeUInt32BE(wrap.keyBytes * 8)
  const info = derElement(
    BYTE.sequence,
    wrapAlgorithm,
    ...(keyingMaterial === undefined
      ? []
      : [derElement(BYTE.explicit0, derElement(BYTE.octetString, keyingMaterial))]),
    derElement(BYTE.explicit2, derElement(BYTE.octetString, bits)),
  )
  const pieces: Buffer[] = []
  const counter = Buffer.alloc(4)
  for (let have = 0, index = 1; have < wrap.keyBytes; index += 1, have += hashRow(hash).bytes) {
    counter.writeUInt32BE(index)
    pieces.push(createHash(hash).update(secret).update(counter).update(info).digest())
  }
  return Buffer.concat(pieces).subarray(0, wrap.keyBytes)
}

/** OIDs of the curves that AS2 partners have; OpenSSL names them so. */
const CURVES: Readonly<Record<string, readonly [oid: string, bits: number]>> = {
  prime256v1: ['1.2.840.10045.3.1.7', 256],
  secp384r1: ['1.3.132.0.34', 384],
  secp521r1: ['1.3.132.0.35', 521],
}

function fieldBits(curve: string): number {
  const row = CURVES[curve]
  if (row === undefined) throw new Error(`No agreement on curve ${curve}`)
  return row[1]
}

/** @throws Error when the point is not on the key's curve: OpenSSL looks */
function pointOnCurveOf(privateKey: KeyObject, point: Buffer): KeyObject {
  const [oid] = CURVES[privateKey.asymmetricKeyDetails?.namedCurve ?? ''] ?? []
  if (oid === undefined) throw new Error('No agreement with this key')
  const algorithm = derElement(BYTE.sequence, derOid('1.2.840.10045.2.1'), derOid(oid))
  const key = derElement(BYTE.sequence, algorithm, derElement(BYTE.bitString, Buffer.of(0), point))
  return createPublicKey({ key, format: 'der', type: 'spki' })
}
