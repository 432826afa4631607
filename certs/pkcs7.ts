import { DerError, MAX_DER_DEPTH, parseDer, TAG, type DerElement } from './der.ts'
import { oidOf, partsOf } from './der-values.ts'

/**
 * Certificates of a PKCS#7 / CMS file (RFC 2315 §9.1, RFC 5652 §5.1), DER or BER: `.p7b`, `.p7c`,
 * `.spc`. A degenerate SignedData has certificates and neither content nor signatures.
 */
export type Pkcs7Reading =
  | {
      readonly type: 'certificates'
      /** DER of each, in the file's order; not yet looked into. */
      readonly certificates: readonly Buffer[]
      /** It has content or signatures besides. */
      readonly isSignedMessage: boolean
    }
  /** Encrypted, compressed, plain data…: its OID. */
  | { readonly type: 'other'; readonly oid: string }
  | { readonly type: 'too-many'; readonly count: number }

const SIGNED_DATA = '1.2.840.113549.1.7.2'
/** Of every other type in PKCS#7 and CMS: `data` to `authEnvelopedData`, `compressedData`. */
const CONTENT_TYPE_PREFIXES = ['1.2.840.113549.1.7.', '1.2.840.113549.1.9.16.1.']
/** Shared by what stands around the certificates; those are not descended into here. */
const LIMITS = { maxDepth: MAX_DER_DEPTH, maxElements: 20_000, rules: 'ber' } as const

/**
 * @returns undefined when the bytes are no ContentInfo at all
 * @throws DerError when they start as one and cannot be read
 */
export function readPkcs7(bytes: Uint8Array, maxCertificates: number): Pkcs7Reading | undefined {
  const root = parseDer(bytes, LIMITS, 'line-ends')
  const oid = contentTypeOf(root)
  if (oid === undefined) return undefined
  if (oid !== SIGNED_DATA) return { type: 'other', oid }
  const [, wrapper] = partsOf(root, TAG.sequence, 2, 'PKCS#7')
  const [signedData] = wrapper!.isContext(0) ? wrapper!.children() : []
  if (signedData === undefined) throw root.unexpected('PKCS#7 with content')
  const [, , content, ...rest] = signedData.as(TAG.sequence, 'SignedData').children()
  const signers = rest.find((part) => part.is(TAG.set))
  if (content === undefined || signers === undefined) throw signedData.unexpected('SignedData')
  const list = rest.find((part) => part.isContext(0))
  // Certificates are what is a SEQUENCE there; other forms (RFC 5652 §10.2.2) have tags of their own.
  const certificates = list === undefined ? [] : certificatesOf(list, maxCertificates)
  if (typeof certificates === 'number') return { type: 'too-many', count: certificates }
  const isSignedMessage = content.children().length > 1 || signers.children().length > 0
  return { type: 'certificates', certificates, isSignedMessage }
}

/** The OID that a ContentInfo starts with. */
function contentTypeOf(root: DerElement): string | undefined {
  if (!root.is(TAG.sequence) || !root.isConstructed) return undefined
  const [type] = root.children()
  if (type?.is(TAG.oid) !== true) return undefined
  const oid = oidOf(type)
  return CONTENT_TYPE_PREFIXES.some((prefix) => oid.startsWith(prefix)) ? oid : undefined
}

/** DER of each; their number alone when there are too many. */
function certificatesOf(list: DerElement, maximum: number): readonly Buffer[] | number {
  const parts = list.children().filter((part) => part.is(TAG.sequence))
  if (parts.length > maximum) return parts.length
  return parts.map((part) => part.raw)
}

/** True for an error that says what is wrong with the bytes. */
export function isDerError(error: unknown): error is DerError {
  return error instanceof DerError
}
