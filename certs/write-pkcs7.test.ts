import { X509Certificate } from 'node:crypto'
import { expect, test } from 'vitest'
import { describeWith, run } from '../test/support/programs.ts'
import { issueLeaf, leafValidity, makeIntermediate, makeRoot } from './authority.ts'
import { makeKeyPair } from './key-pair.ts'
import { writePkcs7, writePkcs7Pem } from './write-pkcs7.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const root = await makeRoot(NOW)
const intermediate = await makeIntermediate(root, NOW)
const { publicKey } = await makeKeyPair({ type: 'ec', curve: 'P-256' })
const order = { commonName: 'Dupont', publicKey, ...leafValidity(NOW, 30) }
const { certificatePem, chainPem } = issueLeaf(root, intermediate, { ...order, purpose: 'client' })
const chain = [certificatePem, ...chainPem]

describeWith('openssl')('openssl pkcs7 reads a bundle', () => {
  test.each([
    ['DER', writePkcs7(chain)],
    ['PEM', writePkcs7Pem(chain)],
  ])('in %s, with every certificate in its order', (form, bundle) => {
    const said = run('openssl', ['pkcs7', '-print_certs', '-inform', form], bundle)
    expect(said.code, said.stderr).toBe(0)
    const found = said.stdout.match(/-----BEGIN CERT[^]+?-----END CERTIFICATE-----/g) ?? []
    const sha256 = (pem: string) => new X509Certificate(pem).fingerprint256
    expect(found.map(sha256)).toEqual(chain.map(sha256))
  })

  test('of no certificate and of thirty', () => {
    for (const count of [0, 30]) {
      const many = Array.from({ length: count }, () => certificatePem)
      const said = run('openssl', ['pkcs7', '-print_certs', '-inform', 'DER'], writePkcs7(many))
      expect(said.code, said.stderr).toBe(0)
      expect(said.stdout.split('BEGIN CERTIFICATE').length - 1).toBe(count)
    }
  })
})
