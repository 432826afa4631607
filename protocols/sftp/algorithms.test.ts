import { describe, expect, test } from 'vitest'
import {
  choose,
  mismatchOf,
  offerOf,
  USER_KEY_ALGORITHMS,
  type KexInitLists,
} from './algorithms.ts'

const HOST_KEYS = ['ssh-ed25519', 'rsa-sha2-512', 'rsa-sha2-256']
const options = { postQuantum: true, hostKeys: HOST_KEYS }

function clientWith(changes: Partial<KexInitLists> = {}): KexInitLists {
  const modern = offerOf('modern', options)
  return {
    kex: modern.kex,
    hostKey: modern.hostKey,
    cipherIn: modern.cipher,
    cipherOut: modern.cipher,
    macIn: modern.mac,
    macOut: modern.mac,
    compressionIn: ['none'],
    compressionOut: ['none'],
    firstKexFollows: false,
    ...changes,
  }
}

describe.each(['modern', 'compatible', 'platform'] as const)('profile %s', (profile) => {
  const offer = offerOf(profile, options)
  const all = [offer.kex, offer.hostKey, offer.cipher, offer.mac].flat()

  test('offers nothing that rests on SHA-1, DSA, RC4, 3DES, MD5, group exchange or group 1', () => {
    const weak = /sha1|^ssh-rsa$|dss|arcfour|3des|md5|group-exchange|group1-|ripemd|-96|umac/
    expect(all.filter((name) => weak.test(name))).toEqual([])
  })

  test('offers no chacha20-poly1305 and no compression', () => {
    expect(all).not.toContain('chacha20-poly1305@openssh.com')
    expect(offer.compression).toEqual(['none'])
  })

  test('names nothing twice', () => {
    expect(new Set(all).size).toBe(all.length)
  })
})

test('modern is what ssh-audit does not fail: no NIST curve, no CBC, MACs that encrypt first in front', () => {
  const offer = offerOf('modern', options)
  expect(offer).toEqual({
    kex: [
      'mlkem768x25519-sha256',
      'curve25519-sha256',
      'curve25519-sha256@libssh.org',
      'diffie-hellman-group16-sha512',
      'diffie-hellman-group18-sha512',
    ],
    hostKey: HOST_KEYS,
    cipher: ['aes128-gcm@openssh.com', 'aes256-gcm@openssh.com', 'aes256-ctr', 'aes128-ctr'],
    mac: [
      'hmac-sha2-256-etm@openssh.com',
      'hmac-sha2-512-etm@openssh.com',
      'hmac-sha2-256',
      'hmac-sha2-512',
    ],
    compression: ['none'],
  })
})

test('compatible adds to modern and takes nothing away', () => {
  const modern = offerOf('modern', options)
  const compatible = offerOf('compatible', options)
  for (const kind of ['kex', 'hostKey', 'cipher', 'mac'] as const) {
    expect(compatible[kind]).toEqual(expect.arrayContaining([...modern[kind]]))
  }
  expect(compatible.kex).toContain('ecdh-sha2-nistp256')
  expect(compatible.kex).toContain('diffie-hellman-group14-sha256')
})

test('platform offers AES in CBC mode and no other cipher', () => {
  expect(offerOf('platform', options).cipher).toEqual(['aes256-cbc', 'aes128-cbc'])
})

test('without post-quantum the hybrid is not offered; without a host key its names are not', () => {
  const offer = offerOf('compatible', { postQuantum: false, hostKeys: ['ssh-ed25519'] })
  expect(offer.kex).not.toContain('mlkem768x25519-sha256')
  expect(offer.hostKey).toEqual(['ssh-ed25519'])
})

test('partners may sign with anything but SHA-1', () => {
  expect(USER_KEY_ALGORITHMS).not.toContain('ssh-rsa')
  expect(USER_KEY_ALGORITHMS).toContain('ecdsa-sha2-nistp521')
  expect(USER_KEY_ALGORITHMS).toContain('rsa-sha2-512')
})

test('the first of the client’s list that we have is chosen', () => {
  expect(choose(['x', 'b', 'a'], ['a', 'b'])).toBe('b')
  expect(choose(['x'], ['a'])).toBeUndefined()
})

test('a client of the same lists has nothing amiss', () => {
  expect(mismatchOf(clientWith(), offerOf('modern', options))).toBeUndefined()
})

test.each([
  ['key exchange', { kex: ['diffie-hellman-group14-sha1', 'kex-strict-c-v00@openssh.com'] }],
  ['host key', { hostKey: ['ssh-dss'] }],
  ['cipher to us', { cipherIn: ['aes256-cbc'] }],
  ['cipher from us', { cipherOut: ['3des-cbc'] }],
  ['MAC to us', { cipherIn: ['aes256-ctr'], macIn: ['hmac-sha1'] }],
  ['MAC from us', { cipherOut: ['aes256-ctr'], macOut: [] }],
  ['compression to us', { compressionIn: ['zlib'] }],
  ['compression from us', { compressionOut: ['zlib@openssh.com'] }],
] as const)('no %s in common is told with both lists', (what, changes) => {
  const client = clientWith(changes)
  const mismatch = mismatchOf(client, offerOf('modern', options))
  expect(mismatch?.what).toBe(what)
  expect(Object.values(client)).toContain(mismatch?.offered)
  expect(mismatch?.wanted.length).toBeGreaterThan(0)
})

test('a MAC is not looked for beside AES-GCM', () => {
  const client = clientWith({ macIn: ['hmac-sha1'], macOut: [] })
  expect(mismatchOf(client, offerOf('modern', options))).toBeUndefined()
})
