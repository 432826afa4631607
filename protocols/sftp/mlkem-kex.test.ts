import {
  createHash,
  createPublicKey,
  decapsulate,
  diffieHellman,
  generateKeyPairSync,
} from 'node:crypto'
import { expect, test } from 'vitest'
import { answerHybrid, offerHybrid, testHybrid } from './mlkem-kex.ts'

test('both sides agree, and a changed answer gives another secret', () => {
  const offer = offerHybrid()
  const { reply, secret } = answerHybrid(offer.init)
  expect([offer.init.length, reply.length, secret.length]).toEqual([1_216, 1_120, 32])
  expect(offer.secretFrom(reply)).toEqual(secret)
  const changed = Buffer.from(reply)
  changed[0]! ^= 1
  expect(offer.secretFrom(changed)).not.toEqual(secret)
})

test('the secret is SHA-256 of the ML-KEM secret and the X25519 secret, in that order', () => {
  const mlkem = generateKeyPairSync('ml-kem-768')
  const x25519 = generateKeyPairSync('x25519')
  const init = Buffer.concat([
    mlkem.publicKey.export({ format: 'der', type: 'spki' }).subarray(-1_184),
    Buffer.from(x25519.publicKey.export({ format: 'jwk' }).x!, 'base64url'),
  ])
  const { reply, secret } = answerHybrid(init)
  const x = reply.subarray(1_088).toString('base64url')
  const classic = diffieHellman({
    privateKey: x25519.privateKey,
    publicKey: createPublicKey({ key: { kty: 'OKP', crv: 'X25519', x }, format: 'jwk' }),
  })
  const shared = decapsulate(mlkem.privateKey, reply.subarray(0, 1_088))
  expect(secret).toEqual(createHash('sha256').update(shared).update(classic).digest())
})

test.each([0, 1, 1_184, 1_215, 1_217])('a client message of %i bytes is refused', (bytes) => {
  expect(() => answerHybrid(Buffer.alloc(bytes, 1))).toThrow(`${bytes} bytes`)
})

test('an X25519 key of small order is refused', () => {
  const { init } = offerHybrid()
  expect(() => answerHybrid(Buffer.concat([init.subarray(0, 1_184), Buffer.alloc(32)]))).toThrow(
    /derivation/,
  )
})

test('an ML-KEM key that is none is refused', () => {
  const { init } = offerHybrid()
  const broken = Buffer.concat([Buffer.alloc(1_184, 0xff), init.subarray(1_184)])
  expect(() => answerHybrid(broken)).toThrow(/key/)
})

test('a reply of another length is refused', () => {
  expect(() => offerHybrid().secretFrom(Buffer.alloc(1_119))).toThrow('1119 bytes')
})

test('this Node passes the self-test', () => {
  expect(() => testHybrid()).not.toThrow()
})
