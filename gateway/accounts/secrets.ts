import { createHash, randomBytes } from 'node:crypto'

/** A fresh secret of 256 bits, URL-safe. @param prefix says to a reader, and to a leak scanner, what it is */
export function newSecret(prefix: 'rct' | 'rsu' | 'rdl' | 'rse' | 'rrv'): string {
  return `${prefix}_${randomBytes(32).toString('base64url')}`
}

/**
 * What is kept of such a secret: SHA-256, hexadecimal. Nothing slower is needed for 256 random
 * bits, and looking it up by its hash tells nothing by its time.
 */
export function secretHash(secret: string): string {
  return createHash('sha256').update(secret).digest('hex')
}

/** Without the letters and digits that are mistaken for one another. */
const READABLE = 'abcdefghjkmnpqrstuvwxyz23456789'
const PASSWORD_GROUPS = 4
const GROUP_LENGTH = 5

/** A password made for a person: 20 readable characters, 99 bits: `k7pqx-m2rtd-…`. */
export function newPassword(): string {
  return Array.from({ length: PASSWORD_GROUPS }, readableGroup).join('-')
}

function readableGroup(): string {
  let group = ''
  while (group.length < GROUP_LENGTH) {
    // 248 = 8 × 31: what is above would make some letters more likely.
    for (const byte of randomBytes(GROUP_LENGTH)) {
      if (byte < 248 && group.length < GROUP_LENGTH) group += READABLE[byte % READABLE.length]!
    }
  }
  return group
}
