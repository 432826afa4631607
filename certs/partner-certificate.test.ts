import { createPublicKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { describeWith, run } from '../test/support/programs.ts'
import { issueLeaf, leafValidity, makeIntermediate, makeRoot } from './authority.ts'
import { colonFingerprint } from './fingerprint.ts'
import { makeKeyPair } from './key-pair.ts'
import { readPartnerCertificate, type PartnerCertificate } from './partner-certificate.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const root = await makeRoot(NOW)
const intermediate = await makeIntermediate(root, NOW)
const pair = await makeKeyPair({ type: 'rsa', bits: 2_048 })
const issued = issueLeaf(root, intermediate, {
  commonName: 'ACME',
  publicKey: pair.publicKey,
  purpose: 'client',
  ...leafValidity(NOW, 365),
})
const [chained = '', rooted = ''] = issued.chainPem
const folder = mkdtempSync(join(tmpdir(), 'raccord-certificate-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function read(text: string): PartnerCertificate {
  const reading = readPartnerCertificate(text)
  if ('fault' in reading) throw new Error(reading.fault)
  return reading.certificate
}

describe('a certificate file', () => {
  test('gives key, dates and names of its certificate', () => {
    const certificate = read(issued.certificatePem)
    expect(certificate).toMatchObject({
      keyType: 'rsa',
      rsaBits: 2_048,
      subject: 'CN=ACME',
      notBefore: NOW - 86_400_000,
      notAfter: NOW + 365 * 86_400_000,
    })
    expect(certificate.publicKey.equals(pair.publicKey)).toBe(true)
    expect(certificate.sshBlob).toBeDefined()
  })

  test('may carry its chain, text around it and CR LF line ends', () => {
    const whole = `Bag Attributes\n${rooted}${issued.certificatePem}${chained}`.replaceAll(
      '\n',
      '\r\n',
    )
    expect(read(whole).pem).toBe(read(issued.certificatePem).pem)
  })

  test('with a private key is refused with a warning, whatever else it holds', () => {
    const keys = [
      pair.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      pair.privateKey.export({ type: 'pkcs1', format: 'pem' }),
      'PuTTY-User-Key-File-3: ssh-rsa\n',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n',
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nb3Bl\n-----END ENCRYPTED PRIVATE KEY-----\n',
    ]
    for (const key of keys) {
      expect(readPartnerCertificate(issued.certificatePem + String(key))).toEqual({
        fault: 'PRIVATE_KEY_IN_FILE',
      })
    }
  })

  test.each([
    ['nothing', '', 'CERTIFICATE_NOT_FOUND'],
    ['garbage', '\u0000\u0001ÿ certificate', 'CERTIFICATE_NOT_FOUND'],
    ['a mark without its end', '-----BEGIN CERTIFICATE-----\nMIIB', 'CERTIFICATE_NOT_FOUND'],
    [
      'marks around garbage',
      '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
      'CERTIFICATE_UNREADABLE',
    ],
    ['two authorities', chained + rooted, 'CERTIFICATE_CHAIN_GIVEN'],
    ['300 KB', 'x'.repeat(300_000), 'CERTIFICATE_FILE_TOO_LARGE'],
    ['33 certificates', rooted.repeat(33), 'CERTIFICATE_FILE_TOO_LARGE'],
  ])('that holds %s is refused', (_, text, fault) => {
    expect(readPartnerCertificate(text)).toEqual({ fault })
  })

  test('with two partners in it is refused', async () => {
    const other = await makeKeyPair({ type: 'ed25519' })
    const order = { commonName: 'OTHER', publicKey: other.publicKey, ...leafValidity(NOW, 1) }
    const second = issueLeaf(root, intermediate, { ...order, purpose: 'client' })
    const reading = readPartnerCertificate(issued.certificatePem + second.certificatePem)
    expect(reading).toEqual({ fault: 'CERTIFICATE_CHAIN_GIVEN' })
  })

  test('changed at random never throws', () => {
    let seed = 7
    const next = (below: number) => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
      return Math.floor((seed / 2 ** 32) * below)
    }
    for (let round = 0; round < 500; round += 1) {
      const bytes = Buffer.from(issued.certificatePem)
      for (let change = 0; change < 5; change += 1) bytes[next(bytes.length)] = 32 + next(95)
      expect(() => readPartnerCertificate(bytes.toString('latin1'))).not.toThrow()
    }
  })
})

describeWith('openssl')('a certificate made by openssl', () => {
  const make = (name: string, options: string) => {
    const [key, file] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)]
    const usual = 'req -x509 -nodes -days 30 -subj /CN=x -addext basicConstraints=critical,CA:FALSE'
    run('openssl', [...`${usual} ${options}`.split(' '), '-keyout', key, '-out', file])
    return { file, key, text: readFileSync(file, 'utf8') }
  }

  test('has the fingerprint that openssl prints', () => {
    const { file, text } = make('rsa', '-newkey rsa:2048')
    const printed = run('openssl', ['x509', '-in', file, '-noout', '-fingerprint', '-sha256'])
    expect(printed.stdout).toContain(colonFingerprint(read(text).sha256))
  })

  test('hashes its key alike whether its point is compressed or not', () => {
    const curve = '-newkey ec -pkeyopt ec_paramgen_curve:P-256 -pkeyopt point-format:compressed'
    const compressed = make('point', curve)
    const key = createPublicKey(readFileSync(compressed.key))
    const plain = createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' })
    const order = { commonName: 'x', publicKey: plain, ...leafValidity(NOW, 1) }
    const other = issueLeaf(root, intermediate, { ...order, purpose: 'client' })
    expect(read(compressed.text).spkiSha256).toBe(read(other.certificatePem).spkiSha256)
  })

  test('of a kind that SSH does not know has no SSH form', () => {
    const pss = make('pss', '-newkey rsa-pss -pkeyopt rsa_keygen_bits:2048')
    expect(read(pss.text)).toMatchObject({ keyType: 'rsa-pss', sshBlob: undefined })
    const curve = make('koblitz', '-newkey ec -pkeyopt ec_paramgen_curve:secp256k1')
    expect(read(curve.text)).toMatchObject({ keyType: 'ec', sshBlob: undefined })
  })
})
