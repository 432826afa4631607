import type { Certificate } from '../../../certs/certificate.ts'
import { parseDer, TAG } from '../../../certs/der.ts'
import { derElement } from '../../../certs/write-der.ts'
import { BYTE } from './tags.ts'

const LIMITS = { maxDepth: 16, maxElements: 10_000, rules: 'der' } as const

/** `IssuerAndSerialNumber` of a certificate (RFC 5652 §10.2.4), the name byte for byte. */
export function writeReference(certificate: Certificate): Buffer {
  const [content] = parseDer(certificate.der, LIMITS).children()
  const parts = content!.children().filter((part) => !part.isContext(0))
  const [serial, , issuer] = parts
  return derElement(BYTE.sequence, issuer!.as(TAG.sequence, 'a name').raw, serial!.raw)
}
