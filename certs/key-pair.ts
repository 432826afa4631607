import { generateKeyPair, type KeyObject } from 'node:crypto'
import { promisify } from 'node:util'
import { encodeOpenSshEd25519 } from './openssh-private-key.ts'

export type KeyKind =
  | { readonly type: 'rsa'; readonly bits: number }
  | { readonly type: 'ec'; readonly curve: 'P-256' | 'P-384' | 'P-521' }
  | { readonly type: 'ed25519' }

export interface KeyPair {
  readonly privateKey: KeyObject
  readonly publicKey: KeyObject
}

const generate = promisify(generateKeyPair)

/** Makes a key pair off the main thread: seconds for a large RSA key on a slow machine. */
export function makeKeyPair(kind: KeyKind): Promise<KeyPair> {
  switch (kind.type) {
    case 'rsa':
      return generate('rsa', { modulusLength: kind.bits })
    case 'ec':
      return generate('ec', { namedCurve: kind.curve })
    case 'ed25519':
      return generate('ed25519')
  }
}

/**
 * A private key in the one form that every SSH program reads: ssh2, OpenSSH, libssh2 (curl),
 * paramiko. That is PKCS#1 for RSA and SEC1 for curves (openssl reads them too), and OpenSSH's
 * own for Ed25519, which has no older one.
 */
export function sshPrivateKey(key: KeyObject, comment: string): string {
  switch (key.asymmetricKeyType) {
    case 'rsa':
      return key.export({ type: 'pkcs1', format: 'pem' }).toString()
    case 'ec':
      return key.export({ type: 'sec1', format: 'pem' }).toString()
    case 'ed25519':
      return encodeOpenSshEd25519(key, comment)
    default:
      throw new TypeError(`SSH has no form for a ${key.asymmetricKeyType ?? key.type} key.`)
  }
}
