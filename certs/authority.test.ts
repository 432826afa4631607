import { createPublicKey, X509Certificate } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { describeWith, run } from '../test/support/programs.ts'
import { issueLeaf, leafValidity, makeIntermediate, makeRoot } from './authority.ts'
import { makeKeyPair, type KeyKind } from './key-pair.ts'
import { makeSigningRequest, readSigningRequest } from './signing-request.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const KINDS: readonly (readonly [name: string, kind: KeyKind])[] = [
  ['rsa', { type: 'rsa', bits: 2_048 }],
  ['ec', { type: 'ec', curve: 'P-256' }],
  ['ed25519', { type: 'ed25519' }],
]
const root = await makeRoot(NOW)
const intermediate = await makeIntermediate(root, NOW)
const folder = mkdtempSync(join(tmpdir(), 'raccord-authority-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

async function issue(kind: KeyKind, commonName = 'Société Dupont & Fils') {
  const pair = await makeKeyPair(kind)
  const order = { commonName, publicKey: pair.publicKey, ...leafValidity(NOW, 365) }
  return { pair, issued: issueLeaf(root, intermediate, { ...order, purpose: 'client' }) }
}

describe('the test authority', () => {
  test.each(KINDS)(
    'gives a certificate for a key of type %s, under root and intermediate',
    async (_, kind) => {
      const { pair, issued } = await issue(kind)
      const leaf = new X509Certificate(issued.certificatePem)
      const [middle, top] = issued.chainPem.map((one) => new X509Certificate(one))
      expect(leaf.checkIssued(middle!)).toBe(true)
      expect(leaf.verify(middle!.publicKey)).toBe(true)
      expect(middle!.verify(top!.publicKey)).toBe(true)
      expect(top!.verify(top!.publicKey)).toBe(true)
      expect(leaf.publicKey.equals(pair.publicKey)).toBe(true)
      expect(leaf.subject).toBe('CN=Société Dupont & Fils')
      expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.2'])
      expect([leaf.ca, middle!.ca, top!.ca]).toEqual([false, true, true])
      expect(leaf.validToDate.getTime()).toBe(NOW + 365 * 86_400_000)
    },
  )

  test('never gives a serial number twice, and none longer than 20 bytes', async () => {
    const pair = await makeKeyPair({ type: 'ed25519' })
    const order = { commonName: 'x', publicKey: pair.publicKey, ...leafValidity(NOW, 1) }
    const serials = Array.from({ length: 50 }, () => {
      const { certificatePem } = issueLeaf(root, intermediate, { ...order, purpose: 'client' })
      return new X509Certificate(certificatePem).serialNumber
    })
    expect(new Set(serials).size).toBe(50)
    expect(serials.every((serial) => serial.length <= 40)).toBe(true)
  })

  test('ends with itself a certificate that should outlast it', async () => {
    const pair = await makeKeyPair({ type: 'ed25519' })
    const { certificatePem } = issueLeaf(root, intermediate, {
      commonName: 'x',
      publicKey: pair.publicKey,
      purpose: 'server',
      dnsNames: ['gateway.example'],
      ...leafValidity(NOW, 36_500),
    })
    const leaf = new X509Certificate(certificatePem)
    expect(leaf.validTo).toBe(new X509Certificate(intermediate.certificatePem).validTo)
    expect(leaf.checkHost('gateway.example')).toBe('gateway.example')
  })
})

describe('a signing request', () => {
  test.each(KINDS)('of a key of type %s carries name and key', async (_, kind) => {
    const pair = await makeKeyPair(kind)
    const request = readSigningRequest(makeSigningRequest('Été 2026', pair.privateKey))
    expect(request?.commonName).toBe('Été 2026')
    expect(request?.publicKey.equals(pair.publicKey)).toBe(true)
  })

  test('with another key than the one that signed it is refused', async () => {
    const [mine, other] = await Promise.all([
      makeKeyPair({ type: 'ed25519' }),
      makeKeyPair({ type: 'ed25519' }),
    ])
    const der = Buffer.from(
      makeSigningRequest('x', mine.privateKey).replaceAll(/-----.*-----/g, ''),
      'base64',
    )
    const bytes = (key: typeof mine) => key.publicKey.export({ type: 'spki', format: 'der' })
    const at = der.indexOf(bytes(mine))
    expect(at).toBeGreaterThan(0)
    bytes(other).copy(der, at)
    const text = `-----BEGIN CERTIFICATE REQUEST-----\n${der.toString('base64')}\n-----END CERTIFICATE REQUEST-----`
    expect(readSigningRequest(text)).toBeUndefined()
  })

  test('that is garbage, empty or endless is refused', () => {
    const wrap = (text: string) =>
      `-----BEGIN CERTIFICATE REQUEST-----\n${text}\n-----END CERTIFICATE REQUEST-----`
    for (const text of [
      '',
      'hello',
      wrap(''),
      wrap('AAAA'),
      wrap('MIIB'),
      wrap('MAA='),
      wrap('A'.repeat(70_000)),
    ]) {
      expect(readSigningRequest(text)).toBeUndefined()
    }
    const nested = Buffer.alloc(30_000, 0x30).toString('base64')
    expect(readSigningRequest(wrap(nested))).toBeUndefined()
  })
})

describeWith('openssl')('openssl agrees', () => {
  const write = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }

  test.each(KINDS)(
    'that the chain of a client certificate of type %s holds, strictly',
    async (name, kind) => {
      const { issued } = await issue(kind)
      const result = run('openssl', [
        'verify',
        '-x509_strict',
        '-purpose',
        'sslclient',
        '-attime',
        String(NOW / 1000),
        '-CAfile',
        write('root.pem', issued.chainPem[1]!),
        '-untrusted',
        write('intermediate.pem', issued.chainPem[0]!),
        write(`${name}.pem`, issued.certificatePem),
      ])
      expect(result.stdout + result.stderr).toMatch(/: OK\s*$/)
      expect(result.code).toBe(0)
    },
  )

  test('that a client certificate is no server certificate', async () => {
    const { issued } = await issue({ type: 'ed25519' })
    const result = run('openssl', [
      'verify',
      '-purpose',
      'sslserver',
      '-attime',
      String(NOW / 1000),
      '-CAfile',
      write('root.pem', issued.chainPem[1]!),
      '-untrusted',
      write('intermediate.pem', issued.chainPem[0]!),
      write('leaf.pem', issued.certificatePem),
    ])
    expect(result.code).not.toBe(0)
  })

  test.each(KINDS)('with our signing requests of type %s, and we with its', async (name, kind) => {
    const { privateKey } = await makeKeyPair(kind)
    const ours = write(`${name}.csr`, makeSigningRequest('Partenaire', privateKey))
    const checked = run('openssl', ['req', '-in', ours, '-verify', '-noout', '-text'])
    expect(checked.stderr).toContain('verify OK')
    const keyFile = write(
      `${name}.key`,
      privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    )
    const options = '-new -utf8 -addext subjectAltName=DNS:x.example -subj'.split(' ')
    const subject = '/C=FR/O=Dupont/CN=Dupont Été'
    const theirs = run('openssl', ['req', '-key', keyFile, ...options, subject])
    const request = readSigningRequest(theirs.stdout)
    expect(request?.commonName).toBe('Dupont Été')
    expect(request?.publicKey.equals(createPublicKey(privateKey))).toBe(true)
  })
})
