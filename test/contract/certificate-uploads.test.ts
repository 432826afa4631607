import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import { afterAll, expect, test } from 'vitest'
import { checkCertificates } from '../../certs/check-certificates.ts'
import type { CertificateVerdict } from '../../certs/certificate-checks.ts'
import type { CertificateFindingCode } from '../../certs/certificate-findings.ts'
import { encodeOpenSshEd25519 } from '../../certs/openssh-private-key.ts'
import { GOOD, NOW, ROOT } from '../support/certificate-cases/certificate-case.ts'
import { OpenSslCertificates } from '../support/openssl-certificates.ts'
import { describeWith } from '../support/programs.ts'

const openssl = new OpenSslCertificates()
afterAll(() => openssl.remove())

const ask = (bytes: Uint8Array): Promise<CertificateVerdict> =>
  checkCertificates({
    bytes,
    protocol: 'sftp',
    now: NOW,
    environment: 'qualification',
    anchors: openssl.anchors(ROOT),
  })

/** What the first line says, where it fails and nothing else was looked at or is given back. */
function faultOf(verdict: CertificateVerdict): string {
  const [first, ...rest] = verdict.checks
  const isRefused =
    first?.outcome === 'fail' &&
    rest.every((line) => line.outcome === 'not-checked') &&
    !verdict.isUsable &&
    verdict.chain.length === 0 &&
    verdict.chainPem === '' &&
    verdict.certificate === undefined
  return isRefused ? first.codes.join() : JSON.stringify(verdict.checks)
}

const rsa = () => openssl.key('rsa2048 secret')
const ec = () => openssl.key('p256 secret')
const pass = ['-passout', 'pass:secret']
const text = (content: string) => Buffer.from(content)

/** A private key in every form it travels in. */
const PRIVATE_KEYS: readonly (readonly [form: string, bytes: () => Buffer])[] = [
  ['PKCS#8 PEM', () => openssl.read(rsa())],
  ['PKCS#1 PEM', () => openssl.output('rsa', '-in', rsa(), '-traditional')],
  ['SEC1 PEM', () => openssl.output('ec', '-in', ec())],
  [
    'encrypted PKCS#8 PEM',
    () => openssl.output('pkcs8', '-topk8', '-in', rsa(), '-v2', 'aes256', ...pass),
  ],
  [
    'encrypted PKCS#1 PEM',
    () => openssl.output('rsa', '-in', rsa(), '-traditional', '-aes256', ...pass),
  ],
  [
    'PKCS#8 DER',
    () => openssl.output('pkcs8', '-topk8', '-nocrypt', '-in', rsa(), '-outform', 'DER'),
  ],
  ['PKCS#1 DER', () => openssl.output('rsa', '-in', rsa(), '-traditional', '-outform', 'DER')],
  ['SEC1 DER', () => openssl.output('ec', '-in', ec(), '-outform', 'DER')],
  [
    'encrypted PKCS#8 DER',
    () => openssl.output('pkcs8', '-topk8', '-in', rsa(), '-outform', 'DER', ...pass),
  ],
  [
    'Ed25519 PKCS#8 DER',
    () => openssl.output('pkey', '-in', openssl.key('ed25519'), '-outform', 'DER'),
  ],
  [
    'bare base64',
    () => text(openssl.output('pkey', '-in', rsa(), '-outform', 'DER').toString('base64')),
  ],
  [
    'DER called a certificate',
    () => text(openssl.read(rsa()).toString().replaceAll('PRIVATE KEY', 'CERTIFICATE')),
  ],
  ['OpenSSH', () => text(openSshKey())],
  ['OpenSSH without its marks', () => text(openSshKey().replaceAll(/-----.*\n/g, ''))],
  ['OpenSSH in binary', () => Buffer.from(openSshKey().replaceAll(/-----.*\n/g, ''), 'base64')],
  [
    'PuTTY',
    () => text('PuTTY-User-Key-File-3: ssh-rsa\nEncryption: none\nPrivate-Lines: 1\nAAAA\n'),
  ],
  [
    'ssh.com',
    () =>
      text(
        '---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\nAAAA\n---- END SSH2 ENCRYPTED PRIVATE KEY ----\n',
      ),
  ],
  ['PGP', () => text('-----BEGIN PGP PRIVATE KEY BLOCK-----\n\nAAAA\n')],
  [
    'JSON Web Key',
    () => text(JSON.stringify(createPrivateKey(openssl.read(rsa())).export({ format: 'jwk' }))),
  ],
  ['XML of .NET', () => text('<RSAKeyValue><Modulus>AA</Modulus><D>AA</D></RSAKeyValue>')],
  ['text of openssl', () => openssl.output('rsa', '-in', rsa(), '-noout', '-text')],
  ['PEM in UTF-16', () => Buffer.from(`\uFEFF${openssl.read(rsa()).toString()}`, 'utf16le')],
  ['PEM in UTF-16 without its mark', () => Buffer.from(openssl.read(rsa()).toString(), 'utf16le')],
  ['PEM cut in the middle', () => openssl.read(rsa()).subarray(0, 500)],
  [
    'behind a good chain',
    () => Buffer.concat([openssl.chain([GOOD, GOOD.issuer!, ROOT]), openssl.read(rsa())]),
  ],
  ['behind PKCS#7 in DER', () => Buffer.concat([openssl.pkcs7([GOOD]), openssl.read(rsa())])],
]

