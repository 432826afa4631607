import { createHash, createPublicKey, type KeyObject } from 'node:crypto'

/**
 * SSH public keys (RFC 4253 §6.6, RFC 5656 §3.1, RFC 8709 §4) and their way to and from the
 * SubjectPublicKeyInfo of a certificate. What a peer offers is read strictly: one spelling per
 * key, so that one hash of the SubjectPublicKeyInfo is one key.
 */
export type SshKeyAlgorithm =
  | 'ssh-rsa'
  | 'ecdsa-sha2-nistp256'
  | 'ecdsa-sha2-nistp384'
  | 'ecdsa-sha2-nistp521'
  | 'ssh-ed25519'

/** OpenSSH's SSHBUF_MAX_BIGNUM: the largest RSA modulus it takes, in bits. */
const MAX_MODULUS_BITS = 16_384
const MIN_MODULUS_BITS = 1_024
/** OpenSSL refuses longer exponents with large moduli; a long one only makes us slow. */
const MAX_EXPONENT_BYTES = 8
/** `ssh-rsa`, an exponent and the largest modulus, each behind a length, with a zero byte. */
const MAX_BLOB_BYTES = MAX_MODULUS_BITS / 8 + MAX_EXPONENT_BYTES + 32

interface Curve {
  readonly algorithm: SshKeyAlgorithm
  readonly sshName: string
  readonly jwkName: string
  /** Of one coordinate. */
  readonly bytes: number
  /** DER of the SubjectPublicKeyInfo up to the point (RFC 5480 §2). */
  readonly spkiPrefix: Buffer
}

const CURVES: readonly Curve[] = [
  {
    algorithm: 'ecdsa-sha2-nistp256',
    sshName: 'nistp256',
    jwkName: 'P-256',
    bytes: 32,
    spkiPrefix: Buffer.from('3059301306072a8648ce3d020106082a8648ce3d030107034200', 'hex'),
  },
  {
    algorithm: 'ecdsa-sha2-nistp384',
    sshName: 'nistp384',
    jwkName: 'P-384',
    bytes: 48,
    spkiPrefix: Buffer.from('3076301006072a8648ce3d020106052b81040022036200', 'hex'),
  },
  {
    algorithm: 'ecdsa-sha2-nistp521',
    sshName: 'nistp521',
    jwkName: 'P-521',
    bytes: 66,
    spkiPrefix: Buffer.from('30819b301006072a8648ce3d020106052b8104002303818600', 'hex'),
  },
]

/** DER of an Ed25519 SubjectPublicKeyInfo up to the 32 bytes of the key (RFC 8410 §4). */
const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex')
const ED25519_BYTES = 32
/** DER of the AlgorithmIdentifier rsaEncryption with its NULL (RFC 3279 §2.3.1). */
const RSA_ALGORITHM = Buffer.from('300d06092a864886f70d0101010500', 'hex')

/** A public key as a peer offered it. */
export interface SshPublicKey {
  readonly algorithm: SshKeyAlgorithm
  /** DER of the SubjectPublicKeyInfo. */
  readonly spki: Buffer
  /** Of an RSA modulus, or of the curve's field. */
  readonly bits: number
}

/**
 * Reads the wire form of a public key, as SSH_MSG_USERAUTH_REQUEST carries it.
 * @returns undefined for an unknown algorithm, a length that disagrees, a number spelled in
 * another way than the shortest, or anything after the end. A point that is not on its curve is
 * found by `sshKeyObject`.
 */
export function parseSshPublicKey(blob: Uint8Array): SshPublicKey | undefined {
  if (blob.length > MAX_BLOB_BYTES) return undefined
  const fields = readStrings(Buffer.from(blob.buffer, blob.byteOffset, blob.length))
  if (fields === undefined) return undefined
  const [name, second, third] = fields
  const algorithm = name?.toString('latin1')
  if (algorithm === 'ssh-rsa' && fields.length === 3) return rsaKey(second!, third!)
  if (algorithm === 'ssh-ed25519' && fields.length === 2) {
    if (second!.length !== ED25519_BYTES) return undefined
    return { algorithm, spki: Buffer.concat([ED25519_SPKI_PREFIX, second!]), bits: 256 }
  }
  const curve = CURVES.find((row) => row.algorithm === algorithm)
  if (curve === undefined || fields.length !== 3) return undefined
  if (second!.toString('latin1') !== curve.sshName) return undefined
  if (third!.length !== 1 + 2 * curve.bytes || third![0] !== 4) return undefined
  return {
    algorithm: curve.algorithm,
    spki: Buffer.concat([curve.spkiPrefix, third!]),
    bits: curve.bytes === 66 ? 521 : curve.bytes * 8,
  }
}

