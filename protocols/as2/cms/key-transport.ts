import { constants, privateDecrypt, type KeyObject } from 'node:crypto'
import { oaepDecrypt, type OaepParameters } from './rsa-oaep.ts'

/**
 * Opens a content's key that was encrypted with RSA. A broken PKCS#1 block gives random bytes
 * (OpenSSL), a broken OAEP block throws.
 * @param oaep absent = PKCS#1 v1.5
 */
export function openTransportedKey(
  key: KeyObject,
  block: Buffer,
  oaep: OaepParameters | undefined,
): Buffer {
  if (oaep !== undefined) return oaepDecrypt(key, block, oaep)
  return privateDecrypt({ key, padding: constants.RSA_PKCS1_PADDING }, block)
}
