import { randomBytes, type KeyObject } from 'node:crypto'
import type { Certificate } from '../../../certs/certificate.ts'
import { readAlgorithm } from './algorithm-identifier.ts'
import { KEY_AGREEMENTS, KEY_WRAPS, RSA_OAEP, RSA_PKCS1 } from './algorithms.ts'
import { CryptoThreadLost, type CryptoThreads } from './crypto-threads.ts'
import { unwrapAgreedKey } from './key-agreement.ts'
import { openTransportedKey } from './key-transport.ts'
import { isReferenceTo, type RecipientInfo } from './recipient-info.ts'
import { readOaepParameters } from './rsa-oaep.ts'

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
 * @param threads where private operations are done; absent = here
 */
export async function openContentKey(
  recipients: readonly RecipientInfo[],
  keys: readonly DecryptionKey[],
  expectedBytes: number,
  threads?: CryptoThreads,
): Promise<ContentKey> {
  const fallback = randomBytes(expectedBytes)
  const addressed = recipients.filter((one): one is AddressedInfo => one.type !== 'other')
  const named = addressed.flatMap((info) =>
    keys
      .filter((key) => isReferenceTo(info.reference, key.certificate))
      .map((key) => ({ info, key })),
  )
  const [match] = named
  if (match !== undefined) {
    const bytes = await open(match.info, match.key.privateKey, threads)
    const openedWith = match.key.certificate
    return { bytes: bytes?.length === expectedBytes ? bytes : fallback, openedWith }
  }
  // Nobody is named that we are: a partner may hold a renewed certificate over the same key.
  for (const info of addressed.slice(0, MAX_COPIES_TRIED)) {
    for (const key of keys) {
      const bytes = await open(info, key.privateKey, threads)
      if (bytes?.length === expectedBytes) return { bytes, openedWith: key.certificate }
    }
  }
  return { bytes: fallback, openedWith: undefined }
}

/** Copies for others that are tried with our keys: a private operation each. */
const MAX_COPIES_TRIED = 4

async function open(
  info: AddressedInfo,
  key: KeyObject,
  threads: CryptoThreads | undefined,
): Promise<Buffer | undefined> {
  try {
    return info.type === 'transport'
      ? await openTransport(info, key, threads)
      : openAgreement(info, key)
  } catch (error) {
    if (error instanceof CryptoThreadLost) throw error
    // A key of another kind, a block that is none: said at the end, like every other failure.
    return undefined
  }
}

async function openTransport(
  { algorithm, encryptedKey }: Extract<AddressedInfo, { type: 'transport' }>,
  key: KeyObject,
  threads: CryptoThreads | undefined,
): Promise<Buffer | undefined> {
  const isOaep = algorithm.oid === RSA_OAEP
  if (!isOaep && algorithm.oid !== RSA_PKCS1) return undefined
  const oaep = isOaep ? readOaepParameters(algorithm.parameters) : undefined
  if (isOaep && oaep === undefined) return undefined
  if (threads === undefined) return openTransportedKey(key, encryptedKey, oaep)
  return threads.openKey(key, encryptedKey, oaep)
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