function openSshKey(): string {
  return encodeOpenSshEd25519(generateKeyPairSync('ed25519').privateKey, 'somebody')
}

function pkcs12(...more: readonly string[]): Buffer {
  const files = ['-inkey', openssl.key(GOOD.key), '-in', openssl.certificate(GOOD)]
  return openssl.output('pkcs12', '-export', ...files, ...more, ...pass)
}

/** What else people give, each named. */
const MISTAKES: readonly (readonly [what: string, bytes: () => Buffer, CertificateFindingCode])[] =
  [
    ['nothing', () => Buffer.alloc(0), 'FILE_EMPTY'],
    ['PKCS#12', () => pkcs12(), 'PKCS12'],
    ['PKCS#12 of certificates only', () => pkcs12('-nokeys'), 'PKCS12'],
    ['PKCS#12 in base64', () => text(pkcs12().toString('base64')), 'PKCS12'],
    ['a Java key store', () => Buffer.from('feedfeed0000000200000001', 'hex'), 'KEY_STORE'],
    ['a signing request', () => request(), 'SIGNING_REQUEST'],
    ['a signing request in DER', () => request('-outform', 'DER'), 'SIGNING_REQUEST'],
    ['a revocation list', () => openssl.revocationList(ROOT, [], 5), 'REVOCATION_LIST'],
    [
      'an SSH public key',
      () => text('ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAB me@here\n'),
      'SSH_PUBLIC_KEY',
    ],
    [
      'an SSH public key of ssh.com',
      () => text('---- BEGIN SSH2 PUBLIC KEY ----\nAAAA\n---- END SSH2 PUBLIC KEY ----\n'),
      'SSH_PUBLIC_KEY',
    ],
    ['a public key', () => openssl.output('pkey', '-in', rsa(), '-pubout'), 'PUBLIC_KEY'],
    [
      'a public key in DER',
      () => openssl.output('pkey', '-in', rsa(), '-pubout', '-outform', 'DER'),
      'PUBLIC_KEY',
    ],
    ['a text', () => text('Dear all, please find attached the certificate.\n'), 'NOT_CERTIFICATES'],
    ['a page', () => text('<!DOCTYPE html><title>404</title>'), 'NOT_CERTIFICATES'],
    ['a PDF', () => text('%PDF-1.7\n%âãÏÓ\n'), 'NOT_CERTIFICATES'],
    ['zeros', () => Buffer.alloc(100_000), 'NOT_CERTIFICATES'],
    ['an encrypted message', () => encrypted(), 'PKCS7_OTHER'],
    ['PKCS#7 without a certificate', () => openssl.pkcs7([]), 'PKCS7_EMPTY'],
    ['PKCS#7 cut short', () => openssl.pkcs7([GOOD]).subarray(0, 700), 'DAMAGED'],
    [
      'PKCS#7 with something behind it',
      () => Buffer.concat([openssl.pkcs7([GOOD]), text('more')]),
      'DAMAGED',
    ],
    ['a certificate cut short', () => openssl.der(GOOD).subarray(0, 300), 'DAMAGED'],
    ['a PEM certificate cut short', () => openssl.chain([GOOD]).subarray(0, 300), 'PEM_CUT'],
    [
      'a PEM certificate that was edited',
      () => text(openssl.chain([GOOD]).toString().replace('MII', 'M€I')),
      'PEM_CUT',
    ],
    [
      'something else under the marks of a certificate',
      () => underMarks('AAAA'),
      'NOT_CERTIFICATES',
    ],
  ]

