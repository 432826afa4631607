import type { OpenSslCertificates } from '../openssl-certificates.ts'
import {
  type CertificateCase,
  ROOT,
  INTERMEDIATE,
  GOOD,
  OTHER_ROOT,
  SELF_SIGNED,
  leaf,
  whole,
  bundle,
  chainOf,
  relabel,
  PESIT_CLIENT,
} from './certificate-case.ts'

/** The file itself. */
export const FILE_CASES: readonly CertificateCase[] = [
  { name: 'PKCS#7 in DER', bytes: chainOf(GOOD), says: ['READ', 'CHAIN_COMPLETE', 'ROOT_TRUSTED'] },
  { name: 'PKCS#7 in PEM', bytes: (openssl) => openssl.pkcs7(whole(GOOD), 'PEM') },
  { name: 'PKCS#7 in PEM, called CMS', bytes: relabel('CMS') },
  { name: 'PKCS#7 in PEM, by its long name', bytes: relabel('PKCS #7 SIGNED DATA') },
  { name: 'PKCS#7 in PEM, called CERTIFICATE as Windows does', bytes: relabel('CERTIFICATE') },
  {
    name: 'PKCS#7 in bare base64',
    bytes: (openssl) => Buffer.from(openssl.pkcs7(whole(GOOD)).toString('base64')),
  },
  {
    name: 'PKCS#7 in PEM with the line ends of Windows',
    bytes: (openssl) =>
      Buffer.from(openssl.pkcs7(whole(GOOD), 'PEM').toString().replaceAll('\n', '\r\n')),
  },
  {
    name: 'PKCS#7 in PEM, written by PowerShell in UTF-16',
    bytes: (openssl) =>
      Buffer.from(`\uFEFF${openssl.pkcs7(whole(GOOD), 'PEM').toString()}`, 'utf16le'),
  },
  {
    name: 'PKCS#7 in DER with a line end after it',
    bytes: (openssl) => Buffer.concat([openssl.pkcs7(whole(GOOD)), Buffer.from('\r\n')]),
  },
  {
    name: 'a signed message',
    bytes: (openssl) => signedMessage(openssl),
    warns: ['READ_SIGNED_MESSAGE'],
  },
  {
    name: 'a signed message in BER, of indefinite lengths',
    bytes: (openssl) => signedMessage(openssl, '-stream'),
    warns: ['READ_SIGNED_MESSAGE'],
  },
  {
    name: 'a PEM chain',
    bytes: (openssl) => openssl.chain(whole(GOOD)),
    warns: ['READ_PEM'],
  },
  {
    name: 'a PEM chain with the texts of openssl between',
    bytes: (openssl) =>
      Buffer.concat(
        whole(GOOD).map((order) =>
          openssl.output('x509', '-in', openssl.certificate(order), '-text'),
        ),
      ),
    warns: ['READ_PEM'],
  },
  {
    name: 'a PEM chain with trust settings of OpenSSL',
    bytes: (openssl) =>
      Buffer.concat([
        openssl.output(
          'x509',
          '-in',
          openssl.certificate(GOOD),
          '-trustout',
          '-addtrust',
          'clientAuth',
        ),
        openssl.chain([INTERMEDIATE, ROOT]),
      ]),
    warns: ['READ_PEM'],
  },
  {
    name: 'one certificate in DER',
    bytes: (openssl) => openssl.der(GOOD),
    warns: ['READ_DER'],
    fails: ['CHAIN_LEAF_ONLY'],
  },
  {
    name: 'a self-signed certificate in DER',
    bytes: (openssl) => openssl.der(SELF_SIGNED),
    warns: ['READ_DER', 'ROOT_UNKNOWN'],
    says: ['CHAIN_SELF_SIGNED'],
  },
  {
    name: 'a chain out of order',
    bytes: bundle(ROOT, GOOD, INTERMEDIATE),
    says: ['CHAIN_REORDERED'],
  },
  {
    name: 'certificates that stand there twice',
    bytes: bundle(GOOD, INTERMEDIATE, ROOT, INTERMEDIATE, GOOD),
    says: ['DUPLICATES'],
  },
  { name: 'the leaf only', bytes: bundle(GOOD), fails: ['CHAIN_LEAF_ONLY'] },
  {
    name: 'two leaves',
    bytes: bundle(GOOD, leaf({ key: 'rsa2048', subject: '/CN=second' }), INTERMEDIATE, ROOT),
    fails: ['SEVERAL'],
  },
  {
    name: 'two leaves for PeSIT',
    bytes: bundle(GOOD, leaf({ key: 'rsa2048', subject: '/CN=second' }), INTERMEDIATE, ROOT),
    request: PESIT_CLIENT,
    fails: ['SEVERAL'],
  },
  { name: 'authorities only', bytes: bundle(INTERMEDIATE, ROOT), fails: ['ONLY_AUTHORITIES'] },
  {
    name: 'an authority that has nothing to do with it',
    bytes: bundle(GOOD, INTERMEDIATE, ROOT, OTHER_ROOT),
    warns: ['UNRELATED'],
  },
  {
    name: '33 certificates',
    bytes: bundle(...Array.from({ length: 33 }, () => ROOT)),
    fails: ['TOO_MANY_CERTIFICATES'],
  },
  {
    name: '32 certificates',
    bytes: bundle(GOOD, INTERMEDIATE, ...Array.from({ length: 30 }, () => ROOT)),
    says: ['DUPLICATES'],
  },
]

function signedMessage(openssl: OpenSslCertificates, ...more: readonly string[]): Buffer {
  const [text, others] = [openssl.certificate(ROOT), openssl.path('others.pem')]
  openssl.write(others, openssl.chain([INTERMEDIATE, ROOT]).toString())
  return openssl.output(
    'cms',
    '-sign',
    '-binary',
    '-nodetach',
    '-in',
    text,
    '-outform',
    'DER',
    ...more,
    '-signer',
    openssl.certificate(GOOD),
    '-inkey',
    openssl.key(GOOD.key),
    '-certfile',
    others,
  )
}
