import { describe, expect, test } from 'vitest'
import { passwordFaults, requireGoodPassword } from './password-rules.ts'
import { PasswordHasher, type Derive } from './passwords.ts'
import { newPassword, newSecret, secretHash } from './secrets.ts'

describe('a stored password', () => {
  const passwords = new PasswordHasher(15)

  test('is scrypt with its parameters and a salt of its own, and is recognised', async () => {
    const stored = await passwords.hash('correct horse battery')
    expect(stored).toMatch(/^scrypt\$32768\$8\$3\$[\w-]{22}\$[\w-]{43}$/)
    expect(await passwords.check('correct horse battery', stored)).toEqual({
      isRight: true,
      isOutdated: false,
    })
    expect((await passwords.check('correct horse batterY', stored)).isRight).toBe(false)
  })

  const quick: Derive = async (password, salt, bytes, { N }) =>
    Buffer.alloc(bytes, `${password}${salt.toString('hex')}${N}`)

  test('of another cost is recognised and said to be outdated', async () => {
    const stored = await new PasswordHasher(15, quick).hash('a password')
    expect(await new PasswordHasher(16, quick).check('a password', stored)).toEqual({
      isRight: true,
      isOutdated: true,
    })
  })

  test('is the same however the keyboard composed its accents', async () => {
    const hasher = new PasswordHasher(15, quick)
    const stored = await hasher.hash('\u00E9t\u00E9 torride')
    expect((await hasher.check('e\u0301te\u0301 torride', stored)).isRight).toBe(true)
  })

  test.each([[null], [''], ['scrypt$nonsense'], ['scrypt$0$8$3$AA$AA']])(
    'that is none (%s) is never right, and costs one derivation',
    async (stored) => {
      let derivations = 0
      const hasher = new PasswordHasher(15, (...given) => {
        derivations += 1
        return quick(...given)
      })
      expect((await hasher.check('', stored)).isRight).toBe(false)
      expect(derivations).toBe(1)
    },
  )

  test('is checked two at a time; who comes when too many wait is sent away', async () => {
    let running = 0
    let most = 0
    const slow: Derive = async (...given) => {
      running += 1
      most = Math.max(most, running)
      await new Promise((resolve) => setImmediate(resolve))
      running -= 1
      return quick(...given)
    }
    const hasher = new PasswordHasher(15, slow)
    const answers = await Promise.allSettled(
      Array.from({ length: 60 }, () => hasher.check('a', null)),
    )
    expect(most).toBe(2)
    const refused = answers.filter(({ status }) => status === 'rejected')
    expect(refused).toHaveLength(8)
    expect(refused[0]).toMatchObject({ reason: { code: 'API_BUSY' } })
    expect((await hasher.check('a', null)).isRight).toBe(false)
  })
})

describe('a new password', () => {
  const person = { login: 'camille.essai@example.org', firstName: 'Camille', name: 'Essai-Durand' }
  const faultsOf = (password: string): number => passwordFaults(password, person, 12).length

  test.each([
    'correct horse battery staple',
    'Vélo rouge, table, nuage',
    '8zQ!mnp4Lk#t',
    'the admin of the harbour at night',
    newPassword(),
  ])('may be %s', (password) => {
    expect(faultsOf(password)).toBe(0)
  })

  test.each([
    'short',
    'aaaaaaaaaaaaaaaa',
    'abababababababab',
    'abcdefghijklmnop',
    '987654321098765',
    'motdepasse123',
    'Password12345',
    'Camille.essai1',
    'essai-durand42',
    'x'.repeat(257),
  ])('may not be %s', (password) => {
    expect(faultsOf(password)).toBeGreaterThan(0)
  })

  test('that is refused names every fault in both languages', () => {
    expect(() => requireGoodPassword('essai', person, 12)).toThrow(
      expect.objectContaining({
        code: 'PASSWORD_REFUSED',
        details: [
          { field: 'password', message: expect.objectContaining({ fr: expect.any(String) }) },
          { field: 'password', message: expect.objectContaining({ fr: expect.any(String) }) },
        ],
      }),
    )
  })
})

test('secrets say what they are, never come twice, and are kept as SHA-256', () => {
  const secrets = Array.from({ length: 100 }, () => newSecret('rct'))
  expect(new Set(secrets).size).toBe(100)
  expect(secrets[0]).toMatch(/^rct_[\w-]{43}$/)
  expect(secretHash('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  expect(newPassword()).toMatch(/^([a-hj-km-np-z2-9]{5}-){3}[a-hj-km-np-z2-9]{5}$/)
})
