import { constants, privateDecrypt, randomBytes, type KeyObject } from 'node:crypto'
import type { Certificate } from '../../../certs/certificate.ts'
import { readAlgorithm } from './algorithm-identifier.ts'
import { KEY_AGREEMENTS, KEY_WRAPS, RSA_OAEP, RSA_PKCS1 } from './algorithms.ts'
import { unwrapAgreedKey } from './key-agreement.ts'
import { isReferenceTo, type RecipientInfo } from './recipient-info.ts'
import { oaepDecrypt, readOaepParameters } from './rsa-oaep.ts'

/** A key of ours that messages may be encrypted for. */
export interface DecryptionKey {
  readonly certificate: Certificate
  readonly privateKey: KeyObject
}

export interface ContentKey {
  /** Always of the length asked for. Random when no copy could be opened: the end then fails. */
  readonly bytes: Buffer
  /** Undefined when no copy is for a key of ours, and none opened with one. */
  readonly openedWith: Certificate | undefined
}

type AddressedInfo = Exclude<RecipientInfo, { readonly type: 'other' }>

/**
 * Opens the content's key. Whatever goes wrong with it, the answer has the length asked for and the
 * work goes on to the end of the content, so that neither answer nor time says which step failed
 * (Bleichenbacher; OpenSSL itself answers a broken PKCS#1 block with random bytes).
 * @param expectedBytes what the content's cipher takes
 */
export function openContentKey(
  recipients: readonly RecipientInfo[],
  keys: readonly DecryptionKey[],
  expectedBytes: number,
): ContentKey {
  const fallback = randomBytes(expectedBytes)
  const addressed = recipients.filter((one): one is AddressedInfo => one.type !== 'other')
  const named = addressed.flatMap((info) =>
    keys
      .filter((key) => isReferenceTo(info.reference, key.certificate))
      .map((key) => ({ info, key })),
  )
  const [match] = named
  if (match !== undefined) {
    const bytes = open(match.info, match.key.privateKey)
    const openedWith = match.key.certificate
    return { bytes: bytes?.length === expectedBytes ? bytes : fallback, openedWith }
  }
  // Nobody is named that we are: a partner may hold a renewed certificate over the same key.
  for (const info of addressed.slice(0, MAX_COPIES_TRIED)) {
    for (const key of keys) {
      const bytes = open(info, key.privateKey)
      if (bytes?.length === expectedBytes) return { bytes, openedWith: key.certificate }
    }
  }
  return { bytes: fallback, openedWith: undefined }
}

/** Copies for others that are tried with our keys: a private operation each. */
const MAX_COPIES_TRIED = 4

function open(info: AddressedInfo, key: KeyObject): Buffer | undefined {
  try {
    return info.type === 'transport' ? openTransport(info, key) : openAgreement(info, key)
  } catch {
    // A key of another kind, a block that is none: said at the end, like every other failure.
    return undefined
  }
}

function openTransport(
  { algorithm, encryptedKey }: Extract<AddressedInfo, { type: 'transport' }>,
  key: KeyObject,
): Buffer | undefined {
  if (algorithm.oid === RSA_PKCS1) {
    return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, encryptedKey)
  }
  if (algorithm.oid !== RSA_OAEP) return undefined
  const parameters = readOaepParameters(algorithm.parameters)
  return parameters === undefined ? undefined : oaepDecrypt(key, encryptedKey, parameters)
}

function openAgreement(
  info: Extract<AddressedInfo, { type: 'agreement' }>,
  key: KeyObject,
): Buffer | undefined {
  const { algorithm, originatorPoint, keyingMaterial, encryptedKey } = info
  const hash = KEY_AGREEMENTS.get(algorithm.oid)
  if (hash === undefined || algorithm.parameters === undefined) return undefined
  const { oid } = readAlgorithm(algorithm.parameters)
  const wrap = KEY_WRAPS.find((row) => row.oid === oid)
  if (wrap === undefined) return undefined
  const wrapAlgorithm = algorithm.parameters.raw
  return unwrapAgreedKey(
    key,
    originatorPoint,
    { hash, wrap, wrapAlgorithm, keyingMaterial },
    encryptedKey,
  )
}