function request(...more: readonly string[]): Buffer {
  return openssl.output('req', '-new', '-key', rsa(), '-subj', '/CN=x', ...more)
}

function encrypted(): Buffer {
  const certificate = openssl.certificate(GOOD)
  const path = openssl.path('encrypted')
  const args = ['cms', '-encrypt', '-in', certificate, '-outform', 'DER', '-out', path]
  openssl.openssl(...args, certificate)
  return openssl.read(path)
}

function underMarks(base64: string): Buffer {
  return text(`-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`)
}

describeWith('openssl')('what people give in place of certificates', () => {
  test.each(PRIVATE_KEYS)('a private key is refused and not repeated: %s', async (_, make) => {
    const bytes = make()
    const verdict = await ask(bytes)
    expect(faultOf(verdict)).toBe('PRIVATE_KEY')
    expect(verdict.checks[0]?.reason.en).toContain('whoever has it can pass for the partner')
    expect(verdict.checks[0]?.reason.fr).toContain('se faire passer pour le partenaire')
    const answer = JSON.stringify(verdict)
    const pieces = bytes.toString('latin1').match(/[A-Za-z0-9+/]{24,}/g) ?? []
    expect(pieces.filter((piece) => answer.includes(piece))).toEqual([])
  })

  test.each(MISTAKES)('is named, with what to do: %s', async (_, make, code) => {
    expect(faultOf(await ask(make()))).toBe(code)
  })

  test('50 MB are refused unread', async () => {
    expect(faultOf(await ask(Buffer.alloc(50 * 1024 * 1024, 0x30)))).toBe('FILE_TOO_LARGE')
  })

  test('PKCS#7 of 10,000 certificates is refused, by its size and by their number', async () => {
    const one = openssl.der(GOOD)
    expect(faultOf(await ask(hugePkcs7(10_000, one)))).toBe('FILE_TOO_LARGE')
    // So small that the file may be as large as it is.
    expect(faultOf(await ask(hugePkcs7(10_000, Buffer.from('3003020100', 'hex'))))).toBe(
      'TOO_MANY_CERTIFICATES',
    )
    expect(faultOf(await ask(hugePkcs7(60_000, Buffer.from('3000', 'hex'))))).toBe('DAMAGED')
  })

  test('names with control characters are shown without them', async () => {
    const verdict = await ask(
      openssl.pkcs7([{ ...GOOD, subject: '/CN=a\u007Fb\u001B[31m\tc' }, GOOD.issuer!, ROOT]),
    )
    expect(verdict.certificate?.subject).toBe('CN=a?b?[31m?c')
  })

  test('any byte changed in a bundle gives a verdict', async () => {
    const bytes = openssl.pkcs7([GOOD, GOOD.issuer!, ROOT])
    for (let at = 0; at < bytes.length; at += 7) {
      const changed = Buffer.from(bytes)
      changed[at] = changed[at]! ^ 0x55
      expect((await ask(changed)).checks).toHaveLength(12)
    }
  })

  test('a bundle cut anywhere gives a verdict', async () => {
    const bytes = openssl.pkcs7([GOOD])
    for (let end = 1; end < bytes.length; end += 5) {
      expect((await ask(bytes.subarray(0, end))).isUsable).toBe(false)
    }
  })
})

/** Degenerate SignedData (RFC 2315 §9.1) with `count` copies. */
function hugePkcs7(count: number, certificate: Buffer): Buffer {
  const oid = (hex: string) => Buffer.from(hex, 'hex')
  const signedData = tlv(
    0x30,
    Buffer.from('020101', 'hex'),
    Buffer.from('3100', 'hex'),
    tlv(0x30, oid('06092a864886f70d010701')),
    tlv(0xa0, ...Array.from({ length: count }, () => certificate)),
    Buffer.from('3100', 'hex'),
  )
  return tlv(0x30, oid('06092a864886f70d010702'), tlv(0xa0, signedData))
}

function tlv(tag: number, ...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  const header = Buffer.alloc(6)
  header.writeUInt8(tag)
  header.writeUInt8(0x84, 1)
  header.writeUInt32BE(content.length, 2)
  return Buffer.concat([header, content])
}
