/**
 * Every algorithm that is read or written, as tables: the "accept" and "send" columns of the AS2
 * reference §4. What is in no table is refused.
 */

/** What a connection must allow by name before it is taken. */
export type LegacyAlgorithm = 'sha1' | 'md5' | '3des' | 'rsa-1024'

export type HashName = 'sha256' | 'sha384' | 'sha512' | 'sha224' | 'sha1' | 'md5'

export interface HashRow {
  readonly name: HashName
  readonly oid: string
  readonly bytes: number
  /** As RFC 5751 and later write it in `micalg`. */
  readonly micalg: string
  /** As products wrote it before. */
  readonly oldMicalg: string
  readonly legacy?: LegacyAlgorithm
  /** May be sent; MD5 never is. */
  readonly canSend: boolean
}

/** In the order of preference. */
export const HASHES: readonly HashRow[] = [
  hash('sha256', '2.16.840.1.101.3.4.2.1', 32, 'sha-256', 'sha256'),
  hash('sha384', '2.16.840.1.101.3.4.2.2', 48, 'sha-384', 'sha384'),
  hash('sha512', '2.16.840.1.101.3.4.2.3', 64, 'sha-512', 'sha512'),
  hash('sha224', '2.16.840.1.101.3.4.2.4', 28, 'sha-224', 'sha224'),
  { ...hash('sha1', '1.3.14.3.2.26', 20, 'sha1', 'sha1'), legacy: 'sha1' },
  { ...hash('md5', '1.2.840.113549.2.5', 16, 'md5', 'md5'), legacy: 'md5', canSend: false },
]

export type CipherName =
  | 'aes256-cbc'
  | 'aes192-cbc'
  | 'aes128-cbc'
  | 'aes256-gcm'
  | 'aes192-gcm'
  | 'aes128-gcm'
  | '3des'

export interface CipherRow {
  readonly name: CipherName
  readonly oid: string
  /** The name that node:crypto knows. */
  readonly node: string
  readonly mode: 'cbc' | 'gcm'
  readonly keyBytes: number
  readonly blockBytes: number
  /** Of the IV or nonce. */
  readonly ivBytes: number
  readonly legacy?: LegacyAlgorithm
  readonly canSend: boolean
}

/** RC2, RC4 and single DES are not here: refused. */
export const CIPHERS: readonly CipherRow[] = [
  cbc('aes256-cbc', '2.16.840.1.101.3.4.1.42', 'aes-256-cbc', 32),
  cbc('aes192-cbc', '2.16.840.1.101.3.4.1.22', 'aes-192-cbc', 24),
  cbc('aes128-cbc', '2.16.840.1.101.3.4.1.2', 'aes-128-cbc', 16),
  gcm('aes256-gcm', '2.16.840.1.101.3.4.1.46', 'aes-256-gcm', 32),
  gcm('aes192-gcm', '2.16.840.1.101.3.4.1.26', 'aes-192-gcm', 24),
  gcm('aes128-gcm', '2.16.840.1.101.3.4.1.6', 'aes-128-gcm', 16),
  {
    ...cbc('3des', '1.2.840.113549.3.7', 'des-ede3-cbc', 24),
    blockBytes: 8,
    ivBytes: 8,
    legacy: '3des',
    canSend: false,
  },
]

/** Key transport with RSA (RFC 8017, RFC 4055). */
export const RSA_PKCS1 = '1.2.840.113549.1.1.1'
export const RSA_OAEP = '1.2.840.113549.1.1.7'
export const RSA_PSS = '1.2.840.113549.1.1.10'
export const MGF1 = '1.2.840.113549.1.1.8'
export const EC_PUBLIC_KEY = '1.2.840.10045.2.1'

/** ECDH with the X9.63 derivation: hash of each (RFC 5753 §7.1.4). */
export const KEY_AGREEMENTS: ReadonlyMap<string, HashName> = new Map([
  ['1.3.132.1.11.1', 'sha256'],
  ['1.3.132.1.11.2', 'sha384'],
  ['1.3.132.1.11.3', 'sha512'],
  ['1.3.132.1.11.0', 'sha224'],
  ['1.3.133.16.840.63.0.2', 'sha1'],
])

export interface KeyWrapRow {
  readonly oid: string
  /** The name that node:crypto knows. */
  readonly node: string
  readonly keyBytes: number
}

export const KEY_WRAPS: readonly KeyWrapRow[] = [
  { oid: '2.16.840.1.101.3.4.1.45', node: 'aes256-wrap', keyBytes: 32 },
  { oid: '2.16.840.1.101.3.4.1.25', node: 'aes192-wrap', keyBytes: 24 },
  { oid: '2.16.840.1.101.3.4.1.5', node: 'aes128-wrap', keyBytes: 16 },
]

/** Signature algorithms that name their hash, by key (RFC 4055, RFC 5758). */
export const SIGNATURE_OIDS: Readonly<
  Record<'rsa' | 'ec', Readonly<Partial<Record<HashName, string>>>>
> = {
  rsa: {
    md5: '1.2.840.113549.1.1.4',
    sha1: '1.2.840.113549.1.1.5',
    sha256: '1.2.840.113549.1.1.11',
    sha384: '1.2.840.113549.1.1.12',
    sha512: '1.2.840.113549.1.1.13',
    sha224: '1.2.840.113549.1.1.14',
  },
  ec: {
    sha1: '1.2.840.10045.4.1',
    sha224: '1.2.840.10045.4.3.1',
    sha256: '1.2.840.10045.4.3.2',
    sha384: '1.2.840.10045.4.3.3',
    sha512: '1.2.840.10045.4.3.4',
  },
}

export function hashByOid(oid: string): HashRow | undefined {
  return HASHES.find((row) => row.oid === oid)
}

export function hashRow(name: HashName): HashRow {
  return HASHES.find((row) => row.name === name)!
}

/** `sha-256`, `SHA256`, `rsa-sha256`: all the ways that products write one hash. */
export function hashByMicalg(text: string): HashRow | undefined {
  const bare = text
    .trim()
    .toLowerCase()
    .replace(/^rsa-/, '')
    .replaceAll(/[-_ "]/g, '')
  return HASHES.find((row) => row.oldMicalg === bare)
}

export function cipherByOid(oid: string): CipherRow | undefined {
  return CIPHERS.find((row) => row.oid === oid)
}

export function cipherRow(name: CipherName): CipherRow {
  return CIPHERS.find((row) => row.name === name)!
}

function hash(
  name: HashName,
  oid: string,
  bytes: number,
  micalg: string,
  oldMicalg: string,
): HashRow {
  return { name, oid, bytes, micalg, oldMicalg, canSend: true }
}

function cbc(name: CipherName, oid: string, node: string, keyBytes: number): CipherRow {
  return { name, oid, node, mode: 'cbc', keyBytes, blockBytes: 16, ivBytes: 16, canSend: true }
}

function gcm(name: CipherName, oid: string, node: string, keyBytes: number): CipherRow {
  return { name, oid, node, mode: 'gcm', keyBytes, blockBytes: 16, ivBytes: 12, canSend: true }
}
