import { createDecipheriv, createSecretKey } from 'node:crypto'
import { setImmediate } from 'node:timers/promises'
import { buffersPassed } from '../../young-buffers.ts'
import { MessageFault } from '../message-fault.ts'
import type { Octets } from '../octets.ts'
import type { CipherRow } from './algorithms.ts'
import { CryptoThreadLost, type CryptoThreads } from './crypto-threads.ts'

/** 3DES runs at some 25 MB/s: slices of this size keep the event loop free between them. */
const SLOW_SLICE_BYTES = 32 * 1024

export interface Decryption {
  readonly cipher: CipherRow
  readonly key: Buffer
  readonly iv: Buffer
  /** GCM: bytes of tag that the message announced. */
  readonly tagBytes: number
  /** GCM: asked once the content is read, since the tag follows it. */
  readonly tag: () => Promise<Buffer>
  /** Where 3DES is done; absent = here, in slices. */
  readonly threads: CryptoThreads | undefined
}

/**
 * Decrypts while reading. Nothing may be released before the end: it throws there when the padding
 * or the tag is wrong, with one sentence for all of it.
 * @throws MessageFault `decryption`
 */
export async function* decrypted(octets: Octets, decryption: Decryption): AsyncGenerator<Buffer> {
  const { cipher, key, iv, tagBytes, tag, threads } = decryption
  const isSlow = cipher.name === '3des'
  if (isSlow && threads !== undefined) {
    yield* decryptedInThread(octets, decryption, threads)
    return
  }
  // Given bytes, Node throws and catches an error inside: five times the cost.
  const secret = createSecretKey(key)
  const gcm =
    cipher.mode === 'gcm'
      ? createDecipheriv(cipher.node as 'aes-256-gcm', secret, iv, { authTagLength: tagBytes })
      : undefined
  const decipher = gcm ?? createDecipheriv(cipher.node, secret, iv)
  for await (const piece of octets) {
    const step = isSlow ? SLOW_SLICE_BYTES : piece.length
    for (let at = 0; at < piece.length; at += step) {
      const plain = decipher.update(piece.subarray(at, at + step))
      buffersPassed(plain.length)
      if (plain.length > 0) yield plain
      if (isSlow) await setImmediate()
    }
  }
  let last: Buffer
  try {
    gcm?.setAuthTag(await tag())
    last = decipher.final()
  } catch (error) {
    throw error instanceof MessageFault && error.kind !== 'malformed'
      ? error
      : decryptionFault(error)
  }
  if (last.length > 0) yield last
}

async function* decryptedInThread(
  octets: Octets,
  { cipher, key, iv }: Decryption,
  threads: CryptoThreads,
): AsyncGenerator<Buffer> {
  const decipher = threads.decipher(cipher.node, key, iv)
  try {
    for await (const piece of octets) {
      const plain = await decipher.update(piece)
      buffersPassed(plain.length)
      if (plain.length > 0) yield plain
    }
    let last: Buffer
    try {
      last = await decipher.final()
    } catch (error) {
      if (error instanceof CryptoThreadLost) throw error
      throw decryptionFault(error)
    }
    if (last.length > 0) yield last
  } finally {
    decipher.forget()
  }
}

/** The one answer to everything that can be wrong with an encrypted message. */
export function decryptionFault(cause?: unknown): MessageFault {
  return new MessageFault('decryption', 'The message cannot be decrypted with our keys', cause)
}
