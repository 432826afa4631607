import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { describeWith, run } from '../test/support/programs.ts'
import { issueLeaf, leafValidity, makeIntermediate, makeRoot } from './authority.ts'
import { readCertificate } from './certificate.ts'
import { isDerError } from './pkcs7.ts'
import { readEndEntity } from './end-entity.ts'
import { colonFingerprint, spkiSha256 } from './fingerprint.ts'
import { makeKeyPair } from './key-pair.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const root = await makeRoot(NOW)
const intermediate = await makeIntermediate(root, NOW)
const pair = await makeKeyPair({ type: 'rsa', bits: 2_048 })
const issued = issueLeaf(root, intermediate, {
  commonName: 'ACME',
  publicKey: pair.publicKey,
  purpose: 'server',
  dnsNames: ['acme.example'],
  ...leafValidity(NOW, 365),
})
const derOf = (pem: string) => new X509Certificate(pem).raw
const folder = mkdtempSync(join(tmpdir(), 'raccord-certificate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

describe('a certificate', () => {
  test('gives key, dates, names and uses', () => {
    const certificate = readCertificate(derOf(issued.certificatePem))
    expect(certificate).toMatchObject({
      version: 3,
      subject: 'CN=ACME',
      issuer: 'C=FR, O=Raccord (simulated), CN=Raccord test intermediate',
      notBefore: NOW - 86_400_000,
      notAfter: NOW + 365 * 86_400_000,
      key: { type: 'rsa', bits: 2_048 },
      signature: { name: 'RSA with SHA-256', strength: 'good' },
      isAuthority: false,
      extendedKeyUsage: ['1.3.6.1.5.5.7.3.1'],
    })
    expect([...(certificate.keyUsage ?? [])]).toEqual(['digitalSignature', 'keyEncipherment'])
    expect(certificate.publicKey?.equals(pair.publicKey)).toBe(true)
    expect(certificate.x509.toString()).toBe(issued.certificatePem)
  })

  test('of an authority says so, and how many may follow', () => {
    const [below, above] = [intermediate, root].map((one) =>
      readCertificate(derOf(one.certificatePem)),
    )
    expect(below).toMatchObject({ isAuthority: true, pathLength: 0 })
    expect(above).toMatchObject({ isAuthority: true, pathLength: 1 })
    expect(below?.authorityKeyId).toBe(above?.subjectKeyId)
    expect(below?.issuerKey).toBe(above?.subjectKey)
  })

  test('with any byte changed is read or refused as no certificate', () => {
    const good = derOf(issued.certificatePem)
    for (let at = 0; at < good.length; at += 1) {
      const changed = Buffer.from(good)
      changed[at] = changed[at]! ^ (1 + (at % 255))
      try {
        expect(readCertificate(changed).der).toEqual(changed)
      } catch (error) {
        if (!isDerError(error)) throw error
      }
    }
  })

  test('is found in its chain, and not where there are two, or none', () => {
    const chain = Buffer.from(issued.chainPem.join('') + issued.certificatePem)
    expect(readEndEntity(chain)?.subject).toBe('CN=ACME')
    expect(readEndEntity(Buffer.from(issued.chainPem.join('')))).toBeUndefined()
    expect(readEndEntity(Buffer.from('nothing'))).toBeUndefined()
  })
})

describeWith('openssl')('a certificate made by openssl', () => {
  const make = (name: string, options: string) => {
    const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
    const usual = 'req -x509 -nodes -days 30 -subj /CN=x -addext basicConstraints=critical,CA:FALSE'
    run('openssl', [...`${usual} ${options}`.split(' '), '-keyout', key, '-out', file])
    return { file, key, certificate: readCertificate(derOf(readFileSync(file, 'utf8'))) }
  }

  test('has the fingerprint that openssl prints', () => {
    const { file, certificate } = make('rsa', '-newkey rsa:2048')
    const printed = run('openssl', ['x509', '-in', file, '-noout', '-fingerprint', '-sha256'])
    expect(printed.stdout).toContain(colonFingerprint(certificate.sha256))
  })

  test('hashes its key alike whether its point is compressed or not', () => {
    const curve = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt point-format:compressed'
    const compressed = make('point', curve)
    const key = createPublicKey(readFileSync(compressed.key))
    const plain = createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' })
    expect(compressed.certificate.spkiSha256).toBe(spkiSha256(plain))
  })

  test('on a curve that JWK has no name for is read', () => {
    const { certificate } = make('brain', '-newkey ec -pkeyopt ec_paramgen_curve:brainpoolP256r1')
    expect(certificate.key).toMatchObject({ type: 'ec', curve: 'brainpoolP256r1', bits: 256 })
    expect(certificate.spkiSha256).toMatch(/^[0-9a-f]{64}$/)
  })
})
