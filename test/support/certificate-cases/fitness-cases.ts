import {
  type CertificateCase,
  ROOT,
  INTERMEDIATE,
  GOOD,
  EC_ROOT,
  EC_INTERMEDIATE,
  leaf,
  chainOf,
  PRODUCTION,
  AS2,
  PESIT_CLIENT,
  PESIT_SERVER,
  under,
} from './certificate-case.ts'

/** What it may be used for. */
export const PURPOSE_CASES: readonly CertificateCase[] = [
  {
    name: 'SFTP: a server certificate',
    bytes: chainOf(leaf({}, 'extendedKeyUsage=serverAuth')),
    fails: ['EXTENDED_USAGE_WRONG'],
  },
  {
    name: 'SFTP: no extended key usage',
    bytes: chainOf(leaf({}, 'extendedKeyUsage')),
    warns: ['EXTENDED_USAGE_ABSENT'],
  },
  {
    name: 'SFTP: any extended key usage',
    bytes: chainOf(leaf({}, 'extendedKeyUsage=anyExtendedKeyUsage')),
  },
  {
    name: 'SFTP: a certificate for signing code',
    bytes: chainOf(leaf({}, 'extendedKeyUsage=codeSigning')),
    fails: ['EXTENDED_USAGE_WRONG'],
  },
  {
    name: 'SFTP: no key usage',
    bytes: chainOf(leaf({}, 'keyUsage')),
    warns: ['KEY_USAGE_ABSENT'],
  },
  {
    name: 'SFTP: key usage for encryption only',
    bytes: chainOf(leaf({}, 'keyUsage=keyEncipherment')),
    fails: ['KEY_USAGE_WRONG'],
  },
  {
    name: 'SFTP: a leaf of version 1',
    bytes: chainOf({ ...GOOD, extensions: [] }),
    warns: ['EXTENDED_USAGE_ABSENT', 'KEY_USAGE_ABSENT', 'LEVEL_UNKNOWN'],
  },
  { name: 'AS2: all usages', bytes: chainOf(GOOD), request: AS2 },
  {
    name: 'AS2: without emailProtection',
    bytes: chainOf(leaf({}, 'extendedKeyUsage=serverAuth')),
    request: AS2,
    warns: ['EMAIL_PROTECTION_ABSENT'],
  },
  {
    name: 'AS2: a client certificate',
    bytes: chainOf(leaf({}, 'extendedKeyUsage=clientAuth')),
    request: AS2,
    fails: ['EXTENDED_USAGE_WRONG'],
    warns: ['EMAIL_PROTECTION_ABSENT'],
  },
  {
    name: 'AS2: key usage without keyEncipherment',
    bytes: chainOf(leaf({}, 'keyUsage=digitalSignature')),
    request: AS2,
    fails: ['KEY_USAGE_WRONG'],
  },
  {
    name: 'PeSIT: the client part',
    bytes: chainOf(leaf({}, 'extendedKeyUsage=clientAuth', 'keyUsage=digitalSignature')),
    request: PESIT_CLIENT,
    says: ['ONE_OF_TWO'],
  },
  {
    name: 'PeSIT: the server part',
    bytes: chainOf(leaf({}, 'extendedKeyUsage=serverAuth')),
    request: PESIT_SERVER,
  },
  {
    name: 'PeSIT: a client certificate for the server part',
    bytes: chainOf(leaf({}, 'extendedKeyUsage=clientAuth')),
    request: PESIT_SERVER,
    fails: ['EXTENDED_USAGE_WRONG'],
  },
  {
    name: 'PeSIT: a server certificate for the client part',
    bytes: chainOf(leaf({}, 'extendedKeyUsage=serverAuth')),
    request: PESIT_CLIENT,
    fails: ['EXTENDED_USAGE_WRONG'],
  },
]

