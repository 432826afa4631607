import { MAX_DER_DEPTH, parseDer, TAG, type DerElement } from './der.ts'
import { oidOf, smallInteger } from './der-values.ts'
import { isDerError } from './pkcs7.ts'

/** What bytes are that a person gives where certificates are asked for. */
export type DerKind =
  | 'pkcs7'
  | 'certificate'
  | 'private-key'
  | 'pkcs12'
  | 'key-store'
  | 'signing-request'
  | 'revocation-list'
  | 'public-key'
  /** An outermost SEQUENCE that is cut, or nothing known. */
  | 'damaged'
  | 'unknown'

const LIMITS = { maxDepth: MAX_DER_DEPTH, maxElements: 1_000_000, rules: 'ber' } as const

/** First bytes of Java key stores: JKS and JCEKS. */
const KEY_STORE_MARKS: ReadonlySet<string> = new Set(['feedfeed', 'cececece'])
/** PKCS#5 and PKCS#12 encryption schemes: what an encrypted PKCS#8 key starts with. */
const PASSWORD_SCHEMES = ['1.2.840.113549.1.5.', '1.2.840.113549.1.12.1.']
const PKCS7_TYPES = ['1.2.840.113549.1.7.', '1.2.840.113549.1.9.16.1.']

/** Tells by shape, not by name; bytes after the structure do not hide what it is. */
export function kindOfDer(bytes: Buffer): DerKind {
  if (KEY_STORE_MARKS.has(bytes.toString('hex', 0, 4))) return 'key-store'
  if (bytes.toString('latin1', 0, OPENSSH_KEY_MARK.length) === OPENSSH_KEY_MARK) {
    return 'private-key'
  }
  if (bytes[0] !== 0x30) return 'unknown'
  try {
    return kindOfSequence(parseDer(bytes, LIMITS, 'allow').children())
  } catch (error) {
    if (isDerError(error)) return 'damaged'
    throw error
  }
}

function kindOfSequence(parts: readonly DerElement[]): DerKind {
  const [first, second, third] = parts
  if (first === undefined || second === undefined) return 'unknown'
  if (first.is(TAG.oid)) return startsWithAny(first, PKCS7_TYPES) ? 'pkcs7' : 'unknown'
  if (first.is(TAG.integer)) return kindOfNumbered(first, second, parts)
  if (!first.is(TAG.sequence)) return 'unknown'
  if (second.is(TAG.bitString)) return 'public-key'
  if (second.is(TAG.octetString) && parts.length === 2) {
    const [oid] = first.children()
    return oid?.is(TAG.oid) === true && startsWithAny(oid, PASSWORD_SCHEMES)
      ? 'private-key'
      : 'unknown'
  }
  if (second.is(TAG.sequence) && third?.is(TAG.bitString) === true) {
    return kindOfSigned(first.children())
  }
  return 'unknown'
}

/** Structures that start with a version: keys (RFC 8017 A.1.2, RFC 5958, RFC 5915) and PKCS#12. */
function kindOfNumbered(
  first: DerElement,
  second: DerElement,
  parts: readonly DerElement[],
): DerKind {
  if (second.is(TAG.integer)) return parts.length === 2 ? 'public-key' : 'private-key'
  if (first.content.length !== 1) return 'unknown'
  const version = smallInteger(first)
  if (second.is(TAG.octetString)) return version === 1 ? 'private-key' : 'unknown'
  if (!second.is(TAG.sequence)) return 'unknown'
  if (version === 3) return 'pkcs12'
  return parts[2]?.is(TAG.octetString) === true ? 'private-key' : 'unknown'
}

/** What is signed: a certificate, a request (RFC 2986) or a list (RFC 5280 §5.1). */
function kindOfSigned(content: readonly DerElement[]): DerKind {
  const isTime = (part: DerElement) => part.is(TAG.utcTime) || part.is(TAG.generalizedTime)
  if (content.some(isTime)) return 'revocation-list'
  return content.length <= 4 ? 'signing-request' : 'certificate'
}

function startsWithAny(oid: DerElement, prefixes: readonly string[]): boolean {
  const dotted = oidOf(oid)
  return prefixes.some((prefix) => dotted.startsWith(prefix))
}

const OPENSSH_KEY_MARK = 'openssh-key-v1\0'

const PRIVATE_KEY_TEXTS: readonly RegExp[] = [
  /-----BEGIN [A-Z0-9 ]{0,40}PRIVATE KEY/,
  /---- BEGIN SSH2 [A-Z ]{0,20}PRIVATE KEY/,
  /PuTTY-User-Key-File-/,
  /SSH PRIVATE KEY FILE FORMAT/,
  // `openssl rsa -text`, and the start of an OpenSSH key in bare base64.
  /^privateExponent:/m,
  /b3BlbnNzaC1rZXktdjEA/,
]
const SSH_PUBLIC_KEY_TEXT =
  /(?:ssh-(?:rsa|dss|ed25519)|ecdsa-sha2-nistp\d{3}|sk-[\w@.-]{1,40}) AAAA|---- BEGIN SSH2 PUBLIC KEY/

/** True when a text holds a private key in any of the forms it is usually written in. */
export function holdsPrivateKey(text: string): boolean {
  return (
    PRIVATE_KEY_TEXTS.some((mark) => mark.test(text)) || isPrivateJwk(text) || isPrivateXml(text)
  )
}

export function holdsSshPublicKey(text: string): boolean {
  return SSH_PUBLIC_KEY_TEXT.test(text)
}

/** RFC 7518 §6.2.2, §6.3.2. */
function isPrivateJwk(text: string): boolean {
  return /"kty"\s{0,9}:/.test(text) && /"d"\s{0,9}:/.test(text)
}

/** .NET's RSAKeyValue, as some AS2 products export it. */
function isPrivateXml(text: string): boolean {
  return text.includes('<RSAKeyValue>') && text.includes('<D>')
}
