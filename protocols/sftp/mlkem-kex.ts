import {
  createHash,
  createPublicKey,
  decapsulate,
  diffieHellman,
  encapsulate,
  generateKeyPairSync,
  type KeyObject,
} from 'node:crypto'

/**
 * The arithmetic of `mlkem768x25519-sha256` (draft-ietf-sshm-mlkem-hybrid-kex): the client sends
 * an ML-KEM-768 key and an X25519 key, the server answers a ciphertext and its X25519 key, and
 * the shared secret is SHA-256 of both secrets, used as an SSH string.
 */
export const MLKEM_KEX = 'mlkem768x25519-sha256'

const MLKEM_KEY_BYTES = 1184
const MLKEM_CIPHERTEXT_BYTES = 1088
const X25519_BYTES = 32
/** DER of a SubjectPublicKeyInfo up to the raw key (FIPS 203 key in draft-ietf-lamps-kyber-certificates). */
const MLKEM768_SPKI_PREFIX = Buffer.from('308204b2300b0609608648016503040402038204a100', 'hex')
const X25519_SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')

export interface HybridAnswer {
  /** S_REPLY: ciphertext and X25519 key, 1120 bytes. */
  readonly reply: Buffer
  /** K: 32 bytes. */
  readonly secret: Buffer
}

/**
 * The server's side.
 * @param clientInit C_INIT: 1184 bytes of ML-KEM key and 32 bytes of X25519 key
 * @throws Error on another length, a key that is none, or an X25519 secret of zeros
 */
export function answerHybrid(clientInit: Uint8Array): HybridAnswer {
  if (clientInit.length !== MLKEM_KEY_BYTES + X25519_BYTES) {
    throw new Error(`${MLKEM_KEX}: ${clientInit.length} bytes from the client`)
  }
  const mlkem = encapsulate(rawKey(MLKEM768_SPKI_PREFIX, clientInit.subarray(0, MLKEM_KEY_BYTES)))
  const own = generateKeyPairSync('x25519')
  const classic = diffieHellman({
    privateKey: own.privateKey,
    publicKey: rawKey(X25519_SPKI_PREFIX, clientInit.subarray(MLKEM_KEY_BYTES)),
  })
  return {
    reply: Buffer.concat([mlkem.ciphertext, rawX25519(own.publicKey)]),
    secret: combine(mlkem.sharedKey, classic),
  }
}

/** The client's side: what to send, and the secret once the answer is there. */
export interface HybridOffer {
  /** C_INIT. */
  readonly init: Buffer
  /** @throws Error on a reply of another length */
  readonly secretFrom: (reply: Uint8Array) => Buffer
}

export function offerHybrid(): HybridOffer {
  const mlkem = generateKeyPairSync('ml-kem-768')
  const own = generateKeyPairSync('x25519')
  const mlkemRaw = mlkem.publicKey
    .export({ format: 'der', type: 'spki' })
    .subarray(MLKEM768_SPKI_PREFIX.length)
  return {
    init: Buffer.concat([mlkemRaw, rawX25519(own.publicKey)]),
    secretFrom: (reply) => {
      if (reply.length !== MLKEM_CIPHERTEXT_BYTES + X25519_BYTES) {
        throw new Error(`${MLKEM_KEX}: ${reply.length} bytes from the server`)
      }
      const sharedKey = decapsulate(mlkem.privateKey, reply.subarray(0, MLKEM_CIPHERTEXT_BYTES))
      const classic = diffieHellman({
        privateKey: own.privateKey,
        publicKey: rawKey(X25519_SPKI_PREFIX, reply.subarray(MLKEM_CIPHERTEXT_BYTES)),
      })
      return combine(sharedKey, classic)
    },
  }
}

/** Both sides once, in memory. @throws Error when this Node cannot do it or the secrets differ */
export function testHybrid(): void {
  const offer = offerHybrid()
  const answer = answerHybrid(offer.init)
  if (!answer.secret.equals(offer.secretFrom(answer.reply))) {
    throw new Error(`${MLKEM_KEX}: the two sides disagree`)
  }
}

function combine(mlkem: Uint8Array, classic: Uint8Array): Buffer {
  return createHash('sha256').update(mlkem).update(classic).digest()
}

function rawKey(spkiPrefix: Buffer, raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([spkiPrefix, raw]), format: 'der', type: 'spki' })
}

function rawX25519(key: KeyObject): Buffer {
  return key.export({ format: 'der', type: 'spki' }).subarray(X25519_SPKI_PREFIX.length)
}
