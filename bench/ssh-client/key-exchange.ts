import {
  createHash,
  createPublicKey,
  diffieHellman,
  generateKeyPairSync,
  randomBytes,
  verify,
} from 'node:crypto'
import { parseSshPublicKey, sshKeyObject } from '../../certs/ssh-public-key.ts'
import { MESSAGE } from './messages.ts'
import type { DirectionKeys } from './packet-stream.ts'
import { WireReader, mpint, string } from './wire.ts'

export type CipherName = 'aes128-gcm@openssh.com' | 'aes256-gcm@openssh.com'
export type HostKeyName = 'ssh-ed25519' | 'rsa-sha2-512'

/** DER of an X25519 SubjectPublicKeyInfo up to the 32 bytes of the key (RFC 8410 §4). */
const X25519_SPKI_PREFIX = Buffer.from('302a300506032b656e032100', 'hex')
const COOKIE_BYTES = 16
const KEX_NAME = 'curve25519-sha256'
const IV_BYTES = 12

/** Our one offer, so that the server has nothing to choose: same work on every server. */
export function ourKexInit(cipher: CipherName, hostKey: HostKeyName): Buffer {
  const lists = [
    `${KEX_NAME},ext-info-c`,
    hostKey,
    cipher,
    cipher,
    'hmac-sha2-256',
    'hmac-sha2-256',
    'none',
    'none',
    '',
    '',
  ]
  return Buffer.concat([
    Buffer.of(MESSAGE.kexInit),
    randomBytes(COOKIE_BYTES),
    ...lists.map((list) => string(list)),
    Buffer.alloc(5),
  ])
}

/** One curve25519-sha256 exchange seen from the client (RFC 8731). */
export class KeyExchange {
  readonly #pair = generateKeyPairSync('x25519')
  readonly #publicPart = this.#pair.publicKey
    .export({ type: 'spki', format: 'der' })
    .subarray(X25519_SPKI_PREFIX.length)
  readonly #cipher: CipherName
  readonly #hostKey: HostKeyName

  constructor(cipher: CipherName, hostKey: HostKeyName) {
    this.#cipher = cipher
    this.#hostKey = hostKey
  }

  initMessage(): Buffer {
    return Buffer.concat([Buffer.of(MESSAGE.kexEcdhInit), string(this.#publicPart)])
  }

  /**
   * @param before identification strings and KEXINIT payloads: V_C, V_S, I_C, I_S
   * @throws Error when the host's signature is wrong
   */
  finish(reply: Buffer, before: readonly Buffer[]): SessionKeys {
    const reader = new WireReader(reply, 1)
    const [hostKeyBlob, serverPart, signature] = [reader.string(), reader.string(), reader.string()]
    const serverKey = createPublicKey({
      key: Buffer.concat([X25519_SPKI_PREFIX, serverPart]),
      format: 'der',
      type: 'spki',
    })
    const secret = mpint(diffieHellman({ privateKey: this.#pair.privateKey, publicKey: serverKey }))
    const exchangeHash = createHash('sha256')
      .update(Buffer.concat(before.map((part) => string(part))))
      .update(string(hostKeyBlob))
      .update(string(this.#publicPart))
      .update(string(serverPart))
      .update(secret)
      .digest()
    this.#verifyHost(hostKeyBlob, exchangeHash, signature)
    return this.#deriveKeys(secret, exchangeHash)
  }

  #verifyHost(hostKeyBlob: Buffer, exchangeHash: Buffer, signature: Buffer): void {
    const parsed = parseSshPublicKey(hostKeyBlob)
    const key = parsed === undefined ? undefined : sshKeyObject(parsed)
    const reader = new WireReader(signature)
    const name = reader.string().toString('latin1')
    const digest = this.#hostKey === 'rsa-sha2-512' ? 'sha512' : null
    if (
      name !== this.#hostKey ||
      key === undefined ||
      !verify(digest, exchangeHash, key, reader.string())
    ) {
      throw new Error(`The host key's signature (${name}) is wrong`)
    }
  }

  #deriveKeys(secret: Buffer, exchangeHash: Buffer): SessionKeys {
    const derive = (letter: string, bytes: number) =>
      createHash('sha256')
        .update(secret)
        .update(exchangeHash)
        .update(letter)
        .update(exchangeHash)
        .digest()
        .subarray(0, bytes)
    const is256 = this.#cipher === 'aes256-gcm@openssh.com'
    const cipher = is256 ? 'aes-256-gcm' : 'aes-128-gcm'
    const keyBytes = is256 ? 32 : 16
    return {
      sessionId: exchangeHash,
      toServer: { cipher, iv: derive('A', IV_BYTES), key: derive('C', keyBytes) },
      toClient: { cipher, iv: derive('B', IV_BYTES), key: derive('D', keyBytes) },
    }
  }
}

export interface SessionKeys {
  readonly sessionId: Buffer
  readonly toServer: DirectionKeys
  readonly toClient: DirectionKeys
}
