import { expect, test } from 'vitest'
import { parseOverrides } from './connection-overrides.ts'
import { withoutPesitSecrets } from './pesit-overrides.ts'
import { isPesitPassword } from './pesit-password.ts'

test('a password is kept as a hash, and read again unchanged', () => {
  const kept = parseOverrides({ pesit: { password: 'SECRET01' } })
  const hash = kept?.pesit?.password
  expect(hash).toMatch(/^scrypt\$/)
  expect(parseOverrides(kept)).toEqual(kept)
  expect(isPesitPassword('SECRET01', hash)).toBe(true)
  expect(isPesitPassword('SECRET02', hash)).toBe(false)
})

test('where no password is wanted any is right', () => {
  expect(isPesitPassword('SECRET01', undefined)).toBe(true)
})

test.each([
  { product: 'unknown' },
  { password: 'NINECHARS' },
  { aliases: { INVOICES: 'not a code' } },
  { sync: { intervalKib: 70_000, window: 2 } },
  { oldestVersion: 3 },
  { unknown: true },
])('%j is no setting of PeSIT', (pesit) => {
  expect(parseOverrides({ pesit })).toBeUndefined()
})

test('no secret is shown', () => {
  const settings = {
    reportMode: 'full',
    pesit: {
      product: 'cft',
      password: 'scrypt$x',
      ownPassword: 'OURS',
      preConnection: { caller: 'CPP001', password: 'OURS' },
    },
  }
  expect(withoutPesitSecrets(settings)).toEqual({
    reportMode: 'full',
    pesit: {
      product: 'cft',
      password: '***',
      ownPassword: '***',
      preConnection: { caller: 'CPP001', password: '***' },
    },
  })
})
