import { createPublicKey, sign, verify } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { describeWith, run } from '../test/support/programs.ts'
import { makeKeyPair, sshPrivateKey, type KeyKind } from './key-pair.ts'
import {
  joinStrings,
  parseSshPublicKey,
  sshFingerprint,
  sshKeyObject,
  sshPublicKeyBlob,
  sshPublicKeyLine,
} from './ssh-public-key.ts'

const KINDS: readonly (readonly [name: string, kind: KeyKind, bits: number])[] = [
  ['ssh-rsa', { type: 'rsa', bits: 2_048 }, 2_048],
  ['ecdsa-sha2-nistp256', { type: 'ec', curve: 'P-256' }, 256],
  ['ecdsa-sha2-nistp384', { type: 'ec', curve: 'P-384' }, 384],
  ['ecdsa-sha2-nistp521', { type: 'ec', curve: 'P-521' }, 521],
  ['ssh-ed25519', { type: 'ed25519' }, 256],
]
const pairs = await Promise.all(
  KINDS.map(async ([name, kind, bits]) => ({ name, bits, ...(await makeKeyPair(kind)) })),
)
const folder = mkdtempSync(join(tmpdir(), 'raccord-ssh-key-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

describe('a public key', () => {
  test.each(pairs)('of $name gives the same SubjectPublicKeyInfo through its SSH form', (pair) => {
    const blob = sshPublicKeyBlob(pair.publicKey)!
    const parsed = parseSshPublicKey(blob)
    expect(parsed?.algorithm).toBe(pair.name)
    expect(parsed?.bits).toBe(pair.bits)
    expect(parsed?.spki).toEqual(pair.publicKey.export({ type: 'spki', format: 'der' }))
  })

  test.each(pairs)('of $name read from the wire verifies a signature', (pair) => {
    const key = sshKeyObject(parseSshPublicKey(sshPublicKeyBlob(pair.publicKey)!)!)!
    const data = Buffer.from('a session identifier and a request')
    const digest = pair.name === 'ssh-ed25519' ? null : 'sha256'
    expect(verify(digest, data, key, sign(digest, data, pair.privateKey))).toBe(true)
  })

  test.each(pairs)('of $name cut at any byte, or with one more, is refused', (pair) => {
    const blob = sshPublicKeyBlob(pair.publicKey)!
    for (let length = 0; length < blob.length; length += 1) {
      expect(parseSshPublicKey(blob.subarray(0, length))).toBeUndefined()
    }
    expect(parseSshPublicKey(Buffer.concat([blob, Buffer.of(0)]))).toBeUndefined()
  })

  test('whose numbers are spelled in another way than the shortest is refused', () => {
    const { e = '', n = '' } = pairs[0]!.publicKey.export({ format: 'jwk' })
    const modulus = Buffer.from(n, 'base64url')
    const exponent = Buffer.from(e, 'base64url')
    const zero = Buffer.of(0)
    const key = (first: Buffer, second: Buffer) =>
      parseSshPublicKey(joinStrings([Buffer.from('ssh-rsa'), first, second]))
    expect(key(exponent, Buffer.concat([zero, modulus]))).toBeDefined()
    expect(key(exponent, modulus)).toBeUndefined()
    expect(key(exponent, Buffer.concat([zero, zero, modulus]))).toBeUndefined()
    expect(key(Buffer.concat([zero, exponent]), Buffer.concat([zero, modulus]))).toBeUndefined()
    expect(key(Buffer.of(1), Buffer.concat([zero, modulus]))).toBeUndefined()
    expect(key(Buffer.of(2), Buffer.concat([zero, modulus]))).toBeUndefined()
    expect(key(Buffer.alloc(0), Buffer.concat([zero, modulus]))).toBeUndefined()
    expect(key(Buffer.alloc(9, 0x11), Buffer.concat([zero, modulus]))).toBeUndefined()
    expect(key(exponent, Buffer.concat([zero, modulus.subarray(0, 127)]))).toBeUndefined()
    expect(key(exponent, Buffer.alloc(3_000, 0x55))).toBeUndefined()
  })

  test('whose point is compressed, of another curve or off its curve is refused', () => {
    const { x = '', y = '' } = pairs[1]!.publicKey.export({ format: 'jwk' })
    const [left, right] = [Buffer.from(x, 'base64url'), Buffer.from(y, 'base64url')]
    const key = (curve: string, point: Buffer) =>
      parseSshPublicKey(
        joinStrings([Buffer.from('ecdsa-sha2-nistp256'), Buffer.from(curve), point]),
      )
    const point = Buffer.concat([Buffer.of(4), left, right])
    expect(key('nistp256', point)).toBeDefined()
    expect(key('nistp384', point)).toBeUndefined()
    expect(key('nistp256', Buffer.concat([Buffer.of(2), left]))).toBeUndefined()
    const offCurve = Buffer.concat([Buffer.of(4), left, left])
    expect(sshKeyObject(key('nistp256', offCurve)!)).toBeUndefined()
  })

  test('of an algorithm that is not taken is refused', () => {
    for (const name of ['ssh-dss', 'sk-ssh-ed25519@openssh.com', 'ssh-rsa-cert-v01@openssh.com']) {
      const blob = joinStrings([Buffer.from(name), Buffer.alloc(32), Buffer.alloc(32)])
      expect(parseSshPublicKey(blob)).toBeUndefined()
    }
    expect(parseSshPublicKey(Buffer.alloc(0))).toBeUndefined()
  })

  test('changed at random never throws, and what is still read is one well-formed key', () => {
    let seed = 20_261_122
    const next = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    const blobs = pairs.map((pair) => sshPublicKeyBlob(pair.publicKey)!)
    for (let round = 0; round < 5_000; round += 1) {
      const blob = Buffer.from(blobs[next(blobs.length)]!)
      const changes = 1 + next(4)
      for (let change = 0; change < changes; change += 1) blob[next(blob.length)] = next(256)
      const cut = blob.subarray(0, next(4) === 0 ? next(blob.length) : blob.length)
      const parsed = parseSshPublicKey(cut)
      const key = parsed === undefined ? undefined : sshKeyObject(parsed)
      expect(key === undefined ? cut : sshPublicKeyBlob(key)).toEqual(cut)
    }
  })
})

describeWith('ssh-keygen')('ssh-keygen agrees', () => {
  test.each(pairs)('on the fingerprint and the private key file of $name', (pair) => {
    const blob = sshPublicKeyBlob(pair.publicKey)!
    const file = join(folder, pair.name)
    writeFileSync(file, sshPrivateKey(pair.privateKey, 'partner@raccord'), { mode: 0o600 })
    const line = run('ssh-keygen', ['-y', '-f', file])
      .stdout.trim()
      .split(' ')
      .slice(0, 2)
      .join(' ')
    expect(line).toBe(sshPublicKeyLine(blob))
    writeFileSync(`${file}.pub`, `${sshPublicKeyLine(blob, 'a comment')}\n`)
    expect(run('ssh-keygen', ['-l', '-f', `${file}.pub`]).stdout).toContain(sshFingerprint(blob))
  })

  test('on a key that it made itself', () => {
    const file = join(folder, 'made')
    run('ssh-keygen', ['-q', '-t', 'rsa', '-b', '2048', '-m', 'PEM', '-N', '', '-f', file])
    const [, base64 = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ')
    const parsed = parseSshPublicKey(Buffer.from(base64, 'base64'))!
    const expected = createPublicKey(readFileSync(file)).export({ type: 'spki', format: 'der' })
    expect(parsed.spki).toEqual(expected)
  })
})
