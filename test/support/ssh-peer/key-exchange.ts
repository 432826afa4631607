import {
  createHash,
  createPublicKey,
  decapsulate,
  diffieHellman,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'
import { mpint, string } from './ssh-strings.ts'

/** The client's side of a key exchange, written from RFC 8731 and draft-ietf-sshm-mlkem-hybrid-kex. */
export interface PeerKex {
  /** What SSH_MSG_KEX_ECDH_INIT carries. */
  readonly init: Buffer
  /** K as it goes into hashes: an mpint, or a string with the hybrid. */
  secret(reply: Buffer): Buffer
}

export function startKex(name: string): PeerKex {
  const own = generateKeyPairSync('x25519')
  const ownRaw = rawX25519(own.publicKey)
  const classic = (raw: Buffer) =>
    diffieHellman({
      privateKey: own.privateKey,
      publicKey: createPublicKey({
        key: { kty: 'OKP', crv: 'X25519', x: raw.toString('base64url') },
        format: 'jwk',
      }),
    })
  if (name.startsWith('curve25519-sha256')) {
    return { init: ownRaw, secret: (reply) => mpint(classic(reply)) }
  }
  if (name !== 'mlkem768x25519-sha256') throw new Error(`the peer has no ${name}`)
  const mlkem = generateKeyPairSync('ml-kem-768')
  const mlkemRaw = mlkem.publicKey.export({ type: 'spki', format: 'der' }).subarray(-1184)
  return {
    init: Buffer.concat([mlkemRaw, ownRaw]),
    secret: (reply) => {
      const quantum = decapsulate(mlkem.privateKey, reply.subarray(0, 1088))
      const both = createHash('sha256')
        .update(quantum)
        .update(classic(reply.subarray(1088)))
      return string(both.digest())
    },
  }
}

/** RFC 4253 §7.2. */
export function deriveKey(
  secret: Buffer,
  hash: Buffer,
  sessionId: Buffer,
  letter: string,
  bytes: number,
): Buffer {
  return createHash('sha256')
    .update(secret)
    .update(hash)
    .update(letter)
    .update(sessionId)
    .digest()
    .subarray(0, bytes)
}

function rawX25519(key: KeyObject): Buffer {
  return Buffer.from(key.export({ format: 'jwk' }).x ?? '', 'base64url')
}
