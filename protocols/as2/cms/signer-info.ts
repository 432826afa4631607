import { constants } from 'node:crypto'
import { DerError, parseDer, TAG, type DerElement } from '../../../certs/der.ts'
import { octetStringOf, oidOf, smallInteger, timeOf } from '../../../certs/der-values.ts'
import { derElement, inSetOrder } from '../../../certs/write-der.ts'
import {
  readSignatureAlgorithm,
  type SignatureAlgorithm,
} from '../../../certs/signature-algorithm.ts'
import { readAlgorithm, type AlgorithmIdentifier } from './algorithm-identifier.ts'
import { EC_PUBLIC_KEY, hashByOid, RSA_PKCS1, RSA_PSS, type HashRow } from './algorithms.ts'
import { OID } from './object-identifiers.ts'
import { readReference, type CertificateReference } from './recipient-info.ts'
import { BYTE } from './tags.ts'

/** What the signer signed besides the content (RFC 5652 §11). */
export interface SignedAttributes {
  /** What the signature may be over, the likeliest first: as received, and as DER has it. */
  readonly forms: readonly Buffer[]
  readonly contentType: string | undefined
  readonly messageDigest: Buffer | undefined
  /** Milliseconds UTC, as the signer's clock said. */
  readonly signingTime: number | undefined
  /** CMSAlgorithmProtection: the two algorithms, as OIDs (RFC 6211). */
  readonly protects: { readonly digest: string; readonly signature: string | undefined } | undefined
}

/** One signature (RFC 5652 §5.3). */
export interface SignerInfo {
  readonly reference: CertificateReference
  readonly digestOid: string
  /** Undefined for one that is not known. */
  readonly hash: HashRow | undefined
  readonly signatureAlgorithm: SignatureAlgorithm
  /** Absent in practice never: the signature is then over the content itself. */
  readonly attributes: SignedAttributes | undefined
  readonly signature: Buffer
}

const MAX_ATTRIBUTES = 64

/** @throws DerError */
export function readSignerInfo(element: DerElement): SignerInfo {
  const parts = [...element.as(TAG.sequence, 'a SignerInfo').children()]
  const [version, reference, digest] = parts.splice(0, 3)
  const [attributes] = parts[0]?.isContext(0) === true ? parts.splice(0, 1) : []
  const [algorithm, signature] = parts
  if (version === undefined || signature === undefined) throw element.unexpected('a SignerInfo')
  smallInteger(version)
  const digestOid = readAlgorithm(digest!).oid
  const hash = hashByOid(digestOid)
  return {
    reference: readReference(reference!),
    digestOid,
    hash,
    signatureAlgorithm: completed(readAlgorithm(algorithm!), algorithm!, hash),
    attributes: attributes === undefined ? undefined : readAttributes(attributes),
    signature: octetStringOf(signature),
  }
}

/**
 * Algorithms that name no hash: it is the digest's. PSS without parameters would be SHA-1 with 20
 * bytes of salt (RFC 4055 §3.1); pyas2lib 1.4.4 leaves them out whatever it signs with.
 */
const HASHLESS: ReadonlyMap<string, string> = new Map([
  [RSA_PKCS1, 'RSA'],
  [EC_PUBLIC_KEY, 'ECDSA'],
  [RSA_PSS, 'RSASSA-PSS'],
])

function completed(
  { oid }: AlgorithmIdentifier,
  element: DerElement,
  hash: HashRow | undefined,
): SignatureAlgorithm {
  const name = HASHLESS.get(oid)
  const isPssWithParameters = oid === RSA_PSS && element.children().length > 1
  if (name === undefined || hash === undefined || isPssWithParameters) {
    return readSignatureAlgorithm(element)
  }
  const strength = hash.legacy === undefined ? 'good' : 'weak'
  const completed = { oid, name: `${name} with ${hash.micalg.toUpperCase()}`, strength } as const
  const saltBytes = oid === RSA_PSS ? { saltBytes: constants.RSA_PSS_SALTLEN_AUTO } : {}
  return { ...completed, hash: hash.name, ...saltBytes }
}

function readAttributes(element: DerElement): SignedAttributes {
  const attributes = element.children()
  if (attributes.length > MAX_ATTRIBUTES) {
    throw new DerError('too-many', element.offset, `More than ${MAX_ATTRIBUTES} attributes`)
  }
  const valueOf = (wanted: string): DerElement | undefined => {
    const found = attributes.filter((one) => oidOf(one.children()[0] ?? one) === wanted)
    if (found.length > 1) throw found[1]!.unexpected('an attribute that stands once')
    const values = found[0]?.children()[1]?.as(TAG.set, 'the values of an attribute').children()
    if (values !== undefined && values.length !== 1) {
      throw found[0]!.unexpected('an attribute of one value')
    }
    return values?.[0]
  }
  const contentType = valueOf(OID.contentType)
  const digest = valueOf(OID.messageDigest)
  const time = valueOf(OID.signingTime)
  const protection = valueOf(OID.algorithmProtection)
  return {
    forms: formsOf(element, attributes),
    contentType: contentType === undefined ? undefined : oidOf(contentType),
    messageDigest: digest === undefined ? undefined : octetStringOf(digest),
    signingTime: time === undefined ? undefined : timeOrUndefined(time),
    protects: protection === undefined ? undefined : readProtection(protection),
  }
}

/** Signed is the SET that the attributes are, not the `[0]` they travel under (§5.4). */
function formsOf(element: DerElement, attributes: readonly DerElement[]): readonly Buffer[] {
  const received = Buffer.from(element.raw)
  received[0] = BYTE.set
  const sorted = inSetOrder(attributes.map(toDer))
  const canonical = derElement(BYTE.set, ...sorted)
  return received.equals(canonical) ? [received] : [canonical, received]
}

/** The same value in DER: definite lengths of the shortest form, segments joined, SETs sorted. */
function toDer(element: DerElement): Buffer {
  const tag = element.raw[0]!
  if (element.is(TAG.octetString)) return derElement(BYTE.octetString, octetStringOf(element))
  if (!element.isConstructed) {
    const isDer = isReadAsDer(element.raw)
    return isDer ? element.raw : derElement(tag, element.content)
  }
  const parts = element.children().map(toDer)
  return derElement(tag, ...(element.is(TAG.set) ? inSetOrder(parts) : parts))
}

function isReadAsDer(raw: Buffer): boolean {
  try {
    parseDer(raw, { maxDepth: 2, maxElements: 2, rules: 'der' })
    return true
  } catch {
    return false
  }
}

/** A date that cannot be read proves and spoils nothing. */
function timeOrUndefined(element: DerElement): number | undefined {
  try {
    return timeOf(element)
  } catch {
    return undefined
  }
}

function readProtection(element: DerElement): SignedAttributes['protects'] {
  const [digest, ...rest] = element.as(TAG.sequence, 'an algorithm protection').children()
  if (digest === undefined) throw element.unexpected('an algorithm protection')
  const signature = rest.find((part) => part.isContext(1))?.children()[0]
  return {
    digest: readAlgorithm(digest).oid,
    signature: signature === undefined ? undefined : oidOf(signature),
  }
}
