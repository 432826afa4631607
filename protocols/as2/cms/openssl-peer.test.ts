import { createPrivateKey, randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { afterAll, describe, expect, test } from 'vitest'
import { readCertificate } from '../../../certs/certificate.ts'
import {
  OpenSslCertificates,
  type OpenSslOrder,
} from '../../../test/support/openssl-certificates.ts'
import { collect, drain, octetsOf, tapped, type Octets } from '../octets.ts'
import { RunningDigests } from '../running-digests.ts'
import { CIPHERS, type HashName, type LegacyAlgorithm } from './algorithms.ts'
import { openCms } from './content-info.ts'
import type { DecryptionKey } from './content-key.ts'
import { readEnvelope } from './enveloped-data.ts'
import { readSigned } from './signed-data.ts'
import { verifySignature } from './verify-signature.ts'
import { writeEnveloped } from './write-enveloped.ts'
import { writeDetachedSignature, writeSigned, type Signer } from './write-signed.ts'

/** Every structure and algorithm that the OpenSSL command line can make or read, both ways. */

const peer = new OpenSslCertificates()
afterAll(() => peer.remove())

const RSA: OpenSslOrder = { key: 'rsa2048', subject: '/C=FR/O=Raccord/CN=rsa' }
const EC: OpenSslOrder = {
  key: 'p256',
  subject: '/C=FR/O=Raccord/CN=ec',
  extensions: ['subjectKeyIdentifier=hash'],
}
const EC384: OpenSslOrder = { key: 'p384', subject: '/CN=ec384' }
const EC521: OpenSslOrder = { key: 'p521', subject: '/CN=ec521' }
const SHORT: OpenSslOrder = { key: 'rsa1024', subject: '/CN=short' }
const OTHER: OpenSslOrder = { key: 'rsa2048 other', subject: '/CN=other' }

const CONTENT = Buffer.concat([
  Buffer.from('Content-Type: text/plain\r\n\r\n'),
  randomBytes(70_001),
])
const LIMITS = { maxBytes: 10_000_000 }
const NOTHING: ReadonlySet<LegacyAlgorithm> = new Set()
const ALL: ReadonlySet<LegacyAlgorithm> = new Set(['3des', 'sha1', 'rsa-1024', 'md5'])

const keyOf = (order: OpenSslOrder): DecryptionKey => ({
  certificate: readCertificate(peer.der(order)),
  privateKey: createPrivateKey(peer.read(peer.key(order.key))),
})
const file = (name: string, bytes: Uint8Array): string => {
  const path = peer.path(name)
  writeFileSync(path, bytes)
  return path
}
const message = (): string => file('content', CONTENT)
const FORMS = [
  ['DER', []],
  ['streamed BER', ['-stream']],
] as const

/** One byte at a time, then in pieces of other sizes, then whole. */
function* cut(bytes: Buffer): Generator<Octets> {
  yield octetsOf(bytes)
  yield octetsOf(...pieces(bytes, 997))
  if (bytes.length < 20_000) yield octetsOf(...pieces(bytes, 1))
}

function pieces(bytes: Buffer, size: number): Buffer[] {
  const all: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) all.push(bytes.subarray(at, at + size))
  return all
}

async function decrypt(octets: Octets, key: DecryptionKey, legacy = ALL): Promise<Buffer> {
  const { type, ber, finish } = await openCms(octets)
  if (type !== 'enveloped' && type !== 'auth-enveloped') throw new Error(type)
  const envelope = await readEnvelope(ber, type, [key], legacy)
  const content = await collect(envelope.content, LIMITS.maxBytes)
  await finish()
  return content
}

async function verify(octets: Octets, order: OpenSslOrder, detached?: Buffer, legacy = ALL) {
  const { ber, finish } = await openCms(octets)
  const signed = await readSigned(ber)
  const digests = new RunningDigests(signed.hashes)
  if (detached !== undefined) digests.update(detached)
  if (signed.content !== undefined) {
    await drain(tapped(signed.content, (piece) => digests.update(piece)))
  }
  const { signers } = await signed.signatures()
  await finish()
  return verifySignature({
    signers,
    digests: digests.get(),
    contentType: signed.contentType,
    registered: [readCertificate(peer.der(order))],
    legacy,
  })
}

