import type { Config } from '../../config/schema.ts'
import { MLKEM_KEX } from './mlkem-kex.ts'

/**
 * What is offered in the SSH handshake, as data (decisions E1, reference sftp §8). The client's
 * order decides. Never offered: SHA-1 anywhere, DSA, group exchange, compression, and
 * chacha20-poly1305 (slow in JavaScript, and clients would prefer it).
 */
export type AlgorithmProfile = Config['sftp']['algorithms']

export interface AlgorithmOffer {
  readonly kex: readonly string[]
  readonly hostKey: readonly string[]
  readonly cipher: readonly string[]
  readonly mac: readonly string[]
  readonly compression: readonly string[]
}

const MODERN: AlgorithmOffer = {
  kex: [
    MLKEM_KEX,
    'curve25519-sha256',
    'curve25519-sha256@libssh.org',
    'diffie-hellman-group16-sha512',
    'diffie-hellman-group18-sha512',
  ],
  hostKey: ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256'],
  cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes256-ctr', 'aes128-ctr'],
  // The last two are the only ones that libssh2 before 1.11 has (curl of Debian 12), beside CTR.
  mac: [
    'hmac-sha2-256-etm@openssh.com',
    'hmac-sha2-512-etm@openssh.com',
    'hmac-sha2-256',
    'hmac-sha2-512',
  ],
  compression: ['none'],
}

/** For older clients: NIST curves (failed by ssh-audit, accepted by ANSSI), DH group 14. */
const COMPATIBLE: AlgorithmOffer = {
  ...MODERN,
  kex: [
    ...MODERN.kex,
    'ecdh-sha2-nistp256',
    'ecdh-sha2-nistp384',
    'ecdh-sha2-nistp521',
    'diffie-hellman-group14-sha256',
  ],
  hostKey: [...MODERN.hostKey, 'ecdsa-sha2-nistp256', 'ecdsa-sha2-nistp384', 'ecdsa-sha2-nistp521'],
}

/** As the real gateway: AES in CBC mode only (reference chorus-pro-edi §5.2). */
const PLATFORM: AlgorithmOffer = {
  ...COMPATIBLE,
  cipher: ['aes256-cbc', 'aes128-cbc'],
}

const PROFILES: Readonly<Record<AlgorithmProfile, AlgorithmOffer>> = {
  modern: MODERN,
  compatible: COMPATIBLE,
  platform: PLATFORM,
}

/** Signatures we take from partners, told to clients by server-sig-algs (RFC 8308 §3.1). */
export const USER_KEY_ALGORITHMS = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  'rsa-sha2-512',
  'rsa-sha2-256',
] as const

/** The offer of a profile, with the host keys there are. */
export function offerOf(
  profile: AlgorithmProfile,
  options: { readonly postQuantum: boolean; readonly hostKeys: readonly string[] },
): AlgorithmOffer {
  const offer = PROFILES[profile]
  return {
    ...offer,
    kex: offer.kex.filter((name) => options.postQuantum || name !== MLKEM_KEX),
    hostKey: offer.hostKey.filter((name) => options.hostKeys.includes(name)),
  }
}

/** The lists of one side's KEXINIT (RFC 4253 §7.1). */
export interface KexInitLists {
  readonly kex: readonly string[]
  readonly hostKey: readonly string[]
  readonly cipherIn: readonly string[]
  readonly cipherOut: readonly string[]
  readonly macIn: readonly string[]
  readonly macOut: readonly string[]
  readonly compressionIn: readonly string[]
  readonly compressionOut: readonly string[]
  readonly firstKexFollows: boolean
}

export interface AlgorithmMismatch {
  readonly what: string
  readonly offered: readonly string[]
  readonly wanted: readonly string[]
}

/** The first of the client's list that we have, as RFC 4253 §7.1 chooses. */
export function choose(client: readonly string[], own: readonly string[]): string | undefined {
  return client.find((name) => own.includes(name))
}

/** The first kind of algorithm the two sides do not share, or undefined when they can talk. */
export function mismatchOf(
  client: KexInitLists,
  own: AlgorithmOffer,
): AlgorithmMismatch | undefined {
  const cipherIn = choose(client.cipherIn, own.cipher)
  const cipherOut = choose(client.cipherOut, own.cipher)
  const rows: readonly (readonly [string, readonly string[], readonly string[]])[] = [
    ['key exchange', client.kex, own.kex],
    ['host key', client.hostKey, own.hostKey],
    ['cipher to us', client.cipherIn, own.cipher],
    ['cipher from us', client.cipherOut, own.cipher],
    ['MAC to us', isAuthenticated(cipherIn) ? own.mac : client.macIn, own.mac],
    ['MAC from us', isAuthenticated(cipherOut) ? own.mac : client.macOut, own.mac],
    ['compression to us', client.compressionIn, own.compression],
    ['compression from us', client.compressionOut, own.compression],
  ]
  const row = rows.find(([, offered, wanted]) => choose(offered, wanted) === undefined)
  return row === undefined ? undefined : { what: row[0], offered: row[1], wanted: row[2] }
}

/** A cipher that needs no MAC beside it. */
function isAuthenticated(cipher: string | undefined): boolean {
  return cipher?.includes('-gcm') ?? false
}
