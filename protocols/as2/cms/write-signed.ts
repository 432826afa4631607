import { constants, sign, type KeyObject, type SignKeyObjectInput } from 'node:crypto'
import { promisify } from 'node:util'
import type { Certificate } from '../../../certs/certificate.ts'
import { derElement, derOid, inSetOrder } from '../../../certs/write-der.ts'
import { RunningDigests } from '../running-digests.ts'
import { tapped, type Octets } from '../octets.ts'
import { hashRow, MGF1, RSA_PKCS1, RSA_PSS, SIGNATURE_OIDS, type HashName } from './algorithms.ts'
import { writeReference } from './certificate-reference.ts'
import { framed, framedBytes, type FramedContent } from './framed-content.ts'
import { OID } from './object-identifiers.ts'
import { BYTE } from './tags.ts'
import type { Written } from './write-enveloped.ts'

/** Who signs, and how. */
export interface Signer {
  readonly certificate: Certificate
  /** RSA or on a curve. */
  readonly privateKey: KeyObject
  /** Sent along besides the signer's own: the rest of its chain, or none. */
  readonly chain?: readonly Certificate[]
  readonly hash: HashName
  /** RSA keys: RSASSA-PSS in place of PKCS#1 v1.5. */
  readonly pss?: boolean
  /** Adds CMSAlgorithmProtection (RFC 6211): some old products refuse it. */
  readonly protectAlgorithms?: boolean
  /** Milliseconds UTC. */
  readonly signingTime: number
}

/**
 * A detached signature in DER over content with this digest. The private operation runs in the
 * thread pool: for a receipt it is most of the work, and others wait for the event loop.
 */
export async function writeDetachedSignature(signer: Signer, digest: Buffer): Promise<Buffer> {
  const attributes = inSetOrder(attributesOf(signer, digest))
  const signature = await signatureInPool(signer, derElement(BYTE.set, ...attributes))
  return detached(signer, tailWith(signer, attributes, signature))
}

function detached(signer: Signer, tail: Buffer): Buffer {
  const content = derElement(BYTE.sequence, derOid(OID.data))
  return derElement(
    BYTE.sequence,
    derOid(OID.signedData),
    derElement(BYTE.explicit0, derElement(BYTE.sequence, ...headOf(signer), content, tail)),
  )
}

/** Bytes of that signature; undefined where they differ from one signature to the next (curves). */
export function detachedSignatureBytes(signer: Signer): number | undefined {
  if (signer.privateKey.asymmetricKeyType !== 'rsa') return undefined
  return detached(signer, measuringTail(signer)).length
}

/** Signs with the content inside (`smime-type=signed-data`). */
export function writeSigned(signer: Signer, octets: Octets, bytes: number | undefined): Written {
  const digests = new RunningDigests([signer.hash])
  const isRsa = signer.privateKey.asymmetricKeyType === 'rsa'
  const message: FramedContent = {
    frames: [
      { tag: BYTE.sequence, before: [derOid(OID.signedData)] },
      { tag: BYTE.explicit0, before: [] },
      {
        tag: BYTE.sequence,
        before: headOf(signer),
        after: {
          bytes: isRsa && bytes !== undefined ? measuringTail(signer).length : undefined,
          make: () => signedTail(signer, digests.get().get(signer.hash)!),
        },
      },
      { tag: BYTE.sequence, before: [derOid(OID.data)] },
      { tag: BYTE.explicit0, before: [] },
    ],
    tag: BYTE.octetString,
    octets: tapped(octets, (piece) => digests.update(piece)),
    bytes,
  }
  return { octets: framed(message), bytes: framedBytes(message) }
}

/** Version and digest algorithms. */
function headOf(signer: Signer): readonly Buffer[] {
  const { canSend, name } = hashRow(signer.hash)
  if (!canSend) throw new TypeError(`${name} is read and never sent.`)
  return [
    derElement(BYTE.integer, Buffer.of(1)),
    derElement(BYTE.set, digestAlgorithm(signer.hash)),
  ]
}

function signedTail(signer: Signer, digest: Buffer): Buffer {
  const attributes = inSetOrder(attributesOf(signer, digest))
  const signature = sign(signer.hash, derElement(BYTE.set, ...attributes), signingKey(signer))
  return tailWith(signer, attributes, signature)
}