describe('what OpenSSL encrypts is read', () => {
  const ciphers = CIPHERS.map((row) => row.node)
  test.each(ciphers.flatMap((cipher) => FORMS.map(([form, flags]) => ({ cipher, form, flags }))))(
    '$cipher in $form',
    async ({ cipher, flags }) => {
      const bytes = peer.output(
        'cms',
        '-encrypt',
        '-binary',
        '-in',
        message(),
        `-${cipher}`,
        '-outform',
        'DER',
        ...flags,
        '-recip',
        peer.certificate(RSA),
      )
      for (const octets of cut(bytes)) expect(await decrypt(octets, keyOf(RSA))).toEqual(CONTENT)
    },
  )

  const transports: readonly (readonly [string, readonly string[]])[] = [
    ['OAEP with SHA-1', []],
    ['OAEP with SHA-256', ['-keyopt', 'rsa_oaep_md:sha256']],
    [
      'OAEP with SHA-256 and a mask of SHA-1',
      ['-keyopt', 'rsa_oaep_md:sha256', '-keyopt', 'rsa_mgf1_md:sha1'],
    ],
    ['OAEP with a label', ['-keyopt', 'rsa_oaep_label:0102ff']],
  ]
  test.each(transports)('%s', async (_, options) => {
    const bytes = peer.output(
      'cms',
      '-encrypt',
      '-binary',
      '-in',
      message(),
      '-aes-256-cbc',
      '-outform',
      'DER',
      '-recip',

      peer.certificate(RSA),
      '-keyopt',
      'rsa_padding_mode:oaep',
      ...options,
    )
    expect(await decrypt(octetsOf(bytes), keyOf(RSA))).toEqual(CONTENT)
  })

  const agreements: readonly (readonly [string, OpenSslOrder, readonly string[]])[] = [
    ['P-256', EC, []],
    ['P-256 by key identifier', EC, ['-keyid']],
    ['P-384 with SHA-384', EC384, ['-keyopt', 'ecdh_kdf_md:sha384', '-aes256-wrap']],
    ['P-521 with SHA-256', EC521, ['-keyopt', 'ecdh_kdf_md:sha256', '-aes128-wrap']],
  ]
  test.each(agreements)('agreement on %s', async (_, order, options) => {
    const bytes = peer.output(
      'cms',
      '-encrypt',
      '-binary',
      '-in',
      message(),
      '-aes-256-cbc',
      '-outform',
      'DER',
      '-recip',

      peer.certificate(order),
      ...options,
    )
    expect(await decrypt(octetsOf(bytes), keyOf(order))).toEqual(CONTENT)
  })

  test('for several recipients, of which we are the last', async () => {
    const bytes = peer.output(
      'cms',
      '-encrypt',
      '-binary',
      '-in',
      message(),
      '-aes-128-cbc',
      '-outform',
      'DER',
      '-recip',
      peer.certificate(OTHER),
      '-recip',
      peer.certificate(EC),
      '-recip',
      peer.certificate(RSA),
    )
    expect(await decrypt(octetsOf(bytes), keyOf(RSA))).toEqual(CONTENT)
  })

  test('3DES is refused unless the connection allows it', async () => {
    const bytes = peer.output(
      'cms',
      '-encrypt',
      '-binary',
      '-in',
      message(),
      '-des3',
      '-outform',
      'DER',
      '-recip',
      peer.certificate(RSA),
    )
    await expect(decrypt(octetsOf(bytes), keyOf(RSA), NOTHING)).rejects.toMatchObject({
      kind: 'weak',
    })
  })

  test.each([
    ['for somebody else', (bytes: Buffer) => bytes, OTHER],
    ['with its key damaged', (bytes: Buffer) => flipped(bytes, 260), RSA],
    ['with its last block damaged', (bytes: Buffer) => flipped(bytes, bytes.length - 17), RSA],
  ] as const)('a message %s gets the one answer', async (_, damage, order) => {
    for (const cipher of ['-aes-256-cbc', '-aes-256-gcm']) {
      const bytes = peer.output(
        'cms',
        '-encrypt',
        '-binary',
        '-in',
        message(),
        cipher,
        '-outform',
        'DER',
        '-recip',
        peer.certificate(RSA),
      )
      await expect(
        decrypt(octetsOf(damage(Buffer.from(bytes))), keyOf(order)),
      ).rejects.toMatchObject({
        kind: 'decryption',
        message: 'The message cannot be decrypted with our keys',
      })
    }
  })
})

