import { createPublicKey, randomBytes, type KeyObject } from 'node:crypto'
import { joinStrings, sshPublicKeyBlob } from './ssh-public-key.ts'

/** Cipher `none` pads to this (OpenSSH PROTOCOL.key). */
const BLOCK_BYTES = 8
const LINE_CHARACTERS = 70

/**
 * Writes an Ed25519 private key, without a passphrase, in OpenSSH's own form.
 * @see OpenSSH, PROTOCOL.key, sections 1 to 3
 */
export function encodeOpenSshEd25519(key: KeyObject, comment: string): string {
  const jwk = key.export({ format: 'jwk' })
  const publicBlob = sshPublicKeyBlob(createPublicKey(key))
  if (jwk.crv !== 'Ed25519' || publicBlob === undefined) {
    throw new TypeError('Not an Ed25519 private key.')
  }
  const seed = Buffer.from(jwk.d ?? '', 'base64url')
  const point = Buffer.from(jwk.x ?? '', 'base64url')
  const check = randomBytes(4)
  const secret = Buffer.concat([
    check,
    check,
    joinStrings([
      Buffer.from('ssh-ed25519'),
      point,
      Buffer.concat([seed, point]),
      Buffer.from(comment),
    ]),
  ])
  const paddingBytes = (BLOCK_BYTES - (secret.length % BLOCK_BYTES)) % BLOCK_BYTES
  const padding = Buffer.from(Array.from({ length: paddingBytes }, (_, index) => index + 1))
  const keyCount = Buffer.of(0, 0, 0, 1)
  const encoded = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    joinStrings([Buffer.from('none'), Buffer.from('none'), Buffer.alloc(0)]),
    keyCount,
    joinStrings([publicBlob, Buffer.concat([secret, padding])]),
  ]).toString('base64')
  const lines = encoded.match(new RegExp(`.{1,${LINE_CHARACTERS}}`, 'g')) ?? []
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`
}
