import { constants, createHash, privateDecrypt, type KeyObject } from 'node:crypto'
import { TAG, type DerElement } from '../../../certs/der.ts'
import { octetStringOf, oidOf } from '../../../certs/der-values.ts'
import { derElement, derOid } from '../../../certs/write-der.ts'
import { readAlgorithm } from './algorithm-identifier.ts'
import { hashByOid, hashRow, MGF1, RSA_OAEP, type HashName } from './algorithms.ts'
import { BYTE } from './tags.ts'

/** RSAES-OAEP (RFC 8017 §7.1, parameters as RFC 4055 §4.1). */
export interface OaepParameters {
  readonly hash: HashName
  /** Java's "OAEPWithSHA-256AndMGF1Padding" has SHA-1 here whatever the other is. */
  readonly maskHash: HashName
  readonly label: Buffer
}

/** What is left out is SHA-1 and an empty label. @returns undefined for a hash not known */
export function readOaepParameters(element: DerElement | undefined): OaepParameters | undefined {
  const parts = element?.is(TAG.sequence) === true ? element.children() : []
  const part = (tag: number): DerElement | undefined =>
    parts.find((one) => one.isContext(tag))?.children()[0]
  const hash = hashIn(part(0))
  const mask = part(1)
  const maskHash = hashIn(mask === undefined ? undefined : readAlgorithm(mask).parameters)
  const source = part(2)
  const label = source === undefined ? undefined : readAlgorithm(source).parameters
  if (hash === undefined || maskHash === undefined) return undefined
  return { hash, maskHash, label: label === undefined ? Buffer.alloc(0) : octetStringOf(label) }
}

/** The AlgorithmIdentifier, with one hash for both and no label. */
export function writeOaepAlgorithm(hash: HashName): Buffer {
  const algorithm = derElement(BYTE.sequence, derOid(hashRow(hash).oid))
  const mask = derElement(BYTE.sequence, derOid(MGF1), algorithm)
  return derElement(
    BYTE.sequence,
    derOid(RSA_OAEP),
    derElement(
      BYTE.sequence,
      derElement(BYTE.explicit0, algorithm),
      derElement(BYTE.explicit1, mask),
    ),
  )
}

/** @throws Error when the block is not what its parameters say */
export function oaepDecrypt(key: KeyObject, block: Buffer, parameters: OaepParameters): Buffer {
  const { hash, maskHash, label } = parameters
  if (hash === maskHash) {
    const padding = constants.RSA_PKCS1_OAEP_PADDING
    return privateDecrypt({ key, padding, oaepHash: hash, oaepLabel: label }, block)
  }
  // node:crypto has one hash for both: the block is opened bare and unmasked here.
  const bytes = privateDecrypt({ key, padding: constants.RSA_NO_PADDING }, block)
  const hashBytes = hashRow(hash).bytes
  const seed = bytes.subarray(1, 1 + hashBytes)
  const data = bytes.subarray(1 + hashBytes)
  mask(seed, data, maskHash)
  mask(data, seed, maskHash)
  const expected = createHash(hash).update(label).digest()
  // Looked at as a whole, so that the time does not say which part is wrong (Manger's attack).
  let wrong = bytes[0]!
  for (let at = 0; at < hashBytes; at += 1) wrong |= data[at]! ^ expected[at]!
  let start = 0
  let isFound = 0
  for (let at = hashBytes; at < data.length; at += 1) {
    const isOne = data[at] === 1 ? 1 : 0
    const isZero = data[at] === 0 ? 1 : 0
    start |= (1 - isFound) * isOne * (at + 1)
    wrong |= (1 - isFound) * (1 - isOne) * (1 - isZero)
    isFound |= isOne
  }
  if (wrong !== 0 || isFound === 0) throw new Error('Not an OAEP block')
  return data.subarray(start)
}

function hashIn(element: DerElement | undefined): HashName | undefined {
  if (element === undefined) return 'sha1'
  const [type] = element.as(TAG.sequence, 'a hash algorithm').children()
  return type === undefined ? undefined : hashByOid(oidOf(type))?.name
}

/** XORs MGF1 of `seed` into `target` (RFC 8017 §B.2.1). */
function mask(target: Buffer, seed: Buffer, hash: HashName): void {
  const counter = Buffer.alloc(4)
  for (let at = 0, index = 0; at < target.length; index += 1) {
    counter.writeUInt32BE(index)
    for (const byte of createHash(hash).update(seed).update(counter).digest()) {
      if (at < target.length) target[at] = target[at]! ^ byte
      at += 1
    }
  }
}
