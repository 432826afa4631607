import { createHash } from 'node:crypto'
import { PasswordHasher } from '../../gateway/accounts/passwords.ts'

/** Passwords that cost a SHA-256 each, for tests in which many sign in. */
export function cheapPasswords(onDerivation: () => void = () => {}, cost = 15): PasswordHasher {
  return new PasswordHasher(cost, async (password, salt) => {
    onDerivation()
    return createHash('sha256').update(salt).update(password).digest()
  })
}