function flipped(bytes: Buffer, at: number): Buffer {
  bytes[at] = bytes[at]! ^ 1
  return bytes
}

describe('what OpenSSL signs is verified', () => {
  const pss = ['-keyopt', 'rsa_padding_mode:pss']
  const kinds: readonly (readonly [string, OpenSslOrder, HashName, readonly string[]])[] = [
    ['RSA', RSA, 'sha256', []],
    ['RSA', RSA, 'sha1', []],
    ['RSA', RSA, 'sha384', []],
    ['RSA', RSA, 'sha512', []],
    ['RSA', RSA, 'md5', []],
    ['RSA without attributes', RSA, 'sha256', ['-noattr']],
    ['RSA by key identifier', EC, 'sha256', ['-keyid']],
    ['PSS', RSA, 'sha256', pss],
    ['PSS', RSA, 'sha512', pss],
    ['ECDSA on P-256', EC, 'sha256', []],
    ['ECDSA on P-384', EC384, 'sha384', []],
    ['ECDSA on P-521', EC521, 'sha512', []],
  ]
  test.each(kinds)('%s of %o with %s', async (_, order, hash, options) => {
    // OpenSSL 3.0 cannot stream RSASSA-PSS.
    const streamed = options === pss ? [] : [['-nodetach', '-stream']]
    for (const flags of [[], ['-nodetach'], ...streamed]) {
      const bytes = peer.output(
        'cms',
        '-sign',
        '-binary',
        '-in',
        message(),
        '-outform',
        'DER',
        '-md',
        hash,
        ...flags,
        '-signer',
        peer.certificate(order),
        '-inkey',
        peer.key(order.key),
        ...options,
      )
      const detached = flags.includes('-nodetach') ? undefined : CONTENT
      for (const octets of cut(bytes)) {
        const verified = await verify(octets, order, detached)
        expect(verified).toMatchObject({ hash, certificate: { subject: expect.any(String) } })
      }
    }
  })

  const signed = (order: OpenSslOrder, ...options: readonly string[]): Buffer =>
    peer.output(
      'cms',
      '-sign',
      '-binary',
      '-in',
      message(),
      '-outform',
      'DER',
      '-signer',
      peer.certificate(order),
      '-inkey',
      peer.key(order.key),
      ...options,
    )

  test('other content is told apart from another signer and a broken signature', async () => {
    const bytes = signed(RSA)
    const changed = flipped(Buffer.from(CONTENT), 60)
    await expect(verify(octetsOf(bytes), RSA, changed)).rejects.toMatchObject({ kind: 'digest' })
    await expect(verify(octetsOf(bytes), OTHER, CONTENT)).rejects.toMatchObject({ kind: 'signer' })
    const broken = flipped(Buffer.from(bytes), bytes.length - 3)
    await expect(verify(octetsOf(broken), RSA, CONTENT)).rejects.toMatchObject({
      kind: 'signature',
    })
  })

  test('SHA-1 and short keys are refused unless the connection allows them', async () => {
    for (const [order, options] of [
      [RSA, ['-md', 'sha1']],
      [SHORT, []],
    ] as const) {
      const bytes = signed(order, ...options)
      await expect(verify(octetsOf(bytes), order, CONTENT, NOTHING)).rejects.toMatchObject({
        kind: 'weak',
      })
      await expect(verify(octetsOf(bytes), order, CONTENT)).resolves.toBeDefined()
    }
  })

  test('one of two signatures is enough', async () => {
    const bytes = signed(OTHER, '-signer', peer.certificate(RSA), '-inkey', peer.key(RSA.key))
    expect((await verify(octetsOf(bytes), RSA, CONTENT)).certificate.subject).toContain('CN=rsa')
  })
})

