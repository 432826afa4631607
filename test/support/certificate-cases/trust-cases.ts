import {
  type CertificateCase,
  DAY,
  NOW,
  ROOT,
  INTERMEDIATE,
  GOOD,
  leaf,
  chainOf,
  at,
  usedBy,
  lists,
  readList,
  under,
  OLD_INTERMEDIATE,
} from './certificate-case.ts'

/** When. */
export const DATE_CASES: readonly CertificateCase[] = [
  { name: 'an expired leaf', bytes: chainOf(GOOD), request: at(366), fails: ['EXPIRED'] },
  {
    name: 'a leaf that expires before the start',
    bytes: chainOf(GOOD),
    request: at(300, 370),
    fails: ['EXPIRED_AT_START'],
  },
  {
    name: 'a chain that is not valid yet',
    bytes: chainOf(GOOD),
    request: at(-10),
    fails: ['NOT_YET_VALID', 'AUTHORITY_NOT_VALID', 'AUTHORITY_NOT_VALID'],
  },
  {
    name: 'a leaf that will be valid at the start',
    bytes: chainOf(GOOD),
    request: at(-10, 1),
    warns: ['NOT_YET_VALID_TODAY'],
  },
  {
    name: 'a leaf with 29 days left',
    bytes: chainOf(GOOD),
    request: at(336),
    warns: ['EXPIRES_SOON'],
  },
  { name: 'a leaf with 31 days left', bytes: chainOf(GOOD), request: at(334) },
  {
    name: 'an expired intermediate',
    bytes: chainOf(under(OLD_INTERMEDIATE)),
    request: at(210),
    fails: ['AUTHORITY_NOT_VALID'],
  },
  {
    name: 'an intermediate that ends before the leaf, soon',
    bytes: chainOf(under(OLD_INTERMEDIATE)),
    request: at(190),
    warns: ['AUTHORITY_EXPIRES_SOON'],
  },
]

/** Level, uniqueness, revocation. */
export const TRUST_CASES: readonly CertificateCase[] = [
  {
    name: 'no policy',
    bytes: chainOf(leaf({}, 'certificatePolicies')),
    warns: ['LEVEL_UNKNOWN'],
  },
  {
    name: 'a policy that the operator knows',
    bytes: chainOf(leaf({}, 'certificatePolicies=1.2.250.1.99999.1')),
    request: () => ({ rgsPolicies: ['1.2.250.1.99999.1'] }),
    says: ['LEVEL_FOUND'],
  },
  {
    name: 'a qualified website by its own statement',
    bytes: chainOf(
      leaf(
        {},
        'certificatePolicies',
        // QcCompliance, and QcType web (ETSI EN 319 412-5).
        'qcStatements=DER:301f3008060604008e4601013013060604008e4601063009060704008e46010603',
      ),
    ),
    says: ['LEVEL_FOUND'],
  },
  {
    name: 'under the test authority',
    bytes: chainOf(leaf({}, 'certificatePolicies')),
    request: (openssl) => ({
      anchors: openssl.anchors(ROOT).map((anchor) => ({ ...anchor, origin: 'test' as const })),
    }),
    says: ['ROOT_TEST', 'LEVEL_TEST'],
  },
  {
    name: 'a certificate of another connection',
    bytes: chainOf(GOOD),
    request: () => usedBy('certificate', 'pesit'),
    fails: ['CERTIFICATE_TAKEN'],
  },
  {
    name: 'a certificate of another form that is not sent',
    bytes: chainOf(GOOD),
    request: () => usedBy('certificate', 'sftp', true),
    warns: ['IN_ANOTHER_DRAFT'],
  },
  {
    name: 'a key of another form that is not sent, for SFTP',
    bytes: chainOf(GOOD),
    request: () => usedBy('key', 'sftp', true),
    warns: ['IN_ANOTHER_DRAFT'],
  },
  {
    name: 'a key of another connection, for SFTP',
    bytes: chainOf(GOOD),
    request: () => usedBy('key', 'pesit'),
    fails: ['KEY_TAKEN'],
  },
  {
    name: 'a key of an SFTP connection',
    bytes: chainOf(GOOD),
    request: () => ({ ...usedBy('key', 'sftp'), protocol: 'as2' }),
    fails: ['KEY_TAKEN'],
  },
  {
    name: 'a key of another connection, neither SFTP',
    bytes: chainOf(GOOD),
    request: () => ({ ...usedBy('key', 'pesit'), protocol: 'as2' }),
    warns: ['KEY_SHARED'],
  },
  {
    name: 'a key of another AS2 connection with the same AS2 identifier',
    bytes: chainOf(GOOD),
    request: () => ({
      protocol: 'as2',
      findUsers: () =>
        usedBy('key', 'as2')
          .findUsers()
          .map((user) => ({ ...user, isSameAs2Id: true })),
    }),
    fails: ['AS2_KEY_TAKEN'],
  },
  {
    name: 'no other connection has it',
    bytes: chainOf(GOOD),
    request: () => ({ findUsers: () => Promise.resolve([]) }),
    says: ['UNIQUE'],
  },
  {
    name: 'lists that do not name it',
    bytes: chainOf(GOOD),
    request: lists([leaf({ key: 'rsa2048' })], []),
    says: ['NOT_REVOKED'],
  },
  {
    name: 'a revoked leaf',
    bytes: chainOf(GOOD),
    request: lists([leaf({ key: 'rsa2048' }), GOOD], []),
    fails: ['REVOKED'],
  },
  {
    name: 'a revoked intermediate',
    bytes: chainOf(GOOD),
    request: lists([], [INTERMEDIATE]),
    fails: ['REVOKED'],
  },
  {
    name: 'lists that should have been renewed',
    bytes: chainOf(GOOD),
    request: (openssl) => ({ ...lists([], [], 5)(openssl), now: NOW + 10 * DAY }),
    warns: ['LIST_EXPIRED', 'LIST_EXPIRED'],
  },
  {
    name: 'revoked by a list that should have been renewed',
    bytes: chainOf(GOOD),
    request: (openssl) => ({ ...lists([GOOD], [], 5)(openssl), now: NOW + 10 * DAY }),
    fails: ['REVOKED'],
    warns: ['LIST_EXPIRED', 'LIST_EXPIRED'],
  },
  {
    name: 'no list of the intermediate',
    bytes: chainOf(GOOD),
    request: lists(undefined, []),
    warns: ['LIST_MISSING'],
  },
  {
    name: 'a list by another key of the same name',
    bytes: chainOf(GOOD),
    request: (openssl) => ({
      revocationLists: [
        readList(openssl.revocationList({ ...INTERMEDIATE, key: 'rsa2048' }, [GOOD], 30)),
        readList(openssl.revocationList(ROOT, [], 30)),
      ],
    }),
    warns: ['LIST_UNVERIFIED'],
  },
  {
    name: 'a delta list',
    bytes: chainOf(GOOD),
    request: (openssl) => ({
      revocationLists: [
        readList(openssl.revocationList(INTERMEDIATE, [], 30, ['2.5.29.27=critical,DER:020101'])),
        readList(openssl.revocationList(ROOT, [], 30)),
      ],
    }),
    warns: ['LIST_UNVERIFIED'],
  },
]
