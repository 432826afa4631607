import { parseDer, TAG, type DerElement } from './der.ts'
import { bitStringOf, booleanOf, hasBit, octetStringOf, oidOf, smallInteger } from './der-values.ts'

/** Bits of KeyUsage in their order (RFC 5280 §4.2.1.3). */
export const KEY_USAGES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
] as const

export type KeyUsage = (typeof KEY_USAGES)[number]

/** What the extensions of a certificate say (RFC 5280 §4.2). */
export interface CertificateExtensions {
  /** Basic constraints say CA. */
  readonly isAuthority: boolean
  /** How many authorities may follow below. */
  readonly pathLength?: number
  readonly keyUsage?: ReadonlySet<KeyUsage>
  /** OIDs; absent when the extension is. */
  readonly extendedKeyUsage?: readonly string[]
  /** OIDs of certificate policies. */
  readonly policies: readonly string[]
  /** Lower-case hexadecimal. */
  readonly subjectKeyId?: string
  readonly authorityKeyId?: string
  /** Qualified, of type website (ETSI EN 319 412-5 §4.2.1 and §4.2.3). */
  readonly isQualifiedWebsite: boolean
  readonly hasNameConstraints: boolean
  /** OIDs of critical extensions that nothing here reads. */
  readonly unknownCritical: readonly string[]
}

export const NO_EXTENSIONS: CertificateExtensions = {
  isAuthority: false,
  policies: [],
  isQualifiedWebsite: false,
  hasNameConstraints: false,
  unknownCritical: [],
}

type Writable<Type> = { -readonly [Name in keyof Type]: Type[Name] }
type Reader = (into: Writable<CertificateExtensions>, value: DerElement) => void

const QC_COMPLIANCE = '0.4.0.1862.1.1'
const QC_TYPE = '0.4.0.1862.1.6'
const QC_TYPE_WEB = '0.4.0.1862.1.6.3'
const LIMITS = { maxDepth: 8, maxElements: 1_000, rules: 'der' } as const

const READERS: Readonly<Record<string, Reader>> = {
  '2.5.29.14': (into, value) => {
    into.subjectKeyId = octetStringOf(value).toString('hex')
  },
  '2.5.29.15': (into, value) => {
    const bits = bitStringOf(value)
    into.keyUsage = new Set(KEY_USAGES.filter((_, index) => hasBit(bits, index)))
  },
  '2.5.29.19': (into, value) => {
    const parts = value.as(TAG.sequence, 'basic constraints').children()
    into.isAuthority = parts[0]?.is(TAG.boolean) === true && booleanOf(parts[0])
    const limit = parts.find((part) => part.is(TAG.integer))
    if (limit !== undefined) into.pathLength = smallInteger(limit)
  },
  '2.5.29.30': (into) => {
    into.hasNameConstraints = true
  },
  '2.5.29.32': (into, value) => {
    into.policies = value
      .as(TAG.sequence, 'certificate policies')
      .children()
      .map((policy) => oidOf(firstOf(policy)))
  },
  '2.5.29.35': (into, value) => {
    const parts = value.as(TAG.sequence, 'an authority key identifier').children()
    const keyId = parts.find((part) => part.isContext(0))
    if (keyId !== undefined) into.authorityKeyId = keyId.content.toString('hex')
  },
  '2.5.29.37': (into, value) => {
    into.extendedKeyUsage = value.as(TAG.sequence, 'extended key usage').children().map(oidOf)
  },
  '1.3.6.1.5.5.7.1.3': (into, value) => {
    const statements = value.as(TAG.sequence, 'qualified statements').children()
    const oids = statements.map((statement) => oidOf(firstOf(statement)))
    const types = statements[oids.indexOf(QC_TYPE)]?.children()[1]?.children().map(oidOf)
    into.isQualifiedWebsite = oids.includes(QC_COMPLIANCE) && types?.includes(QC_TYPE_WEB) === true
  },
}

/**
 * Critical, known, and without bearing on what is checked here: alternative names, policy
 * mappings and constraints, CRL distribution points, information access, TLS feature…
 */
const HARMLESS: ReadonlySet<string> = new Set([
  '2.5.29.9',
  '2.5.29.16',
  '2.5.29.17',
  '2.5.29.18',
  '2.5.29.31',
  '2.5.29.33',
  '2.5.29.36',
  '2.5.29.46',
  '2.5.29.54',
  '1.3.6.1.5.5.7.1.1',
  '1.3.6.1.5.5.7.1.24',
])

/** @throws DerError for an extension that cannot be read, or stands there twice */
export function readExtensions(list: DerElement): CertificateExtensions {
  const read: Writable<CertificateExtensions> = { ...NO_EXTENSIONS }
  const seen = new Set<string>()
  const unknownCritical: string[] = []
  for (const extension of list.as(TAG.sequence, 'extensions').children()) {
    const parts = extension.as(TAG.sequence, 'an extension').children()
    const oid = oidOf(firstOf(extension))
    if (seen.has(oid)) throw extension.unexpected('an extension that stands there once')
    seen.add(oid)
    const isCritical = parts[1]?.is(TAG.boolean) === true && booleanOf(parts[1])
    const reader = READERS[oid]
    if (reader !== undefined) {
      const value = octetStringOf(parts.at(-1)!)
      reader(read, parseDer(value, LIMITS))
    } else if (isCritical && !HARMLESS.has(oid)) unknownCritical.push(oid)
  }
  return { ...read, unknownCritical }
}

function firstOf(element: DerElement): DerElement {
  const [first] = element.children()
  if (first === undefined) throw element.unexpected('a structure with parts')
  return first
}
