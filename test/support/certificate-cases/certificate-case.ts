import type { CertificateRequest, CertificateUser } from '../../../certs/certificate-checks.ts'
import type { CertificateFindingCode } from '../../../certs/certificate-findings.ts'
import { parseDer } from '../../../certs/der.ts'
import { readPemBlocks } from '../../../certs/pem-blocks.ts'
import { readRevocationList } from '../../../certs/trust/revocation-list.ts'
import type { OpenSslCertificates, OpenSslOrder } from '../openssl-certificates.ts'

/** A bundle by the OpenSSL command line, with what must be found in it, and nothing else. */
export interface CertificateCase {
  readonly name: string
  readonly bytes: (openssl: OpenSslCertificates) => Buffer
  /** Over: SFTP in qualification, today, ROOT trusted. */
  readonly request?: (openssl: OpenSslCertificates) => Partial<CertificateRequest>
  readonly fails?: readonly CertificateFindingCode[]
  readonly warns?: readonly CertificateFindingCode[]
  /** Said besides, without being a fault. */
  readonly says?: readonly CertificateFindingCode[]
}

export const DAY = 86_400_000
/** Openssl starts certificates at the moment it makes them. */
export const NOW = Date.now() + 120_000

export const AUTHORITY = [
  'basicConstraints=critical,CA:TRUE',
  'keyUsage=critical,keyCertSign,cRLSign',
  'subjectKeyIdentifier=hash',
]
const LEAF_USAGES = 'extendedKeyUsage=clientAuth,serverAuth,emailProtection'
const LEAF_KEY_USAGE = 'keyUsage=critical,digitalSignature,keyEncipherment'
/** QNCP-w: so that the level is known. */
const LEVEL = 'certificatePolicies=0.4.0.194112.1.5'
const IDS = ['subjectKeyIdentifier=hash', 'authorityKeyIdentifier=keyid']
export const LEAF = ['basicConstraints=CA:FALSE', LEAF_USAGES, LEAF_KEY_USAGE, LEVEL, ...IDS]

export const ROOT: OpenSslOrder = {
  key: 'rsa2048 root',
  subject: '/C=FR/O=Bundle tests/CN=Root',
  days: 7_300,
  extensions: AUTHORITY,
}
export const INTERMEDIATE: OpenSslOrder = {
  key: 'rsa2048 intermediate',
  subject: '/C=FR/O=Bundle tests/CN=Intermediate',
  issuer: ROOT,
  extensions: [...AUTHORITY, 'authorityKeyIdentifier=keyid'],
}
export const GOOD: OpenSslOrder = {
  key: 'rsa3072',
  subject: '/C=FR/O=ACME/CN=edi.acme.example',
  issuer: INTERMEDIATE,
  days: 365,
  extensions: LEAF,
}
export const EC_ROOT: OpenSslOrder = { ...ROOT, key: 'p384 root', subject: '/C=FR/CN=EC root' }
export const EC_INTERMEDIATE: OpenSslOrder = {
  ...INTERMEDIATE,
  key: 'p256 intermediate',
  subject: '/C=FR/CN=EC intermediate',
  issuer: EC_ROOT,
}
export const OTHER_ROOT: OpenSslOrder = {
  ...ROOT,
  key: 'p256 other root',
  subject: '/CN=Other root',
}
export const SELF_SIGNED: OpenSslOrder = {
  key: 'rsa3072',
  subject: '/CN=alone',
  days: 365,
  extensions: LEAF.filter((line) => !line.startsWith('authority')),
}

/** GOOD with other lines in place of those of the same name; a bare name removes it. */
export function leaf(change: Partial<OpenSslOrder>, ...lines: readonly string[]): OpenSslOrder {
  const nameIn = (line: string) => line.split('=')[0]
  const names = new Set(lines.map(nameIn))
  const kept = LEAF.filter((line) => !names.has(nameIn(line)))
  return {
    ...GOOD,
    extensions: [...kept, ...lines.filter((line) => line.includes('='))],
    ...change,
  }
}

/** The order with all its issuers. */
export function whole(order: OpenSslOrder): OpenSslOrder[] {
  return order.issuer === undefined ? [order] : [order, ...whole(order.issuer)]
}

export const bundle =
  (...orders: readonly OpenSslOrder[]) =>
  (openssl: OpenSslCertificates) =>
    openssl.pkcs7(orders)
export const chainOf = (order: OpenSslOrder) => bundle(...whole(order))
export const relabel = (label: string) => (openssl: OpenSslCertificates) =>
  Buffer.from(openssl.pkcs7(whole(GOOD), 'PEM').toString().replaceAll('PKCS7', label))

export const PRODUCTION = () => ({ environment: 'production' }) as const
export const AS2 = () => ({ protocol: 'as2' }) as const
export const PESIT_CLIENT = () => ({ protocol: 'pesit', part: 'client' }) as const
export const PESIT_SERVER = () => ({ protocol: 'pesit', part: 'server' }) as const
export const at = (days: number, startsIn?: number) => () => ({
  now: NOW + days * DAY,
  ...(startsIn === undefined ? {} : { startsAt: NOW + startsIn * DAY }),
})
export const usedBy = (
  same: CertificateUser['same'],
  protocol: CertificateUser['protocol'],
  isDraft = false,
) => ({
  findUsers: () => [
    { connectionId: 'cnx_other' as const, applicationCode: 'OTH001', protocol, same, isDraft },
  ],
})

/** Lists of both authorities: what revokes what. */
export const lists =
  (
    leafList: readonly OpenSslOrder[] | undefined,
    intermediateList: readonly OpenSslOrder[] | undefined,
    days = 30,
  ) =>
  (openssl: OpenSslCertificates) => ({
    revocationLists: [
      ...(leafList === undefined ? [] : [openssl.revocationList(INTERMEDIATE, leafList, days)]),
      ...(intermediateList === undefined
        ? []
        : [openssl.revocationList(ROOT, intermediateList, days)]),
    ].map(readList),
  })

export function readList(pem: Buffer) {
  const bytes = readPemBlocks(pem.toString('latin1')).blocks[0]?.bytes ?? Buffer.alloc(0)
  return readRevocationList(parseDer(bytes, { maxDepth: 1, maxElements: 1, rules: 'der' }).raw)
}

export const PATH_ZERO_ROOT: OpenSslOrder = {
  ...ROOT,
  subject: '/CN=Path zero root',
  extensions: ['basicConstraints=critical,CA:TRUE,pathlen:0', ...AUTHORITY.slice(1)],
}
export const under = (issuer: OpenSslOrder, change: Partial<OpenSslOrder> = {}): OpenSslOrder => ({
  ...GOOD,
  ...change,
  issuer,
})
export const intermediateWith = (...extensions: readonly string[]): OpenSslOrder => ({
  ...INTERMEDIATE,
  extensions,
})
export const OLD_INTERMEDIATE: OpenSslOrder = { ...INTERMEDIATE, days: 200 }
