import { TAG } from '../../../certs/der.ts'
import { octetStringOf, oidOf, smallInteger } from '../../../certs/der-values.ts'
import type { Certificate } from '../../../certs/certificate.ts'
import { MessageFault, StructureFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'
import { readAlgorithm, type AlgorithmIdentifier } from './algorithm-identifier.ts'
import { cipherByOid, type CipherRow, type LegacyAlgorithm } from './algorithms.ts'
import type { BerCursor } from './ber-cursor.ts'
import { decrypted, decryptionFault } from './content-decryption.ts'
import { openContentKey, type DecryptionKey } from './content-key.ts'
import type { CryptoThreads } from './crypto-threads.ts'
import {
  readRecipientInfo,
  type CertificateReference,
  type RecipientInfo,
} from './recipient-info.ts'

/** Partners list themselves and a few certificates of ours; a hundred is nobody's. */
const MAX_RECIPIENTS = 64
/** Of one RecipientInfo: an RSA block of 16,384 bits and a long name. */
const MAX_RECIPIENT_BYTES = 16 * 1024
const MAX_ALGORITHM_BYTES = 1_024
const MAX_ATTRIBUTES_BYTES = 64 * 1024
/** RFC 5084 §3.2: the default, and the shortest that is taken. */
const DEFAULT_TAG_BYTES = 12

/** An encrypted message, opened as far as its content. */
export interface Envelope {
  readonly type: 'enveloped' | 'auth-enveloped'
  readonly cipher: CipherRow
  /** Whom it was encrypted for; other kinds of recipient are left out. */
  readonly recipients: readonly CertificateReference[]
  /** OIDs of how the key was encrypted, in the order of `recipients`. */
  readonly keyAlgorithms: readonly string[]
  /** Ours; undefined when it was encrypted for others: the content then ends in a fault. */
  readonly openedWith: Certificate | undefined
  /**
   * Decrypted. @throws MessageFault `decryption` at its end: what was read until then is not
   * to be used
   */
  readonly content: Octets
}

/**
 * Reads EnvelopedData (RFC 5652 §6) or AuthEnvelopedData (RFC 5083 §2.1) up to its content.
 * @throws MessageFault, DerError
 */
export async function readEnvelope(
  ber: BerCursor,
  type: Envelope['type'],
  keys: readonly DecryptionKey[],
  legacy: ReadonlySet<LegacyAlgorithm>,
  threads?: CryptoThreads,
): Promise<Envelope> {
  await ber.enter(TAG.sequence, 'EnvelopedData')
  smallInteger(await ber.element(MAX_ALGORITHM_BYTES))
  if (await ber.isNextContext(0)) await ber.element(MAX_ATTRIBUTES_BYTES)
  const infos = await readRecipients(ber)
  await ber.enter(TAG.sequence, 'EncryptedContentInfo')
  oidOf(await ber.element(MAX_ALGORITHM_BYTES))
  const algorithm = readAlgorithm(await ber.element(MAX_ALGORITHM_BYTES))
  const cipher = cipherByOid(algorithm.oid)
  const isRightMode = (cipher?.mode === 'gcm') === (type === 'auth-enveloped')
  if (cipher === undefined || !isRightMode) {
    throw new MessageFault('unsupported', `Content cipher ${algorithm.oid} in ${type} data`)
  }
  if (cipher.legacy !== undefined && !legacy.has(cipher.legacy)) {
    throw new MessageFault('weak', `Encrypted with ${cipher.name}, which is not allowed here`)
  }
  const { iv, tagBytes } = readParameters(algorithm, cipher)
  if (!(await ber.isNextContext(0))) {
    throw new StructureFault('malformed', 'The encrypted content is not in the message')
  }
  const key = await openContentKey(infos, keys, cipher.keyBytes, threads)
  const addressed = infos.filter((info) => info.type !== 'other')
  const decryption = {
    cipher,
    key: key.bytes,
    iv,
    tagBytes,
    tag: () => readTag(ber, tagBytes),
    threads,
  }
  return {
    type,
    cipher,
    recipients: addressed.map((info) => info.reference),
    keyAlgorithms: addressed.map((info) => info.algorithm.oid),
    openedWith: key.openedWith,
    content: openContent(ber, decrypted(ber.octetString(), decryption), cipher, key.openedWith),
  }
}

async function* openContent(
  ber: BerCursor,
  plain: Octets,
  cipher: CipherRow,
  openedWith: Certificate | undefined,
): AsyncGenerator<Buffer> {
  for await (const piece of plain) yield piece
  // A tag or padding that fits a random key by chance proves nothing.
  if (openedWith === undefined) throw decryptionFault()
  // The tag has been read, and the end of EncryptedContentInfo before it.
  if (cipher.mode === 'cbc') await ber.leave()
  if (!(await ber.isAtEnd())) await ber.element(MAX_ATTRIBUTES_BYTES)
  await ber.leave()
}

async function readRecipients(ber: BerCursor): Promise<readonly RecipientInfo[]> {
  await ber.enter(TAG.set, 'RecipientInfos')
  const infos: RecipientInfo[] = []
  while (!(await ber.isAtEnd())) {
    infos.push(...readRecipientInfo(await ber.element(MAX_RECIPIENT_BYTES)))
    if (infos.length > MAX_RECIPIENTS) {
      throw new MessageFault('limit', `More than ${MAX_RECIPIENTS} recipients`)
    }
  }
  await ber.leave()
  return infos
}

interface CipherParameters {
  readonly iv: Buffer
  readonly tagBytes: number
}

/** An IV alone for CBC (RFC 3565), `SEQUENCE { nonce, tag length }` for GCM (RFC 5084 §3.2). */
function readParameters({ parameters }: AlgorithmIdentifier, cipher: CipherRow): CipherParameters {
  if (parameters === undefined) throw new StructureFault('malformed', 'A cipher without its IV')
  if (cipher.mode === 'cbc') {
    const iv = octetStringOf(parameters)
    if (iv.length !== cipher.ivBytes) throw new StructureFault('malformed', 'An IV of wrong length')
    return { iv, tagBytes: 0 }
  }
  const [nonce, length] = parameters.as(TAG.sequence, 'GCM parameters').children()
  if (nonce === undefined) throw parameters.unexpected('GCM parameters')
  const iv = octetStringOf(nonce)
  const tagBytes = length === undefined ? DEFAULT_TAG_BYTES : smallInteger(length)
  const isSound =
    iv.length > 0 && iv.length <= 64 && tagBytes >= DEFAULT_TAG_BYTES && tagBytes <= 16
  if (!isSound) throw new StructureFault('malformed', 'GCM parameters out of range')
  return { iv, tagBytes }
}

/** What stands between content and tag: the end of the inner structure, attributes if any. */
async function readTag(ber: BerCursor, tagBytes: number): Promise<Buffer> {
  await ber.leave()
  if (await ber.isNextContext(1)) {
    // They are authenticated before the content and stand after it: no streaming reader can.
    throw new MessageFault('unsupported', 'Authenticated attributes after the content')
  }
  const tag = octetStringOf(await ber.element(MAX_ALGORITHM_BYTES))
  if (tag.length !== tagBytes) throw decryptionFault()
  return tag
}
