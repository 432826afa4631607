import { createPublicKey, generateKeyPairSync, verify } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { encodeOpenSshEd25519 } from '../../certs/openssh-private-key.ts'
import { loadHostKeys } from './host-keys.ts'

const ed25519 = generateKeyPairSync('ed25519')
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 })
const p521 = generateKeyPairSync('ec', { namedCurve: 'P-521' })

describe.each([
  ['Ed25519, PKCS#8', ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }), ['ssh-ed25519']],
  ['Ed25519, OpenSSH', encodeOpenSshEd25519(ed25519.privateKey, 'host'), ['ssh-ed25519']],
  [
    'RSA, PKCS#1',
    rsa.privateKey.export({ type: 'pkcs1', format: 'pem' }),
    ['rsa-sha2-512', 'rsa-sha2-256'],
  ],
  [
    'RSA, PKCS#8 as bytes',
    Buffer.from(rsa.privateKey.export({ type: 'pkcs8', format: 'pem' })),
    ['rsa-sha2-512', 'rsa-sha2-256'],
  ],
  ['ECDSA, SEC1', p521.privateKey.export({ type: 'sec1', format: 'pem' }), ['ecdsa-sha2-nistp521']],
])('%s', (_, text, names) => {
  test(`stands under ${names.join(' and ')}, with its fingerprint`, () => {
    const { byAlgorithm, fingerprints } = loadHostKeys([text])
    expect(Object.keys(byAlgorithm)).toEqual(names)
    expect(fingerprints).toEqual([expect.stringMatching(/^SHA256:[\w+/]{43}$/)])
  })
})

test('a host key signs with the hash its algorithm asks for', () => {
  const { byAlgorithm } = loadHostKeys([
    rsa.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    p521.privateKey.export({ type: 'pkcs8', format: 'pem' }),
    ed25519.privateKey.export({ type: 'pkcs8', format: 'pem' }),
  ])
  const data = Buffer.from('exchange hash')
  const signature = (name: string, hash?: 'sha256' | 'sha512') =>
    byAlgorithm[name]!.sign(data, hash) as Buffer
  expect(verify('sha256', data, rsa.publicKey, signature('rsa-sha2-256', 'sha256'))).toBe(true)
  expect(verify('sha512', data, rsa.publicKey, signature('rsa-sha2-512', 'sha512'))).toBe(true)
  expect(verify('sha512', data, p521.publicKey, signature('ecdsa-sha2-nistp521'))).toBe(true)
  expect(verify(null, data, ed25519.publicKey, signature('ssh-ed25519'))).toBe(true)
})

test('of two keys of a kind the first counts', () => {
  const second = generateKeyPairSync('ed25519').privateKey
  const pem = (key: typeof second) => key.export({ type: 'pkcs8', format: 'pem' })
  const { byAlgorithm } = loadHostKeys([pem(ed25519.privateKey), pem(second)])
  const raw = createPublicKey(ed25519.privateKey).export({ type: 'spki', format: 'der' })
  expect(byAlgorithm['ssh-ed25519']!.getPublicSSH().subarray(-32)).toEqual(raw.subarray(-32))
})

test.each([
  ['no key', [], 'no SSH host key'],
  ['a text that is none', ['hello'], 'cannot be read'],
  [
    'a key that SSH has no name for',
    [generateKeyPairSync('ed448').privateKey.export({ type: 'pkcs8', format: 'pem' })],
    'of a kind',
  ],
])('%s is a fault of settings', (_, keys, message) => {
  expect(() => loadHostKeys(keys)).toThrow(message)
})
