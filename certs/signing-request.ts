import { createPublicKey, type KeyObject } from 'node:crypto'
import { pem } from './pem.ts'
import {
  children,
  context,
  decodeCommonName,
  encodeName,
  integer,
  isSignedBy,
  keyOfSpki,
  parseDer,
  sequence,
  signatureAlgorithm,
  signedDer,
  spkiOf,
} from './x509-parts.ts'

/** A PKCS#10 certificate signing request (RFC 2986) is a page of text; a longer one is none. */
const MAX_REQUEST_CHARACTERS = 64 * 1024
const SHAPE =
  /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([A-Za-z0-9+/=\s]+)-----END (?:NEW )?CERTIFICATE REQUEST-----/

/** What a request asks for, its signature proven: whoever made it holds the key. */
export interface SigningRequest {
  readonly commonName: string
  readonly publicKey: KeyObject
}

/** Makes a request for a key whose private half stays with the caller. @returns PEM */
export function makeSigningRequest(commonName: string, privateKey: KeyObject): string {
  const content = sequence(
    integer(Buffer.of(0)),
    encodeName({ commonName }),
    spkiOf(createPublicKey(privateKey)),
    context(0),
  )
  return pem('CERTIFICATE REQUEST', signedDer(content, signatureAlgorithm(privateKey), privateKey))
}

/**
 * Reads a request in PEM, made by us or by `openssl req -new` (SHA-256).
 * @returns undefined when it is no request, names nobody, or its signature does not hold
 */
export function readSigningRequest(text: string): SigningRequest | undefined {
  if (text.length > MAX_REQUEST_CHARACTERS) return undefined
  const match = SHAPE.exec(text)
  if (match === null) return undefined
  try {
    const request = parseDer(Buffer.from(match[1]!, 'base64'))
    const [content, , signature] = children(request)
    const [, subject, spki] = children(content)
    if (subject === undefined || spki === undefined || signature === undefined) return undefined
    const publicKey = keyOfSpki(spki)
    const commonName = decodeCommonName(subject)
    const isProven = isSignedBy(content!, signature, publicKey)
    return isProven && commonName !== undefined ? { commonName, publicKey } : undefined
  } catch {
    return undefined
  }
}
