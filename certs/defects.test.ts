import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { describeWith, run } from '../test/support/programs.ts'
import { makeIntermediate, makeRoot } from './authority.ts'
import type { CertificatePart } from './certificate-checks.ts'
import { checkCertificates } from './check-certificates.ts'
import { DEFECT_NAMES, DEFECTS, type Defect, type DefectRow } from './defects.ts'
import { makeKeyPair } from './key-pair.ts'
import { testAnchor } from './trust/trust-sources.ts'
import { writePkcs7, writePkcs7Pem } from './write-pkcs7.ts'

const NOW = Date.UTC(2026, 10, 22, 12)
const root = await makeRoot(NOW)
const intermediate = await makeIntermediate(root, NOW)
const folder = mkdtempSync(join(tmpdir(), 'raccord-defects-'))
afterAll(() => rmSync(folder, { recursive: true, force: true, maxRetries: 10 }))

const USES = [
  { protocol: 'sftp', part: 'client', purpose: 'client' },
  { protocol: 'as2', part: 'server', purpose: 'as2' },
  { protocol: 'pesit', part: 'client', purpose: 'client' },
  { protocol: 'pesit', part: 'server', purpose: 'server' },
] as const

const good = await makeKeyPair({ type: 'rsa', bits: 3_072 })

async function make(defect: Defect, purpose: (typeof USES)[number]['purpose']) {
  const row: DefectRow = DEFECTS[defect]
  const { publicKey } = row.key === undefined ? good : await makeKeyPair(row.key)
  const order = { root, intermediate, commonName: 'acme-test', publicKey, purpose }
  return row.make({ ...order, dnsNames: ['acme.example'], now: NOW, days: 365 })
}

const check = (bytes: Buffer, protocol: 'sftp' | 'as2' | 'pesit', part: CertificatePart) =>
  checkCertificates({
    bytes,
    protocol,
    part,
    now: NOW,
    environment: 'qualification',
    unknownRoot: 'refuse',
    anchors: [testAnchor(root.certificatePem)],
    findUsers: () => [],
  })

describe.each(USES)('made wrong for $protocol $part', ({ protocol, part, purpose }) => {
  test.each(DEFECT_NAMES)('%s fails its own check and no other', async (defect) => {
    const { bundlePem } = await make(defect, purpose)
    for (const bytes of [writePkcs7(bundlePem), Buffer.from(writePkcs7Pem(bundlePem))]) {
      const { checks } = await check(bytes, protocol, part)
      const failed = checks.filter((line) => line.outcome === 'fail').map((line) => line.check)
      expect(failed).toEqual([DEFECTS[defect].fails])
    }
  })
})

describeWith('openssl')('openssl agrees', () => {
  const write = (name: string, text: string) => {
    const file = join(folder, name)
    writeFileSync(file, text)
    return file
  }
  // What it says of each that it looks at too; the rest is about the file around the certificate.
  const complaints: Partial<Record<Defect, RegExp>> = {
    expired: /certificate has expired/,
    'not-yet-valid': /certificate is not yet valid/,
    'wrong-purpose': /(unsuitable|unsupported) certificate purpose/,
    'weak-key': /EE certificate key too weak/,
    'unknown-root': /unable to get local issuer certificate|self-signed certificate in/,
    sha1: /CA signature digest algorithm too weak|EE certificate/,
    'incomplete-chain': /unable to get (local )?issuer certificate/,
    'leaf-only': /unable to get (local )?issuer certificate/,
    'forged-signature': /certificate signature failure/,
  }

  test.each(Object.entries(complaints))('that %s is wrong', async (name, complaint) => {
    const defect = name as Defect
    const { certificatePem, chainPem } = await make(defect, 'client')
    const said = run('openssl', [
      'verify',
      '-auth_level',
      '2',
      '-purpose',
      'sslclient',
      '-attime',
      String(NOW / 1_000),
      '-CAfile',
      write('root.pem', root.certificatePem),
      '-untrusted',
      write(`${name}-chain.pem`, chainPem.join('') || root.certificatePem),
      write(`${name}.pem`, certificatePem),
    ])
    expect(said.code).not.toBe(0)
    expect(said.stderr + said.stdout).toMatch(complaint)
  })
})