/** The key to verify with, or undefined when its numbers are no key (a point off its curve). */
export function sshKeyObject(key: SshPublicKey): KeyObject | undefined {
  try {
    return createPublicKey({ key: key.spki, format: 'der', type: 'spki' })
  } catch {
    return undefined
  }
}

/**
 * The wire form of a public key.
 * @returns undefined when SSH has no form for this kind of key
 */
export function sshPublicKeyBlob(key: KeyObject): Buffer | undefined {
  const jwk = exportJwk(key)
  if (jwk === undefined) return undefined
  const bytes = (value: string | undefined) => Buffer.from(value ?? '', 'base64url')
  if (jwk.kty === 'RSA') {
    return joinStrings([Buffer.from('ssh-rsa'), mpint(bytes(jwk.e)), mpint(bytes(jwk.n))])
  }
  if (jwk.kty === 'OKP' && jwk.crv === 'Ed25519') {
    return joinStrings([Buffer.from('ssh-ed25519'), bytes(jwk.x)])
  }
  const curve = CURVES.find((row) => row.jwkName === jwk.crv)
  if (jwk.kty !== 'EC' || curve === undefined) return undefined
  return joinStrings([
    Buffer.from(curve.algorithm),
    Buffer.from(curve.sshName),
    Buffer.concat([Buffer.of(4), bytes(jwk.x), bytes(jwk.y)]),
  ])
}

/** `ssh-rsa AAAA… comment`, as authorized_keys and known_hosts carry it. */
export function sshPublicKeyLine(blob: Uint8Array, comment = ''): string {
  const bytes = Buffer.from(blob.buffer, blob.byteOffset, blob.length)
  const name = bytes.toString('latin1', 4, 4 + bytes.readUInt32BE(0))
  return `${name} ${bytes.toString('base64')}${comment === '' ? '' : ` ${comment}`}`
}

/** `SHA256:…` as `ssh-keygen -l` shows it. */
export function sshFingerprint(blob: Uint8Array): string {
  return `SHA256:${createHash('sha256').update(blob).digest('base64').replace(/=+$/, '')}`
}

function rsaKey(exponent: Buffer, modulus: Buffer): SshPublicKey | undefined {
  const modulusBits = positiveBits(modulus)
  const exponentBits = positiveBits(exponent)
  if (modulusBits === undefined || exponentBits === undefined) return undefined
  if (modulusBits < MIN_MODULUS_BITS || modulusBits > MAX_MODULUS_BITS) return undefined
  if (exponentBits < 2 || exponentBits > MAX_EXPONENT_BYTES * 8) return undefined
  const isOdd = (number: Buffer) => (number.at(-1)! & 1) === 1
  if (!isOdd(exponent) || !isOdd(modulus)) return undefined
  const numbers = der(0x30, Buffer.concat([der(0x02, modulus), der(0x02, exponent)]))
  const spki = der(
    0x30,
    Buffer.concat([RSA_ALGORITHM, der(0x03, Buffer.concat([Buffer.of(0), numbers]))]),
  )
  return { algorithm: 'ssh-rsa', spki, bits: modulusBits }
}

/** Bits of a positive mpint in its shortest spelling (RFC 4251 §5), else undefined. */
function positiveBits(mpint: Buffer): number | undefined {
  const [first, second] = mpint
  if (first === undefined || first > 127) return undefined
  if (first > 0) return mpint.length * 8 - (Math.clz32(first) - 24)
  return second === undefined || second < 128 ? undefined : (mpint.length - 1) * 8
}

/** A positive number as an mpint: no leading zero but the one that keeps it positive. */
function mpint(number: Buffer): Buffer {
  const start = number.findIndex((byte) => byte !== 0)
  const digits = number.subarray(start === -1 ? number.length : start)
  return digits.length > 0 && digits[0]! > 127 ? Buffer.concat([Buffer.of(0), digits]) : digits
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const header =
    length < 128
      ? [tag, length]
      : length < 256
        ? [tag, 0x81, length]
        : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(header), content])
}

/** All strings of a blob, at most three; undefined when a length runs past the end. */
function readStrings(blob: Buffer): Buffer[] | undefined {
  const strings: Buffer[] = []
  let offset = 0
  while (offset < blob.length) {
    if (strings.length === 3 || blob.length - offset < 4) return undefined
    const length = blob.readUInt32BE(offset)
    offset += 4
    if (length > blob.length - offset) return undefined
    strings.push(blob.subarray(offset, offset + length))
    offset += length
  }
  return strings
}

/** Concatenates byte strings, each behind its length (RFC 4251 §5). */
export function joinStrings(strings: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    strings.flatMap((string) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(string.length)
      return [length, string]
    }),
  )
}

function exportJwk(key: KeyObject) {
  try {
    return key.export({ format: 'jwk' })
  } catch {
    return undefined
  }
}