/** Keys and signatures. */
export const KEY_CASES: readonly CertificateCase[] = [
  { name: 'RSA of 1024 bits', bytes: chainOf(leaf({ key: 'rsa1024' })), fails: ['RSA_WEAK'] },
  { name: 'RSA of 2048 bits', bytes: chainOf(leaf({ key: 'rsa2048' })), warns: ['RSA_SHORT'] },
  {
    name: 'SFTP: RSA-PSS',
    bytes: chainOf(leaf({ key: 'pss2048' })),
    fails: ['NO_SSH_FORM'],
  },
  {
    name: 'PeSIT: RSA-PSS',
    bytes: chainOf(leaf({ key: 'pss2048' })),
    request: PESIT_CLIENT,
    fails: ['KEY_TYPE_REFUSED'],
  },
  {
    name: 'SFTP: P-256 in qualification',
    bytes: chainOf(leaf({ key: 'p256' })),
    warns: ['NOT_RSA_ON_SFTP'],
  },
  {
    name: 'SFTP: P-256 in production',
    bytes: chainOf(leaf({ key: 'p256' })),
    request: PRODUCTION,
    fails: ['NOT_RSA_ON_SFTP_REFUSED'],
  },
  {
    name: 'SFTP: Ed25519 in qualification',
    bytes: chainOf(leaf({ key: 'ed25519' })),
    warns: ['NOT_RSA_ON_SFTP'],
  },
  {
    name: 'SFTP: Ed25519 in production',
    bytes: chainOf(leaf({ key: 'ed25519' })),
    request: PRODUCTION,
    fails: ['NOT_RSA_ON_SFTP_REFUSED'],
  },
  { name: 'SFTP: Ed448', bytes: chainOf(leaf({ key: 'ed448' })), fails: ['NO_SSH_FORM'] },
  { name: 'SFTP: secp256k1', bytes: chainOf(leaf({ key: 'secp256k1' })), fails: ['NO_SSH_FORM'] },
  { name: 'SFTP: brainpool', bytes: chainOf(leaf({ key: 'brainpool' })), fails: ['NO_SSH_FORM'] },
  { name: 'PeSIT: P-256', bytes: chainOf(leaf({ key: 'p256' })), request: PESIT_CLIENT },
  { name: 'PeSIT: P-384', bytes: chainOf(leaf({ key: 'p384' })), request: PESIT_SERVER },
  { name: 'PeSIT: P-521', bytes: chainOf(leaf({ key: 'p521' })), request: PESIT_CLIENT },
  {
    name: 'PeSIT: P-224',
    bytes: chainOf(leaf({ key: 'p224' })),
    request: PESIT_CLIENT,
    fails: ['EC_WEAK'],
  },
  {
    name: 'PeSIT: secp256k1',
    bytes: chainOf(leaf({ key: 'secp256k1' })),
    request: PESIT_CLIENT,
    warns: ['EC_UNUSUAL'],
  },
  {
    name: 'PeSIT: brainpool',
    bytes: chainOf(leaf({ key: 'brainpool' })),
    request: PESIT_SERVER,
    warns: ['EC_UNUSUAL'],
  },
  {
    name: 'PeSIT: a curve spelled out',
    bytes: chainOf(leaf({ key: 'explicit' })),
    request: PESIT_CLIENT,
    fails: ['EC_EXPLICIT'],
  },
  {
    name: 'PeSIT: Ed25519',
    bytes: chainOf(leaf({ key: 'ed25519' })),
    request: PESIT_CLIENT,
    fails: ['KEY_TYPE_REFUSED'],
  },
  {
    name: 'AS2: P-256',
    bytes: chainOf(leaf({ key: 'p256' })),
    request: AS2,
    warns: ['EC_ON_AS2'],
  },
  {
    name: 'AS2: P-256 without keyEncipherment, which it cannot do',
    bytes: chainOf(leaf({ key: 'p256' }, 'keyUsage=digitalSignature')),
    request: AS2,
    warns: ['EC_ON_AS2'],
  },
  {
    name: 'AS2: Ed25519',
    bytes: chainOf(leaf({ key: 'ed25519' })),
    request: AS2,
    fails: ['KEY_TYPE_REFUSED'],
  },
  {
    name: 'an intermediate with a weak key',
    bytes: chainOf(under({ ...INTERMEDIATE, key: 'rsa1024 intermediate' })),
    fails: ['AUTHORITY_KEY_WEAK'],
  },
  {
    name: 'signed with SHA-1',
    bytes: chainOf(leaf({ digest: 'sha1' })),
    fails: ['SIGNATURE_WEAK'],
  },
  { name: 'signed with MD5', bytes: chainOf(leaf({ digest: 'md5' })), fails: ['SIGNATURE_WEAK'] },
  {
    name: 'an intermediate signed with SHA-1',
    bytes: chainOf(under({ ...INTERMEDIATE, digest: 'sha1' })),
    fails: ['SIGNATURE_WEAK'],
  },
  {
    name: 'a root that signed itself with SHA-1',
    bytes: chainOf(under({ ...INTERMEDIATE, issuer: { ...ROOT, digest: 'sha1' } })),
  },
  { name: 'signed with SHA-512', bytes: chainOf(leaf({ digest: 'sha512' })) },
  { name: 'signed with RSASSA-PSS', bytes: chainOf(leaf({ digest: 'pss' })) },
  {
    name: 'ECDSA with SHA-1',
    bytes: chainOf(under(EC_INTERMEDIATE, { digest: 'sha1' })),
    request: (openssl) => ({ anchors: openssl.anchors(EC_ROOT) }),
    fails: ['SIGNATURE_WEAK'],
  },
]
