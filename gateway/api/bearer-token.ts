import { randomBytes } from 'node:crypto'

/** A fresh token for scripts: 256 bits, URL-safe. */
export function newToken(): string {
  return `rct_${randomBytes(32).toString('base64url')}`
}