describe('what we write is read by OpenSSL', () => {
  const recipients = [
    ['RSA', { certificate: RSA }],
    ['OAEP', { certificate: RSA, oaep: 'sha256' }],
    ['OAEP with SHA-1', { certificate: RSA, oaep: 'sha1' }],
    ['P-256', { certificate: EC }],
    ['P-521', { certificate: EC521 }],
  ] as const
  const cases = recipients.flatMap(([name, recipient]) =>
    CIPHERS.filter((row) => row.canSend).flatMap(({ name: cipher }) =>
      [CONTENT.length, undefined].map((bytes) => ({ name, recipient, cipher, bytes })),
    ),
  )
  test.each(cases)('encrypted: $name, $cipher, known length $bytes', async (one) => {
    const { certificate, ...options } = one.recipient
    const written = writeEnveloped({
      octets: octetsOf(...pieces(CONTENT, 10_000)),
      bytes: one.bytes,
      cipher: one.cipher,
      recipients: [{ certificate: readCertificate(peer.der(certificate)), ...options }],
    })
    const bytes = await collect(written.octets, LIMITS.maxBytes)
    expect(written.bytes).toBe(one.bytes === undefined ? undefined : bytes.length)
    const plain = peer.output(
      'cms',
      '-decrypt',
      '-binary',
      '-in',
      file('encrypted', bytes),
      '-inform',
      'DER',
      '-recip',
      peer.certificate(certificate),
      '-inkey',
      peer.key(certificate.key),
    )
    expect(plain).toEqual(CONTENT)
    expect(await decrypt(octetsOf(bytes), keyOf(certificate), NOTHING)).toEqual(CONTENT)
  })

  const signer = (order: OpenSslOrder, rest: Partial<Signer>): Signer => ({
    ...keyOf(order),
    hash: 'sha256',
    signingTime: Date.UTC(2026, 10, 22, 12),
    ...rest,
  })
  const signers: readonly (readonly [string, OpenSslOrder, Partial<Signer>])[] = [
    ['RSA', RSA, {}],
    ['RSA with SHA-1', RSA, { hash: 'sha1' }],
    ['RSA with SHA-512 and protected algorithms', RSA, { hash: 'sha512', protectAlgorithms: true }],
    ['PSS', RSA, { pss: true, hash: 'sha384' }],
    ['ECDSA', EC, {}],
    ['ECDSA on P-384', EC384, { hash: 'sha384', protectAlgorithms: true }],
  ]
  test.each(signers)('signed: %s', async (_, order, options) => {
    const who = signer(order, options)
    const trust = [
      '-CAfile',
      peer.certificate(order),
      '-purpose',
      'any',
      '-binary',
      '-inform',
      'DER',
    ]
    for (const bytes of [CONTENT.length, undefined]) {
      const written = writeSigned(who, octetsOf(...pieces(CONTENT, 9_000)), bytes)
      const attached = await collect(written.octets, LIMITS.maxBytes)
      expect(written.bytes ?? attached.length).toBe(attached.length)
      expect(peer.output('cms', '-verify', ...trust, '-in', file('signed', attached))).toEqual(
        CONTENT,
      )
      expect((await verify(octetsOf(attached), order)).signingTime).toBe(who.signingTime)
    }
    const digests = new RunningDigests([who.hash])
    digests.update(CONTENT)
    const detached = await writeDetachedSignature(who, digests.get().get(who.hash)!)
    const output = peer.output(
      'cms',
      '-verify',
      ...trust,
      '-in',
      file('detached', detached),
      '-content',
      message(),
    )
    expect(output).toEqual(CONTENT)
    await expect(verify(octetsOf(detached), order, CONTENT)).resolves.toBeDefined()
  })
})
