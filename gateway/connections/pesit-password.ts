import { randomBytes, scryptSync, timingSafeEqual } from 'node:crypto'

/**
 * Passwords that partners say in PI 5, as `scrypt$salt$hash` (base64url). At most 8 characters: no
 * hash makes such a word strong, the certificate does; this one keeps it out of the journal's text.
 */
const COST = { N: 4_096, r: 8, p: 1 }
const HASH_BYTES = 24
const SALT_BYTES = 12
const STORED = /^scrypt\$([\w-]{16})\$([\w-]{32})$/
/** Compared with where there is none, so that the same work is done. */
const NO_PASSWORD = hashPesitPassword('')

export function isHashedPesitPassword(text: string): boolean {
  return STORED.test(text)
}

export function hashPesitPassword(password: string): string {
  const salt = randomBytes(SALT_BYTES)
  const hash = scryptSync(password, salt, HASH_BYTES, COST)
  return `scrypt$${salt.toString('base64url')}$${hash.toString('base64url')}`
}

/**
 * Whether a partner said its password. Takes some milliseconds, the same for a wrong one, and for
 * one said where none is wanted.
 * @param stored undefined where none is wanted: any is right
 */
export function isPesitPassword(said: string, stored: string | undefined): boolean {
  const [, salt = '', hash = ''] = STORED.exec(stored ?? NO_PASSWORD) ?? []
  const derived = scryptSync(said, Buffer.from(salt, 'base64url'), HASH_BYTES, COST)
  const isSame = timingSafeEqual(derived, Buffer.from(hash, 'base64url'))
  return isSame || stored === undefined
}
