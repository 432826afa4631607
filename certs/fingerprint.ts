import { createHash, createPublicKey, type KeyObject, type X509Certificate } from 'node:crypto'

/** SHA-256 of a whole certificate (DER), 64 lower-case hexadecimal characters. */
export function certificateSha256(certificate: X509Certificate): string {
  return sha256(certificate.raw)
}

/**
 * SHA-256 of a public key's SubjectPublicKeyInfo (DER), 64 lower-case hexadecimal characters: the
 * same for one key whatever certificate, or way of writing a curve point, carries it.
 */
export function spkiSha256(key: KeyObject): string {
  return sha256(uncompressed(key).export({ type: 'spki', format: 'der' }))
}

function uncompressed(key: KeyObject): KeyObject {
  if (key.asymmetricKeyType !== 'ec') return key
  try {
    return createPublicKey({ key: key.export({ format: 'jwk' }), format: 'jwk' })
  } catch {
    // A curve that JWK has no name for (brainpool): its points stay as they are written.
    return key
  }
}

/** `AB:CD:…`, as `openssl x509 -fingerprint` shows it. */
export function colonFingerprint(sha256Hex: string): string {
  return sha256Hex.toUpperCase().replaceAll(/..(?=.)/g, '$&:')
}

/** 64 lower-case hexadecimal characters. */
export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