/** Certificates and the one SignerInfo. */
function tailWith(signer: Signer, attributes: readonly Buffer[], signature: Buffer): Buffer {
  const { certificate, chain = [] } = signer
  const certificates = [certificate, ...chain].map((one) => one.der)
  return Buffer.concat([
    derElement(BYTE.explicit0, ...certificates),
    derElement(
      BYTE.set,
      derElement(
        BYTE.sequence,
        derElement(BYTE.integer, Buffer.of(1)),
        writeReference(certificate),
        digestAlgorithm(signer.hash),
        derElement(BYTE.explicit0, ...attributes),
        signatureAlgorithm(signer),
        derElement(BYTE.octetString, signature),
      ),
    ),
  ])
}

/** As long as the real one, without the cost of a signature. RSA keys only. */
function measuringTail(signer: Signer): Buffer {
  const signatureBytes = Math.ceil(signer.certificate.key.bits / 8)
  const digest = Buffer.alloc(hashRow(signer.hash).bytes)
  return tailWith(signer, inSetOrder(attributesOf(signer, digest)), Buffer.alloc(signatureBytes))
}

function attributesOf(signer: Signer, digest: Buffer): readonly Buffer[] {
  const attribute = (oid: string, value: Buffer): Buffer =>
    derElement(BYTE.sequence, derOid(oid), derElement(BYTE.set, value))
  const protection = derElement(
    BYTE.sequence,
    digestAlgorithm(signer.hash),
    // [1] IMPLICIT: the tag in place of the SEQUENCE's.
    retagged(signatureAlgorithm(signer), BYTE.explicit1),
  )
  return [
    attribute(OID.contentType, derOid(OID.data)),
    attribute(OID.signingTime, timeElement(signer.signingTime)),
    attribute(OID.messageDigest, derElement(BYTE.octetString, digest)),
    ...(signer.protectAlgorithms === true ? [attribute(OID.algorithmProtection, protection)] : []),
  ]
}

function retagged(element: Buffer, tag: number): Buffer {
  return Buffer.concat([Buffer.of(tag), element.subarray(1)])
}

const NULL = derElement(BYTE.null)

/** RFC 5754 §2: without parameters. */
function digestAlgorithm(hash: HashName): Buffer {
  return derElement(BYTE.sequence, derOid(hashRow(hash).oid))
}

/** `rsaEncryption` for PKCS#1 v1.5, as OpenSSL writes it and everybody reads it. */
function signatureAlgorithm({ privateKey, hash, pss }: Signer): Buffer {
  if (privateKey.asymmetricKeyType === 'ec') {
    return derElement(BYTE.sequence, derOid(SIGNATURE_OIDS.ec[hash]!))
  }
  if (pss !== true) return derElement(BYTE.sequence, derOid(RSA_PKCS1), NULL)
  const digest = digestAlgorithm(hash)
  return derElement(
    BYTE.sequence,
    derOid(RSA_PSS),
    derElement(
      BYTE.sequence,
      derElement(BYTE.explicit0, digest),
      derElement(BYTE.explicit1, derElement(BYTE.sequence, derOid(MGF1), digest)),
      derElement(BYTE.explicit2, derElement(BYTE.integer, Buffer.of(hashRow(hash).bytes))),
    ),
  )
}

const signInPool = promisify(
  (
    hash: HashName,
    content: Buffer,
    key: KeyObject | SignKeyObjectInput,
    done: (error: Error | null, signature: Buffer) => void,
  ) => sign(hash, content, key, done),
)

function signatureInPool(signer: Signer, content: Buffer): Promise<Buffer> {
  return signInPool(signer.hash, content, signingKey(signer))
}

/** A key as it stands wherever it can be: with anything around it Node takes ten times as long. */
function signingKey({ privateKey: key, hash, pss }: Signer): KeyObject | SignKeyObjectInput {
  switch (key.asymmetricKeyType) {
    case 'ec':
      return key
    case 'rsa': {
      const padding = constants.RSA_PKCS1_PSS_PADDING
      return pss === true ? { key, padding, saltLength: hashRow(hash).bytes } : key
    }
    default:
      throw new TypeError(`No signature with a ${key.asymmetricKeyType ?? key.type} key.`)
  }
}

/** RFC 5652 §11.3: UTCTime through 2049. */
function timeElement(milliseconds: number): Buffer {
  const digits = new Date(milliseconds).toISOString().replaceAll(/[-:T]|\.\d+/g, '')
  const isLate = Number(digits.slice(0, 4)) >= 2050
  return derElement(
    isLate ? BYTE.generalizedTime : BYTE.utcTime,
    Buffer.from(isLate ? digits : digits.slice(2), 'latin1'),
  )
}
