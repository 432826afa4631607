import {
  type CertificateCase,
  AUTHORITY,
  LEAF,
  ROOT,
  INTERMEDIATE,
  GOOD,
  EC_ROOT,
  EC_INTERMEDIATE,
  SELF_SIGNED,
  leaf,
  whole,
  bundle,
  chainOf,
  PRODUCTION,
  at,
  PATH_ZERO_ROOT,
  under,
  intermediateWith,
  OLD_INTERMEDIATE,
} from './certificate-case.ts'

/** Who stands behind it. */
export const CHAIN_CASES: readonly CertificateCase[] = [
  {
    name: 'a chain without its root, which is trusted',
    bytes: bundle(GOOD, INTERMEDIATE),
    warns: ['CHAIN_COMPLETED'],
  },
  {
    name: 'a chain without its root, which nobody knows',
    bytes: bundle(GOOD, INTERMEDIATE),
    request: () => ({ anchors: [] }),
    fails: ['CHAIN_INCOMPLETE'],
    says: ['ROOT_NOT_REACHED'],
  },
  {
    name: 'a chain without its intermediate',
    bytes: bundle(GOOD, ROOT),
    fails: ['CHAIN_INCOMPLETE'],
  },
  {
    name: 'an intermediate of the right name with another key',
    bytes: bundle(GOOD, { ...INTERMEDIATE, key: 'rsa2048' }, ROOT),
    fails: ['CHAIN_SIGNATURE_WRONG'],
  },
  {
    name: 'a leaf changed after it was signed',
    bytes: (openssl) => {
      const bytes = openssl.pkcs7(whole(GOOD))
      bytes.write('idi.acme', bytes.indexOf('edi.acme'))
      return bytes
    },
    fails: ['CHAIN_SIGNATURE_WRONG'],
  },
  {
    name: 'an intermediate that is no authority',
    bytes: chainOf(under(intermediateWith('basicConstraints=CA:FALSE'))),
    fails: ['ISSUER_NO_AUTHORITY'],
  },
  {
    name: 'an intermediate that may not sign certificates',
    bytes: chainOf(
      under(intermediateWith('basicConstraints=critical,CA:TRUE', 'keyUsage=digitalSignature')),
    ),
    fails: ['ISSUER_MAY_NOT_SIGN'],
  },
  {
    name: 'a root whose path length is used up',
    bytes: chainOf(under({ ...INTERMEDIATE, issuer: PATH_ZERO_ROOT })),
    warns: ['ROOT_UNKNOWN'],
    fails: ['PATH_TOO_LONG'],
  },
  {
    name: 'a root whose path length is just kept',
    bytes: chainOf(under(PATH_ZERO_ROOT)),
    warns: ['ROOT_UNKNOWN'],
  },
  {
    name: 'an intermediate with name constraints',
    bytes: chainOf(
      under(intermediateWith(...AUTHORITY, 'nameConstraints=critical,permitted;DNS:acme.example')),
    ),
    warns: ['NAME_CONSTRAINTS'],
  },
  {
    name: 'a critical extension that nobody knows',
    bytes: chainOf(leaf({}, '1.2.3.4.5=critical,DER:0500')),
    fails: ['CRITICAL_EXTENSION'],
  },
  { name: 'an extension that nobody knows', bytes: chainOf(leaf({}, '1.2.3.4.5=DER:0500')) },
  {
    name: 'an unknown root in qualification',
    bytes: chainOf(GOOD),
    request: () => ({ anchors: [] }),
    warns: ['ROOT_UNKNOWN'],
  },
  {
    name: 'an unknown root in production',
    bytes: chainOf(GOOD),
    request: () => ({ anchors: [], environment: 'production' }),
    fails: ['ROOT_UNKNOWN_REFUSED'],
  },
  {
    name: 'an unknown root where the setting refuses it',
    bytes: chainOf(GOOD),
    request: () => ({ anchors: [], unknownRoot: 'refuse' }),
    fails: ['ROOT_UNKNOWN_REFUSED'],
  },
  { name: 'a known root in production', bytes: chainOf(GOOD), request: PRODUCTION },
  {
    name: 'a self-signed leaf in production',
    bytes: bundle(SELF_SIGNED),
    request: PRODUCTION,
    fails: ['ROOT_UNKNOWN_REFUSED'],
  },
  {
    name: 'a self-signed authority, as openssl req -x509 makes it',
    bytes: bundle({ ...SELF_SIGNED, extensions: ['basicConstraints=critical,CA:TRUE'] }),
    warns: [
      'SELF_SIGNED_AUTHORITY',
      'ROOT_UNKNOWN',
      'EXTENDED_USAGE_ABSENT',
      'KEY_USAGE_ABSENT',
      'LEVEL_UNKNOWN',
    ],
  },
  {
    name: 'a self-signed authority in production',
    bytes: bundle({
      ...SELF_SIGNED,
      extensions: ['basicConstraints=critical,CA:TRUE', ...LEAF.slice(1, 4)],
    }),
    request: PRODUCTION,
    fails: ['SELF_SIGNED_AUTHORITY_REFUSED', 'ROOT_UNKNOWN_REFUSED'],
  },
  {
    name: 'a renewed intermediate beside the expired one',
    bytes: bundle(under(OLD_INTERMEDIATE), OLD_INTERMEDIATE, INTERMEDIATE, ROOT),
    request: at(250),
    warns: ['UNRELATED'],
  },
  {
    name: 'a root of version 1',
    bytes: chainOf(
      under(
        { ...ROOT, subject: '/CN=Old root', extensions: [] },
        { extensions: LEAF.filter((line) => !line.startsWith('authority')) },
      ),
    ),
    warns: ['ROOT_UNKNOWN'],
  },
  { name: 'a leaf straight under the root', bytes: chainOf(under(ROOT)) },
  {
    name: 'a chain of EC authorities',
    bytes: chainOf(under(EC_INTERMEDIATE)),
    request: (openssl) => ({ anchors: openssl.anchors(EC_ROOT) }),
  },
]
